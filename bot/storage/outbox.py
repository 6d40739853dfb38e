"""The outbox: messages that are promised and not yet sent.

A row is inserted in the transaction of the event that it answers, already leased to the process that sends it.
When that process dies, the lease ends and a sweeper of any process takes the row over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, or_, select, update

from bot.storage.tables import outbox

# Built once: building a statement costs more than running it.
_EARLIER = select(outbox.c.lease_owner).where(outbox.c.user_id == bindparam("user"), outbox.c.dead_reason.is_(None))
_INSERT = insert(outbox).returning(outbox.c.id)
_SETTLE = delete(outbox).where(outbox.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row: messages for one user that go out together.

    Args:
        reply_token: None when only a push is left.
        reply_until: milliseconds since 1970; the reply token is not used after it.
        retry_key: UUID; LINE accepts the push once under it.
        retry_until: milliseconds since 1970; under the same key LINE would send again after it.
        attempts: how often sending was tried and did not settle.
        uncertain: whether LINE may have accepted an earlier attempt.
    """

    id: int
    user_id: str
    messages: Sequence[dict[str, Any]]
    reply_token: str | None
    reply_until: int
    retry_key: str
    retry_until: int
    attempts: int
    uncertain: bool


def add(
    connection: Connection,
    user_id: str,
    messages: Sequence[dict[str, Any]],
    *,
    reply_token: str | None,
    reply_until: int,
    retry_key: str,
    retry_until: int,
    owner: str,
    lease_until: int,
    now: int,
) -> OutboxRow | None:
    """Add a row, leased to `owner` unless earlier rows of the user wait for another one.

    Returns:
        The row to send now, or None when it has to wait for its turn.
    """
    waits = any(row.lease_owner != owner for row in connection.execute(_EARLIER, {"user": user_id}))
    values = {
        "user_id": user_id,
        "messages": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
        "reply_token": reply_token,
        "reply_until": reply_until,
        "retry_key": retry_key,
        "retry_until": retry_until,
        "due_at": now,
        "attempts": 0,
        "uncertain": False,
        "lease_owner": None if waits else owner,
        "lease_until": None if waits else lease_until,
        "created_at": now,
    }
    id = connection.execute(_INSERT, values).scalar_one()
    if waits:
        return None
    return OutboxRow(id, user_id, messages, reply_token, reply_until, retry_key, retry_until, 0, False)


def plan(
    connection: Connection, user_id: str, messages: Sequence[dict[str, Any]], retry_key: str, now: int, retry_until: int
) -> None:
    """Add a push that nobody is leased to: the next sweep of any process sends it, after the user's earlier rows."""
    values = {
        "user_id": user_id,
        "messages": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
        "retry_key": retry_key,
        "retry_until": retry_until,
        "due_at": now,
        "attempts": 0,
        "uncertain": False,
        "created_at": now,
    }
    connection.execute(insert(outbox), values)


def settle(connection: Connection, id: int) -> None:
    """The row is sent: LINE has accepted it."""
    connection.execute(_SETTLE, {"row": id})


def postpone(
    connection: Connection, row: OutboxRow, owner: str, due_at: int, *, uncertain: bool
) -> frozenset[int] | None:
    """The row was not clearly accepted: try again at `due_at`, whoever is alive then.

    Args:
        row: as it should be tried next; without its reply token when that is known to be of no use.
        owner: who gives it back; a row that another process has taken over meanwhile is left to that one.
        uncertain: whether LINE may have accepted it.

    Returns:
        Ids of the user's later rows: their lease is ended, as they wait behind this one. None when the row is gone,
        as after a patient had everything deleted: later rows need not wait for it.
    """
    found = connection.execute(select(outbox.c.lease_owner).where(outbox.c.id == row.id).with_for_update()).first()
    if found is None:
        return None
    if found.lease_owner != owner:
        return frozenset()
    free = {"lease_owner": None, "lease_until": None}
    later = update(outbox).where(outbox.c.user_id == row.user_id, outbox.c.id > row.id).values(**free)
    freed = frozenset(connection.execute(later.returning(outbox.c.id)).scalars())
    values = {"due_at": due_at, "reply_token": row.reply_token, "uncertain": uncertain, **free}
    this = update(outbox).where(outbox.c.id == row.id)
    connection.execute(this.values(attempts=outbox.c.attempts + 1, **values))
    return freed


def give_up(connection: Connection, id: int, reason: str) -> None:
    """The row can never be sent; it stays for staff to see and no longer holds up later rows."""
    values = {"dead_reason": reason, "lease_owner": None, "lease_until": None}
    connection.execute(update(outbox).where(outbox.c.id == id).values(**values))


def take_over(connection: Connection, owner: str, lease_until: int, now: int, most: int) -> list[OutboxRow]:
    """Lease rows that are due and that nobody holds: the oldest of each user, so that order is kept.

    Args:
        owner: the process that takes them.
        lease_until, now: milliseconds since 1970.
        most: how many rows at most.
    """
    earlier = outbox.alias("earlier")
    is_first = ~exists().where(
        earlier.c.user_id == outbox.c.user_id, earlier.c.dead_reason.is_(None), earlier.c.id < outbox.c.id
    )
    is_free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now)
    is_due = and_(outbox.c.dead_reason.is_(None), outbox.c.due_at <= now)
    statement = select(outbox).where(is_due, is_free, is_first).order_by(outbox.c.id).limit(most)
    rows = connection.execute(statement.with_for_update(skip_locked=True)).all()
    if rows:
        ids = [row.id for row in rows]
        leased = update(outbox).where(outbox.c.id.in_(ids)).values(lease_owner=owner, lease_until=lease_until)
        connection.execute(leased)
    return [_row(row) for row in rows]


def release_all(connection: Connection) -> None:
    """End every lease: for a start at which no other process can hold one. Who held a row may have sent it."""
    values = {"uncertain": True, "lease_owner": None, "lease_until": None}
    connection.execute(update(outbox).where(outbox.c.lease_owner.is_not(None)).values(**values))


def waiting(connection: Connection) -> int:
    """How many rows are promised and not sent."""
    return len(connection.execute(select(outbox.c.id).where(outbox.c.dead_reason.is_(None))).all())


def _row(row: Row[Any]) -> OutboxRow:
    """A taken row. Somebody who held it before and is gone may have sent it."""
    return OutboxRow(
        row.id,
        row.user_id,
        json.loads(row.messages),
        row.reply_token,
        row.reply_until or 0,
        row.retry_key,
        row.retry_until,
        row.attempts,
        row.uncertain or row.lease_owner is not None,
    )
