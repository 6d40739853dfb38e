"""What patients have got with campaigns, read from the ledger: nothing is stored for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bot.storage.audience_query import members
from bot.storage.batches import SENT, UNCLEAR, WAITING
from bot.storage.campaigns import PAUSED, PREPARING, SCHEDULED, SENDING, Campaign, from_row
from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns

_LEDGER = campaign_recipients.join(campaign_batches, campaign_batches.c.id == campaign_recipients.c.batch_id).join(
    campaigns, campaigns.c.id == campaign_recipients.c.campaign_id
)

_MOST = 5
"""Earlier campaigns that are told of: the newest say enough."""


@dataclass(frozen=True, slots=True)
class Received:
    """A campaign that reached a patient.

    Args:
        at: when LINE took it, milliseconds since 1970.
        messages: message objects as they went out.
    """

    at: int
    campaign: Campaign
    messages: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SameWords:
    """An earlier campaign that said the same to some of those whom a draft would reach.

    Args:
        people: how many.
        at: when it went to the last of them, milliseconds since 1970; None while some are still to get it.
    """

    campaign_id: int
    people: int
    at: int | None


def of_patient(connection: Connection, user_id: str, since: int | None, until: int | None) -> list[Received]:
    """The campaigns that reached a patient, oldest first.

    Args:
        since, until: milliseconds since 1970; from the one on, before the other.
    """
    recipient, batch = campaign_recipients.c, campaign_batches.c
    wanted = [recipient.user_id == user_id, recipient.left_out.is_(None), batch.state == SENT]
    if since is not None:
        wanted.append(batch.sent_at >= since)
    if until is not None:
        wanted.append(batch.sent_at < until)
    found = select(campaigns, batch.sent_at).select_from(_LEDGER).where(*wanted).order_by(batch.sent_at, batch.id)
    return [Received(row.sent_at, from_row(row), json.loads(row.messages)) for row in connection.execute(found)]


def same_words(connection: Connection, draft: Campaign, now: int) -> list[SameWords]:
    """Who of those whom a draft would reach has got its own words before, or is about to; the newest campaign first."""
    if draft.guidebook is not None or not draft.text:
        return []
    before = and_(campaigns.c.guidebook.is_(None), campaigns.c.text == draft.text, campaigns.c.id != draft.id)
    newest = select(campaigns.c.id).where(before, campaigns.c.confirmed_at.is_not(None)).order_by(campaigns.c.id.desc())
    found = [_same_words(connection, id, draft, now) for id in connection.scalars(newest.limit(_MOST))]
    return [each for each in found if each.people]


def _same_words(connection: Connection, id: int, draft: Campaign, now: int) -> SameWords:
    recipient, batch = campaign_recipients.c, campaign_batches.c
    everybody = members(draft.audience, draft.purpose, now).subquery()
    # A batch that was tried may have arrived, even when its campaign was cancelled then.
    goes_out = or_(campaigns.c.state.in_((PREPARING, SCHEDULED, SENDING, PAUSED)), batch.first_tried_at.is_not(None))
    counted = (
        select(func.count(), func.count(batch.first_tried_at), func.max(batch.first_tried_at))
        .select_from(_LEDGER.join(everybody, everybody.c.user_id == recipient.user_id))
        .where(recipient.campaign_id == id, everybody.c.reason.is_(None))
        .where(or_(batch.state.in_((SENT, UNCLEAR)), and_(batch.state == WAITING, goes_out)))
    )
    people, tried, last = connection.execute(counted).one()
    return SameWords(id, people, last if tried == people else None)
