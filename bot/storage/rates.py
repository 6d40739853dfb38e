"""Rates kept across processes: how many calls of a kind the present second still allows."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage.console_tables import rates

_ADD = {
    "sqlite": sqlite_insert(rates).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(rates).on_conflict_do_nothing(),
}

_CLOCKS_DIFFER = 5
"""Seconds that the clocks of two processes may lie apart."""


def take(connection: Connection, name: str, now: int, wanted: int, per_second: int) -> int:
    """Take up to `wanted` calls of the present second; a clock that is a little behind does not begin it anew.

    Args:
        name: what is called.
        now: milliseconds since 1970.
        per_second: how many all processes together may make.

    Returns:
        How many were granted.
    """
    second, taken = now // 1000, 0
    connection.execute(_ADD[connection.dialect.name], {"name": name, "second": second, "taken": 0})
    row = connection.execute(select(rates).where(rates.c.name == name).with_for_update()).one()
    if second <= row.second <= second + _CLOCKS_DIFFER:
        second, taken = row.second, row.taken
    granted = max(0, min(wanted, per_second - taken))
    values = {"second": second, "taken": taken + granted}
    connection.execute(update(rates).where(rates.c.name == name).values(**values))
    return granted
