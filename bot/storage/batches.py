"""Batches of a campaign and the ledger of its recipients.

A campaign is prepared in small transactions: everybody of its audience is entered once, either into a batch or with the
reason why they are left out. A batch is one multicast with one retry key; from its first attempt on its recipients and
its key stay as they are, so that LINE accepts it once. A primary key on campaign and patient keeps anybody from being
entered twice.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from bot.storage.audience import Audience
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
    """

    id: int
    campaign_id: int
    user_ids: tuple[str, ...]
    messages: Sequence[dict[str, Any]]
    retry_key: str
    attempts: int
    first_tried_at: int


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
        move(connection, campaign.id, None, (PREPARING,), SCHEDULED if _waits(connection, campaign.id) else DONE)
        return False
    reached = [row.user_id for row in rows if row.reason is None]
    left = [(row.user_id, row.reason) for row in rows if row.reason is not None]
    _enter_left_out(connection, campaign.id, left)
    _enter(connection, campaign, reached, first, first_pause)
    return True


def any_due(connection: Connection, now: int) -> bool:
    """Whether there is a batch to send."""
    return connection.execute(select(campaign_batches.c.id).where(_is_due(now)).limit(1)).first() is not None


def lease(connection: Connection, owner: str, lease_until: int, now: int, most: int) -> list[Batch]:
    """Take batches that are due. At the first attempt those who must not get it any more are taken out.

    Args:
        owner: the process that takes them.
        lease_until, now: milliseconds since 1970.
        most: how many batches.
    """
    batch = campaign_batches.c
    statement = select(campaign_batches).where(_is_due(now)).order_by(batch.due_at, batch.id).limit(most)
    rows = connection.execute(statement.with_for_update(skip_locked=True)).all()
    leased = []
    for row in rows:
        campaign = find(connection, row.campaign_id)
        assert campaign
        if row.first_tried_at is None:
            _take_out(connection, campaign, row.id, now)
        values = {"lease_owner": owner, "lease_until": lease_until, "first_tried_at": row.first_tried_at or now}
        connection.execute(update(campaign_batches).where(batch.id == row.id).values(**values))
        leased.append(_batch(connection, row, row.first_tried_at or now))
    for id in {row.campaign_id for row in rows}:
        move(connection, id, None, (SCHEDULED,), SENDING)
    return leased


def settle(connection: Connection, batch: Batch, state: str, now: int, reason: str | None = None) -> None:
    """A batch is sent, refused, or will never be clear; a campaign without waiting batches is done."""
    values = {"state": state, "reason": reason, "sent_at": now if state == SENT else None, **_FREE}
    connection.execute(update(campaign_batches).where(campaign_batches.c.id == batch.id).values(**values))
    _finish(connection, batch.campaign_id, now)


def postpone(connection: Connection, batch: Batch, due_at: int) -> None:
    """No clear answer: the same recipients under the same key again at `due_at`."""
    values = {"attempts": campaign_batches.c.attempts + 1, "due_at": due_at, **_FREE}
    connection.execute(update(campaign_batches).where(campaign_batches.c.id == batch.id).values(**values))


def split(connection: Connection, batch: Batch, now: int) -> None:
    """LINE refused a multicast as a whole, so nothing was sent: two halves under new keys find out whom it means."""
    half = len(batch.user_ids) // 2
    moved = batch.user_ids[half:]
    campaign_id = batch.campaign_id
    new_id = _add_batch(connection, campaign_id, len(moved), now)
    is_moved = and_(campaign_recipients.c.campaign_id == campaign_id, campaign_recipients.c.user_id.in_(moved))
    connection.execute(update(campaign_recipients).where(is_moved).values(batch_id=new_id))
    connection.execute(update(campaign_batches).where(campaign_batches.c.id == batch.id).values(size=half))
    _renew(connection, batch.id, now)


def release_all(connection: Connection) -> None:
    """End every lease: for a start at which no other process can hold one. The key stays, so LINE knows the batch."""
    held = campaign_batches.c.lease_owner.is_not(None)
    connection.execute(update(campaign_batches).where(held).values(**_FREE))


