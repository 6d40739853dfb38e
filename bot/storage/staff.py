"""Staff accounts. Passwords arrive here as hashes only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.storage.console_tables import staff


@dataclass(frozen=True, slots=True)
class Member:
    """One account.

    Args:
        role: owner, staff or viewer.
        totp_secret: of the second factor, None without.
        session_key: a new one ends every session.
        failures: wrong passwords in a row.
        locked_until, left_at: milliseconds since 1970.
    """

    id: int
    name: str
    role: str
    language: str
    password_hash: str
    totp_secret: str | None
    session_key: str
    failures: int
    locked_until: int | None
    left_at: int | None


def add(connection: Connection, name: str, role: str, password_hash: str, now: int) -> int:
    """Add an account and return its id.

    Raises:
        IntegrityError: the name is taken.
    """
    values = {
        "name": name,
        "role": role,
        "password_hash": password_hash,
        "session_key": str(uuid.uuid4()),
        "created_at": now,
    }
    id: int = connection.execute(insert(staff).returning(staff.c.id), values).scalar_one()
    return id


def by_name(connection: Connection, name: str) -> Member | None:
    """The account of a name, also one that has left."""
    row = connection.execute(select(staff).where(staff.c.name == name)).first()
    return _member(row) if row else None


def by_id(connection: Connection, id: int) -> Member | None:
    """One account."""
    row = connection.execute(select(staff).where(staff.c.id == id)).first()
    return _member(row) if row else None


def by_session_key(connection: Connection, session_key: str) -> Member | None:
    """The account of a session, unless it has left."""
    row = connection.execute(select(staff).where(staff.c.session_key == session_key, staff.c.left_at.is_(None))).first()
    return _member(row) if row else None


def everybody(connection: Connection) -> list[Member]:
    """All accounts by name."""
    return [_member(row) for row in connection.execute(select(staff).order_by(staff.c.name))]


def set_password(connection: Connection, id: int, password_hash: str) -> None:
    """Change a password; every session of the account ends."""
    values = {"password_hash": password_hash, "failures": 0, "locked_until": None, "session_key": str(uuid.uuid4())}
    connection.execute(update(staff).where(staff.c.id == id).values(**values))


def _member(row: Row[Any]) -> Member:
    return Member(
        row.id,
        row.name,
        row.role,
        row.language,
        row.password_hash,
        row.totp_secret,
        row.session_key,
        row.failures,
        row.locked_until,
        row.left_at,
    )
