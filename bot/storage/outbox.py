"""The outbox: messages that are promised and not yet sent.

A row is inserted in the transaction of the event that it answers, already leased to the process that sends it.
When that process dies, the lease ends and a sweeper of any process takes the row over.

A push for which there is no monthly quota is parked: nobody holds it, and it holds up nobody, since the user's answers
can still go out as replies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)

from bot.storage import wake
from bot.storage.tables import outbox

PARKED = "quota"
"""Instead of an owner: waits for the monthly quota."""

_FREE = {"lease_owner": None, "lease_until": None}
_IS_ALIVE = outbox.c.dead_reason.is_(None)
_IS_PARKED = and_(outbox.c.lease_owner.is_not(None), outbox.c.lease_owner == PARKED)
_WAS_HELD = and_(outbox.c.lease_owner.is_not(None), outbox.c.lease_owner != PARKED)

# Built once: building a statement costs more than running it. The lock (PostgreSQL) makes who postpones one of these
# rows wait until the new one is there and can be made to wait behind it.
_EARLIER = (
    select(outbox.c.lease_owner)
    .where(outbox.c.user_id == bindparam("user"), _IS_ALIVE, not_(_IS_PARKED))
    .order_by(outbox.c.id)
    .with_for_update(read=True)
)
_INSERT = insert(outbox).returning(outbox.c.id)
_SETTLE = delete(outbox).where(outbox.c.id == bindparam("row"))


class Via(StrEnum):
    """The endpoint that a row goes out by."""

    REPLY = "reply"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row: messages for one user that go out together.

    Args:
        messages: message objects as a JSON list, as they go out.
        reply_token: None when only a push is left.
        reply_until: milliseconds since 1970; the reply token is not used after it.
        retry_key: UUID; LINE accepts the push once under it.
        retry_until: milliseconds since 1970; under the same key LINE would send again after it.
        attempts: how often sending was tried and did not settle.
        uncertain: whether LINE may have accepted an earlier attempt.
    """

    id: int
    user_id: str
    messages: str
    reply_token: str | None
    reply_until: int
    retry_key: str
    retry_until: int
    attempts: int
    uncertain: bool

    def via(self, now: int) -> Via:
        """How it goes out at this moment: free of charge as long as its reply token is good."""
        return Via.REPLY if self.reply_token and now < self.reply_until else Via.PUSH


