"""Dead letters: rows of the outbox that can never be sent as they are, until staff decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from bot.storage.tables import outbox, patients

_IS_DEAD = outbox.c.dead_reason.is_not(None)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Messages that did not reach a patient.

    Args:
        reference, name: of the patient.
        is_blocked: whether the patient blocks the account.
        created_at: when they were to be sent, milliseconds since 1970.
        reason: as the sender put it: ``status 400 REQUEST`` or a text.
        messages: message objects.
    """

    id: int
    reference: str
    name: str | None
    is_blocked: bool
    created_at: int
    reason: str
    messages: Sequence[dict[str, Any]]


def count(connection: Connection) -> int:
    """How many there are."""
    number: int = connection.execute(select(func.count()).select_from(outbox).where(_IS_DEAD)).scalar_one()
    return number


def newest(connection: Connection, before: int | None = None, most: int = 50) -> list[DeadLetter]:
    """The newest first.

    Args:
        before: id of a letter; only older ones.
    """
    found = _letters()
    if before is not None:
        found = found.where(outbox.c.id < before)
    return [_letter(row) for row in connection.execute(found.order_by(outbox.c.id.desc()).limit(most))]


def find(connection: Connection, id: int) -> DeadLetter | None:
    """One of them, unless it was decided on already."""
    row = connection.execute(_letters().where(outbox.c.id == id)).first()
    return _letter(row) if row else None


def number_of(connection: Connection, user_id: str) -> int:
    """How many one patient has."""
    mine = select(func.count()).select_from(outbox).where(_IS_DEAD, outbox.c.user_id == user_id)
    number: int = connection.execute(mine).scalar_one()
    return number


def retry(connection: Connection, id: int, retry_key: str, now: int, retry_until: int) -> bool:
    """Send it again as a push, as if for the first time, when a sweep comes by.

    Args:
        retry_key: a new one: under the old one LINE would not take what it refused.
        retry_until: milliseconds since 1970.

    Returns:
        False when it was decided on already.
    """
    values = {
        "dead_reason": None,
        "reply_token": None,
        "retry_key": retry_key,
        "retry_until": retry_until,
        "due_at": now,
        "attempts": 0,
        "uncertain": False,
        "lease_owner": None,
        "lease_until": None,
    }
    again = update(outbox).where(outbox.c.id == id, _IS_DEAD).values(**values)
    return connection.execute(again.returning(outbox.c.id)).first() is not None


def drop(connection: Connection, id: int) -> bool:
    """Delete it for good.

    Returns:
        False when it was decided on already.
    """
    dropped = delete(outbox).where(outbox.c.id == id, _IS_DEAD).returning(outbox.c.id)
    return connection.execute(dropped).first() is not None


def _letters() -> Any:
    joined = outbox.join(patients, patients.c.user_id == outbox.c.user_id)
    known = (patients.c.reference, patients.c.name, patients.c.blocked_at)
    return select(outbox, *known).select_from(joined).where(_IS_DEAD)


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        row.id,
        row.reference or "",
        row.name,
        row.blocked_at is not None,
        row.created_at,
        row.dead_reason,
        json.loads(row.messages),
    )
