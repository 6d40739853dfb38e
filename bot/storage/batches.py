"""Batches of a campaign and the ledger of its recipients.

A campaign is prepared in small transactions: everybody of its audience is entered once, either into a batch or with the
reason why they are left out. A primary key on campaign and patient keeps anybody from being entered twice.

A batch is one multicast with one retry key. From its first attempt on its recipients and its key stay as they are, so
that LINE accepts it once; when LINE has clearly not accepted it, it is tried as if for the first time, under a new key.
Only who still holds the lease may do that: to a process that slept longer, another one may have sent meanwhile.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from bot.storage.audience import Audience, LeftOut
from bot.storage.audience_query import members
from bot.storage.campaigns import DONE, PAUSED, PREPARING, SCHEDULED, SENDING, Campaign, find, move
from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns

WAITING, SENT, REFUSED, UNCLEAR = "waiting", "sent", "refused", "unclear"

BATCH_SIZE = 500
"""Recipients of one multicast (LINE Messaging API reference, "Send multicast message")."""

_FREE = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Batch:
    """One multicast.

    Args:
        user_ids: up to 500.
        messages: message objects.
        retry_key: UUID, the same in every attempt.
        attempts: how often it was tried and did not settle.
        first_tried_at: milliseconds since 1970; after 24 hours LINE would send again under the same key.
        was_tried: LINE may have accepted an earlier attempt.
        lease_until: milliseconds since 1970; tells one lease from another.
    """

    id: int
    campaign_id: int
    user_ids: tuple[str, ...]
    messages: Sequence[dict[str, Any]]
    retry_key: str
    attempts: int
    first_tried_at: int
    was_tried: bool
    lease_until: int


@dataclass(frozen=True, slots=True)
class Due:
    """Batches that are due, and who of those that were never tried must not get it any more.

    Args:
        gone: batch, user and reason.
    """

    ids: tuple[int, ...]
    gone: Sequence[tuple[int, str, str]]


def prepare(connection: Connection, campaign: Campaign, now: int, first: int, first_pause: int, most: int) -> bool:
    """Enter the next members of the audience.

    Args:
        first: size of the first batch.
        first_pause: milliseconds between the first batch and the others.
        most: how many members in this transaction.

    Returns:
        Whether there may be more.
    """
    locked = select(campaigns.c.state).where(campaigns.c.id == campaign.id).with_for_update()
    state = connection.execute(locked).scalar()
    if state != PREPARING:
        return False
    cursor = select(func.max(campaign_recipients.c.user_id)).where(campaign_recipients.c.campaign_id == campaign.id)
    last = connection.execute(cursor).scalar() or ""
    statement = members(campaign.audience, campaign.purpose, now)
    user_id = statement.selected_columns.user_id
    rows = connection.execute(statement.where(user_id > last).order_by(user_id).limit(most)).all()
    if not rows:
        if _waits(connection, campaign.id):
            move(connection, campaign.id, None, (PREPARING,), SCHEDULED)
        else:
            move(connection, campaign.id, None, (PREPARING,), DONE, finished_at=now)
        return False
    reached = [row.user_id for row in rows if row.reason is None]
    left = [(row.user_id, row.reason) for row in rows if row.reason is not None]
    _enter_left_out(connection, campaign.id, left)
    _enter(connection, campaign, reached, first, first_pause)
    return True


def due(connection: Connection, now: int, most: int) -> Due:
    """What there is to send, up to `most` batches. Only reads: no patient waits while everybody is looked at."""
    batch = campaign_batches.c
    found = select(batch.id, batch.campaign_id, batch.first_tried_at).where(_is_due(now))
    rows = connection.execute(found.order_by(batch.due_at, batch.id).limit(most)).all()
    gone: list[tuple[int, str, str]] = []
    for id in {row.campaign_id for row in rows if row.first_tried_at is None}:
        fresh = [row.id for row in rows if row.campaign_id == id and row.first_tried_at is None]
        gone += _gone(connection, id, fresh, now)
    return Due(tuple(row.id for row in rows), gone)


def lease(
    connection: Connection, due: Due, owner: str, lease_until: int, now: int, most: int, first_pause: int
) -> list[Batch]:
    """Take batches that are still due. At the first attempt those who must not get it any more are taken out.

    Args:
        due: as found a moment ago.
        owner: the process that takes them.
        lease_until, now: milliseconds since 1970.
        most: how many batches.
        first_pause: milliseconds between the first batch of a campaign and the others, however late the first one is.
    """
    batch = campaign_batches.c
    still = and_(batch.id.in_(due.ids), _is_due(now))
    statement = select(campaign_batches).where(still).order_by(batch.due_at, batch.id).limit(most)
    rows = list(connection.execute(statement.with_for_update(skip_locked=True)))
    for id in {row.campaign_id for row in rows}:
        if move(connection, id, None, (SCHEDULED,), SENDING) and not _has_begun(connection, id):
            first = _put_off_all_but_first(connection, id, now + first_pause)
            rows = [row for row in rows if row.campaign_id != id or row.id == first]
    fresh = {row.id for row in rows if row.first_tried_at is None}
    _take_out(connection, [each for each in due.gone if each[0] in fresh])
    return _hold(connection, rows, owner, lease_until, now)


def settle(connection: Connection, batch: Batch, state: str, now: int, reason: str | None = None) -> None:
    """A batch is sent, refused, or will never be clear; a campaign without waiting batches is done."""
    row = campaign_batches.c
    # That LINE has it is true whoever holds the batch by now.
    holds = row.retry_key == batch.retry_key if state == SENT else row.lease_until == batch.lease_until
    values = {"state": state, "reason": reason, "sent_at": now if state == SENT else None, **_FREE}
    if _change(connection, batch, holds, **values):
        _drop_forgotten(connection, batch.id)
        _finish(connection, batch.campaign_id, now)


def postpone(connection: Connection, batch: Batch, due_at: int, was_refused: bool) -> None:
    """Try again at `due_at`. Nothing changes when the lease is lost.

    Args:
        was_refused: LINE has clearly not accepted this attempt. Otherwise, and when an earlier one was not clear,
            the same recipients go out under the same key.
    """
    anew = {"retry_key": str(uuid.uuid4()), "first_tried_at": None} if was_refused and not batch.was_tried else {}
    row = campaign_batches.c
    holds = row.lease_until == batch.lease_until
    _change(connection, batch, holds, attempts=row.attempts + 1, due_at=due_at, **anew, **_FREE)


def split(connection: Connection, batch: Batch, now: int) -> None:
    """LINE refused a multicast as a whole, so nothing was sent: two halves under new keys find out whom it means.

    Nothing changes when the lease is lost.
    """
    half = len(batch.user_ids) // 2
    if not _change(connection, batch, campaign_batches.c.lease_until == batch.lease_until, size=half):
        return
    moved = batch.user_ids[half:]
    new_id = _add_batch(connection, batch.campaign_id, len(moved), now)
    is_moved = and_(campaign_recipients.c.campaign_id == batch.campaign_id, campaign_recipients.c.user_id.in_(moved))
    connection.execute(update(campaign_recipients).where(is_moved).values(batch_id=new_id))
    _renew(connection, batch.id, now)


def release_all(connection: Connection) -> None:
    """End every lease: for a start at which no other process can hold one. The key stays, so LINE knows the batch."""
    held = campaign_batches.c.lease_owner.is_not(None)
    connection.execute(update(campaign_batches).where(held).values(**_FREE))


def forget(connection: Connection, user_id: str) -> None:
    """Take a patient out of the ledger. Under one key the recipients may not change, so a batch that was tried keeps
    the patient until it is settled.
    """
    was_tried = select(campaign_batches.c.id).where(
        campaign_batches.c.state == WAITING, campaign_batches.c.first_tried_at.is_not(None)
    )
    recipient = campaign_recipients.c
    may_go = or_(recipient.batch_id.is_(None), recipient.batch_id.not_in(was_tried))
    gone = connection.execute(
        delete(campaign_recipients).where(recipient.user_id == user_id, may_go).returning(recipient.batch_id)
    )
    for batch_id in gone.scalars():
        waiting = and_(campaign_batches.c.id == batch_id, campaign_batches.c.state == WAITING)
        connection.execute(update(campaign_batches).where(waiting).values(size=campaign_batches.c.size - 1))
    stays = update(campaign_recipients).where(recipient.user_id == user_id)
    connection.execute(stays.values(left_out=LeftOut.NO_CONSENT.value))


def send_rest_again(connection: Connection, id: int, version: int, now: int) -> bool:
    """Try again exactly those whom LINE refused, under new keys: of a refused multicast nothing was sent.

    Returns:
        False when nobody was refused, or as for `bot.storage.campaigns.change_draft`.
    """
    batch = campaign_batches.c
    refused = select(batch.id).where(batch.campaign_id == id, batch.state == REFUSED)
    ids = connection.execute(refused).scalars().all()
    # A paused campaign may not have been prepared to its end.
    if not ids or not (
        move(connection, id, version, (DONE,), SENDING, finished_at=None)
        or move(connection, id, version, (PAUSED,), PREPARING, paused_reason=None)
    ):
        return False
    for batch_id in ids:
        _renew(connection, batch_id, now)
    return True


def _is_due(now: int) -> ColumnElement[bool]:
    batch = campaign_batches.c
    is_free = or_(batch.lease_until.is_(None), batch.lease_until < now)
    running = select(campaigns.c.id).where(campaigns.c.state.in_((SCHEDULED, SENDING)), campaigns.c.starts_at <= now)
    return and_(batch.state == WAITING, batch.due_at <= now, is_free, batch.campaign_id.in_(running))


def _enter_left_out(connection: Connection, id: int, left: Sequence[tuple[str, str]]) -> None:
    if left:
        rows = [{"campaign_id": id, "user_id": user, "batch_id": None, "left_out": why} for user, why in left]
        connection.execute(insert(campaign_recipients), rows)


def _enter(connection: Connection, campaign: Campaign, reached: Sequence[str], first: int, first_pause: int) -> None:
    """Fill batches: a small first one, then full ones. One that was tried, or is settled, gets nobody more."""
    assert campaign.starts_at is not None
    batch = campaign_batches.c
    found = connection.execute(
        select(campaign_batches).where(batch.campaign_id == campaign.id).order_by(batch.id)
    ).all()
    number, id, room = len(found), 0, 0
    if found and found[-1].state == WAITING and found[-1].first_tried_at is None:
        id, room = found[-1].id, (first if number == 1 else BATCH_SIZE) - found[-1].size
    rest = list(reached)
    while rest:
        if room <= 0:
            id = _add_batch(connection, campaign.id, 0, campaign.starts_at + (first_pause if number else 0))
            room, number = BATCH_SIZE if number else first, number + 1
        taken, rest, room = rest[:room], rest[room:], room - len(rest[:room])
        rows = [{"campaign_id": campaign.id, "user_id": user, "batch_id": id, "left_out": None} for user in taken]
        connection.execute(insert(campaign_recipients), rows)
        connection.execute(update(campaign_batches).where(batch.id == id).values(size=batch.size + len(taken)))


def _add_batch(connection: Connection, campaign_id: int, size: int, due_at: int) -> int:
    values = {
        "campaign_id": campaign_id,
        "state": WAITING,
        "size": size,
        "retry_key": str(uuid.uuid4()),
        "due_at": due_at,
        "attempts": 0,
    }
    id: int = connection.execute(insert(campaign_batches).returning(campaign_batches.c.id), values).scalar_one()
    return id


def _renew(connection: Connection, id: int, now: int) -> None:
    """A batch of which nothing was sent, to be tried as if for the first time."""
    values = {
        "state": WAITING,
        "retry_key": str(uuid.uuid4()),
        "first_tried_at": None,
        "due_at": now,
        "attempts": 0,
        "reason": None,
        **_FREE,
    }
    connection.execute(update(campaign_batches).where(campaign_batches.c.id == id).values(**values))


def _has_begun(connection: Connection, id: int) -> bool:
    """Whether anything of a campaign went out, or may have."""
    batch = campaign_batches.c
    went_out = or_(batch.state.in_((SENT, UNCLEAR)), batch.first_tried_at.is_not(None))
    found = select(batch.id).where(batch.campaign_id == id, went_out).limit(1)
    return connection.execute(found).first() is not None


def _put_off_all_but_first(connection: Connection, id: int, due_at: int) -> int | None:
    """Few get a message first, however late that is: the other batches wait until `due_at`. The id of the first."""
    batch = campaign_batches.c
    waiting = and_(batch.campaign_id == id, batch.state == WAITING)
    first: int | None = connection.execute(select(func.min(batch.id)).where(waiting)).scalar()
    early = and_(waiting, batch.id != first, batch.due_at < due_at)
    connection.execute(update(campaign_batches).where(early).values(due_at=due_at))
    return first


def _hold(connection: Connection, rows: Sequence[Row[Any]], owner: str, lease_until: int, now: int) -> list[Batch]:
    """Lease batches and read whom they go to."""
    batch, recipient = campaign_batches.c, campaign_recipients.c
    messages: dict[int, Any] = {}
    for id in {row.campaign_id for row in rows}:
        found = select(campaigns.c.messages).where(campaigns.c.id == id)
        messages[id] = json.loads(connection.execute(found).scalar_one())
    users: dict[int, list[str]] = {row.id: [] for row in rows}
    found = select(recipient.batch_id, recipient.user_id).where(recipient.batch_id.in_(users))
    for id, user in connection.execute(found.order_by(recipient.user_id)):
        users[id].append(user)
    values = {
        "lease_owner": owner,
        "lease_until": lease_until,
        "first_tried_at": func.coalesce(batch.first_tried_at, now),
    }
    connection.execute(update(campaign_batches).where(batch.id.in_(users)).values(**values))
    return [
        Batch(
            row.id,
            row.campaign_id,
            tuple(users[row.id]),
            messages[row.campaign_id],
            row.retry_key,
            row.attempts,
            row.first_tried_at or now,
            row.first_tried_at is not None,
            lease_until,
        )
        for row in rows
    ]


def _gone(connection: Connection, id: int, batch_ids: Sequence[int], now: int) -> list[tuple[int, str, str]]:
    """Those of some batches who have blocked, opted out, turned to staff or got urgent since the preparation."""
    campaign = find(connection, id)
    assert campaign
    entered = campaign_recipients.alias("entered")
    everybody = members(Audience(), campaign.purpose, now)
    user_id, reason = everybody.selected_columns.user_id, everybody.selected_columns.reason
    of_batches = everybody.add_columns(entered.c.batch_id).join(entered, entered.c.user_id == user_id)
    found = of_batches.where(entered.c.batch_id.in_(batch_ids), reason.is_not(None))
    return [(row.batch_id, row.user_id, row.reason) for row in connection.execute(found)]


def _take_out(connection: Connection, gone: Sequence[tuple[int, str, str]]) -> None:
    """Take people out of batches that were never tried: batch, user and reason."""
    if not gone:
        return
    recipient = campaign_recipients.c
    is_row = and_(recipient.batch_id == bindparam("batch"), recipient.user_id == bindparam("user"))
    taken = update(campaign_recipients).where(is_row).values(batch_id=None, left_out=bindparam("why"))
    connection.execute(taken, [{"batch": batch, "user": user, "why": why} for batch, user, why in gone])
    left = select(func.count()).where(recipient.batch_id == campaign_batches.c.id).scalar_subquery()
    changed = campaign_batches.c.id.in_({batch for batch, _, _ in gone})
    connection.execute(update(campaign_batches).where(changed).values(size=left))


def _change(connection: Connection, batch: Batch, holds: ColumnElement[bool], **values: object) -> bool:
    """Change a batch that waits and of which a condition holds; whether it did."""
    row = campaign_batches.c
    is_it = and_(row.id == batch.id, row.state == WAITING, holds)
    changed = update(campaign_batches).where(is_it).values(**values).returning(row.id)
    return connection.execute(changed).first() is not None


def _drop_forgotten(connection: Connection, batch_id: int) -> None:
    """Those who had their data deleted while their batch was on its way; see `forget`."""
    recipient = campaign_recipients.c
    forgotten = and_(recipient.batch_id == batch_id, recipient.left_out.is_not(None))
    connection.execute(delete(campaign_recipients).where(forgotten))


def _finish(connection: Connection, id: int, now: int) -> None:
    # Two processes that settle the last two batches wait for each other here; otherwise neither would see the end.
    connection.execute(select(campaigns.c.id).where(campaigns.c.id == id).with_for_update())
    if not _waits(connection, id):
        move(connection, id, None, (SCHEDULED, SENDING), DONE, finished_at=now)


def _waits(connection: Connection, id: int) -> bool:
    batch = campaign_batches.c
    waiting = select(batch.id).where(batch.campaign_id == id, batch.state == WAITING).limit(1)
    return connection.execute(waiting).first() is not None