def forget(connection: Connection, user_id: str) -> None:
    """Take a patient out of the ledger, but for batches on their way: under one key the recipients may not change."""
    on_its_way = select(campaign_batches.c.id).where(
        campaign_batches.c.state == WAITING, campaign_batches.c.first_tried_at.is_not(None)
    )
    recipient = campaign_recipients.c
    may_go = or_(recipient.batch_id.is_(None), recipient.batch_id.not_in(on_its_way))
    gone = connection.execute(
        delete(campaign_recipients).where(recipient.user_id == user_id, may_go).returning(recipient.batch_id)
    )
    for batch_id in gone.scalars():
        waiting = and_(campaign_batches.c.id == batch_id, campaign_batches.c.state == WAITING)
        connection.execute(update(campaign_batches).where(waiting).values(size=campaign_batches.c.size - 1))


def send_rest_again(connection: Connection, id: int, version: int, now: int) -> bool:
    """Try again exactly those whom LINE refused, under new keys: of a refused multicast nothing was sent."""
    if not move(connection, id, version, (DONE, PAUSED), SENDING, finished_at=None, paused_reason=None):
        return False
    refused = select(campaign_batches.c.id).where(
        campaign_batches.c.campaign_id == id, campaign_batches.c.state == REFUSED
    )
    for batch_id in connection.execute(refused).scalars().all():
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
    """Fill batches: a small first one, then full ones."""
    assert campaign.starts_at is not None
    rest = list(reached)
    newest = (
        select(campaign_batches.c.id, campaign_batches.c.size)
        .where(campaign_batches.c.campaign_id == campaign.id)
        .order_by(campaign_batches.c.id)
    )
    batches = connection.execute(newest).all()
    number, id, size = (len(batches), batches[-1].id, batches[-1].size) if batches else (0, 0, 0)
    while rest:
        room = (first if number == 1 else BATCH_SIZE) - size if number else 0
        if room <= 0:
            due_at = campaign.starts_at + (first_pause if number else 0)
            id, size, number = _add_batch(connection, campaign.id, 0, due_at), 0, number + 1
            continue
        taken, rest = rest[:room], rest[room:]
        rows = [{"campaign_id": campaign.id, "user_id": user, "batch_id": id, "left_out": None} for user in taken]
        connection.execute(insert(campaign_recipients), rows)
        size += len(taken)
        connection.execute(update(campaign_batches).where(campaign_batches.c.id == id).values(size=size))


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


def _take_out(connection: Connection, campaign: Campaign, batch_id: int, now: int) -> None:
    """Those of a batch who have blocked, opted out, turned to staff or got urgent since the preparation."""
    ledger = campaign_recipients.c
    of_batch = select(ledger.user_id).where(ledger.batch_id == batch_id)
    everybody = members(Audience(), campaign.purpose, now)
    user_id = everybody.selected_columns.user_id
    found = everybody.where(user_id.in_(of_batch))
    gone = [(row.user_id, row.reason) for row in connection.execute(found) if row.reason is not None]
    for user, why in gone:
        is_row = and_(ledger.campaign_id == campaign.id, ledger.user_id == user)
        connection.execute(update(campaign_recipients).where(is_row).values(batch_id=None, left_out=why))
    if gone:
        smaller = campaign_batches.c.size - len(gone)
        connection.execute(update(campaign_batches).where(campaign_batches.c.id == batch_id).values(size=smaller))


def _finish(connection: Connection, id: int, now: int) -> None:
    if not _waits(connection, id):
        move(connection, id, None, (SENDING,), DONE, finished_at=now)


def _waits(connection: Connection, id: int) -> bool:
    batch = campaign_batches.c
    waiting = select(batch.id).where(batch.campaign_id == id, batch.state == WAITING).limit(1)
    return connection.execute(waiting).first() is not None


def _batch(connection: Connection, row: Row[Any], first_tried_at: int) -> Batch:
    users = select(campaign_recipients.c.user_id).where(campaign_recipients.c.batch_id == row.id)
    user_ids = tuple(connection.execute(users.order_by(campaign_recipients.c.user_id)).scalars())
    messages = connection.execute(select(campaigns.c.messages).where(campaigns.c.id == row.campaign_id)).scalar_one()
    return Batch(row.id, row.campaign_id, user_ids, json.loads(messages), row.retry_key, row.attempts, first_tried_at)
