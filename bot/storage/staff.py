"""Staff accounts. Passwords arrive here as hashes only."""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.storage.console_tables import staff

OWNER = "owner"
ROLES = ("viewer", "staff", OWNER)
"""Each may do what those before it may: look; answer patients and send; manage accounts."""
LONGEST_NAME = 60
MOST_FAILURES = 5
"""Wrong passwords or codes in a row; then nobody gets in for a while."""
LOCKED_FOR = 15 * 60_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Member:
    """One account.

    Args:
        role: owner, staff or viewer.
        totp_secret: of the second factor, None without.
        session_key: a new one ends every session.
        failures: wrong passwords or codes in a row.
        locked_until, left_at: milliseconds since 1970.
        totp_step: of the newest code that was used; a code counts once.
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
    totp_step: int = 0

    def is_locked(self, now: int) -> bool:
        """Whether nobody gets in with this account."""
        return self.locked_until is not None and self.locked_until > now


def login_name(typed: str) -> str:
    """A name as it is stored: full-width letters, capitals and outer blanks make no other account."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def is_login_name(name: str) -> bool:
    """Whether a name can be stored, typed and read aloud."""
    return name == login_name(name) and 0 < len(name) <= LONGEST_NAME and name.isprintable()


def add(connection: Connection, name: str, role: str, password_hash: str, now: int) -> int:
    """Add an account, or open that of somebody who has left again; return its id.

    Raises:
        IntegrityError: the name is taken.
    """
    former = by_name(connection, name)
    if former and former.left_at is not None:
        set_password(connection, former.id, password_hash)
        _set(connection, former.id, role=role, left_at=None, totp_secret=None)
        return former.id
    values = {
        "name": name,
        "role": role,
        "password_hash": password_hash,
        "session_key": _new_key(),
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


def lock_row(connection: Connection, id: int) -> Member:
    """One account, which nobody else changes until the end of the transaction."""
    return _member(connection.execute(select(staff).where(staff.c.id == id).with_for_update()).one())


def failed(connection: Connection, id: int, now: int) -> bool:
    """Count a wrong password or code.

    Returns:
        Whether this one locked the account.
    """
    failures = lock_row(connection, id).failures + 1
    if failures < MOST_FAILURES:
        _set(connection, id, failures=failures)
        return False
    _set(connection, id, failures=0, locked_until=now + LOCKED_FOR)
    return True


def unlock(connection: Connection, id: int) -> None:
    """Forget wrong passwords: after somebody got in, or at the owner's word."""
    _set(connection, id, failures=0, locked_until=None)


def use_code(connection: Connection, id: int, step: int) -> bool:
    """Use a code of the second factor.

    Args:
        step: number of the half minute that the code belongs to.

    Returns:
        False when this code or a later one was used before.
    """
    member = lock_row(connection, id)
    if step <= member.totp_step:
        return False
    set_totp(connection, id, member.totp_secret, step)
    return True


def set_totp(connection: Connection, id: int, secret: str | None, step: int = 0) -> None:
    """Switch the second factor on, or off with None.

    Args:
        step: of the newest code that was used.
    """
    _set(connection, id, totp_secret=secret, totp_step=step)


def set_password(connection: Connection, id: int, password_hash: str) -> str:
    """Change a password; every session of the account ends.

    Returns:
        The new session key.
    """
    session_key = _new_key()
    _set(connection, id, password_hash=password_hash, failures=0, locked_until=None, session_key=session_key)
    return session_key


def set_hash(connection: Connection, id: int, password_hash: str) -> None:
    """Store the same password under newer parameters; sessions go on."""
    _set(connection, id, password_hash=password_hash)


def set_language(connection: Connection, id: int, language: str) -> None:
    """Choose the language of the pages."""
    _set(connection, id, language=language)


def set_role(connection: Connection, id: int, role: str) -> bool:
    """Change a role.

    Returns:
        False, and nothing changes, when nobody would be left to manage accounts.
    """
    if role != OWNER and _is_last_owner(connection, id):
        return False
    _set(connection, id, role=role)
    return True


def remove(connection: Connection, id: int, now: int) -> bool:
    """Close an account and end its sessions. What it did stays in the audit log under its name.

    Returns:
        False, and nothing changes, when nobody would be left to manage accounts.
    """
    if _is_last_owner(connection, id):
        return False
    _set(connection, id, left_at=now, session_key=_new_key())
    return True


def _is_last_owner(connection: Connection, id: int) -> bool:
    # Locked, so that two owners cannot demote each other at the same moment.
    owners = select(staff.c.id).where(staff.c.role == OWNER, staff.c.left_at.is_(None)).order_by(staff.c.id)
    return list(connection.execute(owners.with_for_update()).scalars()) == [id]


def _set(connection: Connection, id: int, **values: object) -> None:
    connection.execute(update(staff).where(staff.c.id == id).values(**values))


def _new_key() -> str:
    return str(uuid.uuid4())


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
        row.totp_step,
    )