def add(
    connection: Connection,
    user_id: str,
    messages: str,
    *,
    reply_token: str | None,
    reply_until: int,
    retry_key: str,
    retry_until: int,
    owner: str | None,
    lease_until: int | None,
    now: int,
) -> OutboxRow | None:
    """Add a row, leased to `owner` unless earlier rows of the user wait for another one.

    Args:
        messages: message objects as a JSON list.
        owner, lease_until: None when the process has no room for it: a sweep takes it later.

    Returns:
        The row to send now, or None when it has to wait for its turn.
    """
    waits = owner is None or any(row.lease_owner != owner for row in connection.execute(_EARLIER, {"user": user_id}))
    values = {
        "user_id": user_id,
        "messages": messages,
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
        if owner is not None:
            # Whoever holds the earlier rows goes on with this one.
            wake.notify(connection, user_id)
        return None
    return OutboxRow(id, user_id, messages, reply_token, reply_until, retry_key, retry_until, 0, False)


def plan(connection: Connection, user_id: str, messages: str, retry_key: str, now: int, retry_until: int) -> None:
    """Add a push that nobody is leased to: the next sweep of any process sends it, after the user's earlier rows."""
    values = {
        "user_id": user_id,
        "messages": messages,
        "retry_key": retry_key,
        "retry_until": retry_until,
        "due_at": now,
        "attempts": 0,
        "uncertain": False,
        "created_at": now,
    }
    connection.execute(insert(outbox), values)
    wake.notify(connection, user_id)


def settle(connection: Connection, id: int) -> None:
    """The row is sent: LINE has accepted it."""
    connection.execute(_SETTLE, {"row": id})


def postpone(
    connection: Connection, row: OutboxRow, owner: str, due_at: int, *, uncertain: bool, is_attempt: bool = True
) -> frozenset[int] | None:
    """The row was not clearly accepted: try again at `due_at`, whoever is alive then.

    Args:
        row: as it should be tried next; without its reply token when that is known to be of no use.
        owner: who gives it back; a row that another process has taken over meanwhile is left to that one.
        uncertain: whether LINE may have accepted it.
        is_attempt: whether it was tried.

    Returns:
        Ids of the user's later rows that `owner` held: their lease is ended, as they wait behind this one. None when
        the row is gone, as after a patient had everything deleted: later rows need not wait for it.
    """
    found = connection.execute(select(outbox.c.lease_owner).where(outbox.c.id == row.id).with_for_update()).first()
    if found is None:
        return None
    later = update(outbox).where(outbox.c.user_id == row.user_id, outbox.c.id > row.id, outbox.c.lease_owner == owner)
    freed = frozenset(connection.execute(later.values(**_FREE).returning(outbox.c.id)).scalars())
    if found.lease_owner != owner:
        return freed
    values = {"due_at": due_at, "reply_token": row.reply_token, "uncertain": uncertain, **_FREE}
    this = update(outbox).where(outbox.c.id == row.id)
    connection.execute(this.values(attempts=row.attempts + is_attempt, **values))
    return freed


def park(connection: Connection, row: OutboxRow, owner: str, due_at: int, *, uncertain: bool, is_attempt: bool) -> None:
    """The row waits for the monthly quota; later rows of the user need not wait for it. Arguments as for `postpone`."""
    values = {"due_at": due_at, "reply_token": row.reply_token, "uncertain": uncertain, "attempts": row.attempts}
    if is_attempt:
        values["attempts"] = row.attempts + 1
    mine = update(outbox).where(outbox.c.id == row.id, outbox.c.lease_owner == owner)
    connection.execute(mine.values(lease_owner=PARKED, lease_until=None, **values))


def park_pushes(connection: Connection, now: int) -> None:
    """Park every row that nobody holds and that can only be pushed."""
    these = update(outbox).where(_IS_ALIVE, _is_free(now), not_(_IS_PARKED), not_(_is_reply(now)))
    uncertain = or_(outbox.c.uncertain, _WAS_HELD)
    connection.execute(these.values(uncertain=uncertain, lease_owner=PARKED, lease_until=None))


def give_back(connection: Connection, owner: str, user_ids: Sequence[str]) -> frozenset[int]:
    """End the leases of rows that were not tried; whoever has room takes them.

    Args:
        owner: who gives them back.
        user_ids: none of their rows may be on its way to LINE.

    Returns:
        Ids of the rows.
    """
    mine = (_IS_ALIVE, outbox.c.lease_owner == owner, outbox.c.user_id.in_(user_ids))
    # In two statements: one would not see what another transaction adds while this one waits for its lock.
    connection.execute(select(outbox.c.id).where(*mine).order_by(outbox.c.id).with_for_update())
    given_back = update(outbox).where(*mine).values(**_FREE).returning(outbox.c.id)
    return frozenset(connection.execute(given_back).scalars())


def give_up(connection: Connection, id: int, reason: str) -> None:
    """The row can never be sent; it stays for staff to see and no longer holds up later rows."""
    values = {"dead_reason": reason, "lease_owner": None, "lease_until": None}
    connection.execute(update(outbox).where(outbox.c.id == id).values(**values))


def give_up_old(connection: Connection, via: Via | None, now: int, reason: str) -> int:
    """Give up what nobody holds and has waited for longer than LINE remembers its retry key.

    Args:
        via: only rows that would go out by it; None for all.
        reason: why they have waited.

    Returns:
        How many there were.
    """
    old = update(outbox).where(_IS_ALIVE, _is_free(now), outbox.c.retry_until < now, _goes(via, now))
    given_up = connection.execute(old.values(dead_reason=reason, **_FREE).returning(outbox.c.id))
    return len(given_up.all())


def take_over(
    connection: Connection, owner: str, lease_until: int, now: int, most: int, via: Via | None = None
) -> list[OutboxRow]:
    """Lease rows that are due and that nobody holds: the oldest of each user, so that order is kept.

    Args:
        owner: the process that takes them.
        lease_until, now: milliseconds since 1970.
        most: how many rows at most, those first that have been due for longest.
        via: only rows that go out by it now; None for all.
    """
    earlier = outbox.alias("earlier")
    holds_up = or_(_IS_PARKED, earlier.c.lease_owner.is_(None), earlier.c.lease_owner != PARKED)
    is_first = ~exists().where(
        earlier.c.user_id == outbox.c.user_id, earlier.c.dead_reason.is_(None), earlier.c.id < outbox.c.id, holds_up
    )
    is_due = and_(_IS_ALIVE, outbox.c.due_at <= now)
    # In the order of an index, so that a long backlog costs no more than a short one.
    in_turn = (outbox.c.due_at, outbox.c.id)
    found = select(outbox.c.id).where(is_due, _is_free(now), is_first, _goes(via, now)).order_by(*in_turn)
    ids = connection.execute(found.limit(most).with_for_update(skip_locked=True)).scalars().all()
    if not ids:
        return []
    # Somebody who held a row before and is gone may have sent it. Kept with the row, as it may be given back.
    uncertain = or_(outbox.c.uncertain, _WAS_HELD)
    leased = update(outbox).where(outbox.c.id.in_(ids)).returning(outbox)
    rows = connection.execute(leased.values(uncertain=uncertain, lease_owner=owner, lease_until=lease_until))
    return sorted(map(_row, rows), key=lambda row: row.id)


def release_all(connection: Connection) -> None:
    """End every lease: for a start at which no other process can hold one. Who held a row may have sent it."""
    connection.execute(update(outbox).where(_WAS_HELD).values(uncertain=True, **_FREE))


def waiting(connection: Connection) -> int:
    """How many rows are promised and not sent."""
    number: int = connection.execute(select(func.count()).select_from(outbox).where(_IS_ALIVE)).scalar_one()
    return number


def _is_free(now: int) -> ColumnElement[bool]:
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now)


def _is_reply(now: int) -> ColumnElement[bool]:
    """As `OutboxRow.via`."""
    return and_(outbox.c.reply_token.is_not(None), func.coalesce(outbox.c.reply_until, 0) > now)


def _goes(via: Via | None, now: int) -> ColumnElement[bool]:
    if via is None:
        return true()
    return _is_reply(now) if via is Via.REPLY else not_(_is_reply(now))


def _row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        row.id,
        row.user_id,
        row.messages,
        row.reply_token,
        row.reply_until or 0,
        row.retry_key,
        row.retry_until,
        row.attempts,
        row.uncertain,
    )
