"""The inbox: events that LINE got its 200 for and that are still to be answered.

A row is inserted in the transaction that notes the event, and deleted in the one that answers it. The process that
received an event answers it at once; when it cannot, any process does as soon as the row is due.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, delete, func, insert, or_, select, update

from bot.storage.tables import inbox

_PAUSE = 2_000
"""Milliseconds after the first failure. Five are over before the reply token is."""

# Built once: building a statement costs more than running it.
_ADD = insert(inbox)
_OLDEST = select(func.min(inbox.c.id)).where(inbox.c.user_id == bindparam("user")).scalar_subquery()
_MAY_BE_TRIED = or_(inbox.c.attempts == 0, inbox.c.due_at <= bindparam("now"))
_TAKE = delete(inbox).where(inbox.c.id == _OLDEST, _MAY_BE_TRIED).returning(inbox)
_POSTPONE = (
    update(inbox)
    .where(inbox.c.id == _OLDEST)
    .values(attempts=inbox.c.attempts + 1, due_at=bindparam("now", type_=BigInteger) + _PAUSE * (inbox.c.attempts + 1))
)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One event that is still to be answered.

    Args:
        event: the event as data.
        received_at: milliseconds since 1970.
        attempts: how often answering it failed.
    """

    id: int
    event_id: str
    user_id: str
    event: Sequence[Any]
    reply_token: str | None
    received_at: int
    attempts: int


def add(
    connection: Connection,
    event_id: str,
    user_id: str,
    event: Sequence[Any],
    reply_token: str | None,
    received_at: int,
    due_at: int,
) -> None:
    """Add a row.

    Args:
        event: the event as data, which JSON can hold.
        received_at: milliseconds since 1970.
        due_at: from when on any process answers it; until then it is left to the one that received it.
    """
    values = {
        "event_id": event_id,
        "user_id": user_id,
        "event": json.dumps(event),
        "reply_token": reply_token,
        "received_at": received_at,
        "due_at": due_at,
        "attempts": 0,
    }
    connection.execute(_ADD, values)


def take_oldest(connection: Connection, user_id: str, now: int) -> InboxRow | None:
    """Take the oldest event of a user out, to answer it in this transaction; None when there is none, or when it has
    failed before and is to be tried later.

    The patient is locked before, so that nobody else takes the next one meanwhile.
    """
    row = connection.execute(_TAKE, {"user": user_id, "now": now}).first()
    if row is None:
        return None
    event = json.loads(row.event)
    return InboxRow(row.id, row.event_id, row.user_id, event, row.reply_token, row.received_at, row.attempts)


def postpone(connection: Connection, user_id: str, now: int) -> None:
    """Answering the oldest event of a user failed: it is tried again a while after `now`, each time a longer one."""
    connection.execute(_POSTPONE, {"user": user_id, "now": now})


def users_due(connection: Connection, now: int, most: int) -> list[str]:
    """Users with an event that is due, those who wait longest first."""
    found = select(inbox.c.user_id).where(inbox.c.due_at <= now).group_by(inbox.c.user_id)
    return list(connection.scalars(found.order_by(func.min(inbox.c.id)).limit(most)))


def make_all_due(connection: Connection, now: int) -> None:
    """Let every row be due: for a start at which no other process can be at work on one."""
    connection.execute(update(inbox).where(inbox.c.due_at > now).values(due_at=now))


def waiting(connection: Connection) -> int:
    """How many events are still to be answered."""
    number: int = connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    return number
