"""What only one process does at a time: advisory locks of PostgreSQL, held until the transaction ends.

SQLite has one process only (`bot.serving.lock_file`), so there every lock is free.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text


class Singleton(IntEnum):
    """Keys of the locks; the first four bytes say that they are ours."""

    MIGRATION = 0x68697A61_01
    SEQUENCES = 0x68697A61_02
    TIDYING = 0x68697A61_03


def wait_for(connection: Connection, singleton: Singleton, patience_s: int) -> None:
    """Take a lock as soon as no other process holds it. Other locks are waited for as long as before.

    Raises:
        OperationalError: another one still holds it after `patience_s` seconds.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{patience_s}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": singleton.value})
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def is_mine(connection: Connection, singleton: Singleton) -> bool:
    """Take a lock unless another process holds it; False when it does, and this one has nothing to do."""
    if connection.dialect.name != "postgresql":
        return True
    taken = connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": singleton.value})
    return bool(taken)
