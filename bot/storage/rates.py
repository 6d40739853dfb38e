"""Rates kept across processes: how many calls of a kind the present second still allows."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from bot.storage.console_tables import rates


def take(connection: Connection, name: str, now: int, wanted: int, per_second: int) -> int:
    """Take up to `wanted` calls of the present second.

    Args:
        name: what is called.
        now: milliseconds since 1970.
        per_second: how many all processes together may make.

    Returns:
        How many were granted.
    """
    second = now // 1000
    row = connection.execute(select(rates).where(rates.c.name == name).with_for_update()).first()
    if row is None:
        connection.execute(insert(rates), {"name": name, "second": second, "taken": 0})
    taken = row.taken if row and row.second == second else 0
    granted = max(0, min(wanted, per_second - taken))
    values = {"second": second, "taken": taken + granted}
    connection.execute(update(rates).where(rates.c.name == name).values(**values))
    return granted
