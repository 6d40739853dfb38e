"""Who belongs to an audience, and who of them is left out: counted and listed in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from bot.storage.audience import AskedFor, Audience, Criterion, EndedAt, HasTag, LeftOut, SeenWithin, Speaks, Unreadable
from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns, sequence_steps
from bot.storage.tables import exchanges, patient_tags, patients

DAY = 24 * 3_600_000
URGENT_FOR = 14 * DAY
"""How long after an urgent outcome a patient gets no campaign. Milliseconds."""

_UNDER_WAY = ("preparing", "scheduled", "sending", "paused")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is sent, as far as it decides who may get it.

    Args:
        campaign_id: of the campaign itself, None while it is not stored.
        guidebook: None for a message in own words.
        only_to_who_asked: the guidebook tells of self-pay treatment.
    """

    campaign_id: int | None
    guidebook: str | None
    only_to_who_asked: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many an audience holds.

    Args:
        reached: who would get it.
        left_out: reason to number; reasons that hit nobody are missing.
    """

    reached: int
    left_out: Mapping[LeftOut, int]


def count(connection: Connection, audience: Audience, purpose: Purpose, now: int) -> Count:
    """Count who would get it and who would not."""
    reason = _reason(purpose, now).label("reason")
    found = select(reason, func.count()).where(_belongs(audience, now)).group_by(reason)
    numbers = {row[0]: row[1] for row in connection.execute(found)}
    reached = numbers.pop(None, 0)
    return Count(reached, {why: numbers[why] for why in LeftOut if why in numbers})


def members(audience: Audience, purpose: Purpose, now: int) -> Select[tuple[str, str | None]]:
    """Everybody of an audience with the reason why they are left out, None when they are not; by user id."""
    return select(patients.c.user_id, _reason(purpose, now).label("reason")).where(_belongs(audience, now))


def _belongs(audience: Audience, now: int) -> ColumnElement[bool]:
    if not audience.is_readable:
        return false()
    wanted = [_holds(criterion, now) for criterion in audience.all]
    if audience.any:
        wanted.append(or_(*(_holds(criterion, now) for criterion in audience.any)))
    wanted += [not_(_holds(criterion, now)) for criterion in audience.none]
    return and_(true(), *wanted)


def _holds(criterion: Criterion, now: int) -> ColumnElement[bool]:
    match criterion:
        case HasTag():
            return exists().where(patient_tags.c.user_id == patients.c.user_id, patient_tags.c.tag == criterion.tag)
        case EndedAt():
            return func.coalesce(patients.c.urgency, "") == criterion.urgency
        case SeenWithin():
            return func.coalesce(patients.c.seen_at, 0) >= now - criterion.days * DAY
        case AskedFor():
            return _asked_for(criterion.guidebook)
        case Speaks():
            return patients.c.language == criterion.language
        case Unreadable():
            return false()


def _asked_for(guidebook: str) -> ColumnElement[bool]:
    return exists().where(exchanges.c.user_id == patients.c.user_id, exchanges.c.key == f"guidebook.{guidebook}")


def _reason(purpose: Purpose, now: int) -> ColumnElement[str | None]:
    """The first reason that holds, in the order of `LeftOut`."""
    asked = _asked_for(purpose.guidebook) if purpose.only_to_who_asked and purpose.guidebook else true()
    return case(
        (patients.c.blocked_at.is_not(None), literal(LeftOut.BLOCKED.value)),
        (patients.c.news_off_at.is_not(None), literal(LeftOut.OPTED_OUT.value)),
        (patients.c.news_at.is_(None), literal(LeftOut.NO_CONSENT.value)),
        (
            or_(patients.c.asked_for_staff_at.is_not(None), func.coalesce(patients.c.paused_until, 0) > now),
            literal(LeftOut.WITH_STAFF.value),
        ),
        (
            and_(patients.c.urgency.in_(("emergency_now", "same_day")), patients.c.urgency_at > now - URGENT_FOR),
            literal(LeftOut.URGENT.value),
        ),
        (not_(asked), literal(LeftOut.NOT_ASKED.value)),
        (_already(purpose), literal(LeftOut.ALREADY.value)),
        else_=None,
    )


def _already(purpose: Purpose) -> ColumnElement[bool]:
    """Got the guidebook, or is about to, with another campaign."""
    if purpose.guidebook is None:
        return false()
    batch, recipient = campaign_batches.c, campaign_recipients.c
    ledger = campaign_recipients.join(campaign_batches, batch.id == recipient.batch_id)
    ledger = ledger.join(campaigns, campaigns.c.id == recipient.campaign_id)
    # A batch that was tried may have arrived, even when its campaign was cancelled then.
    may_go_out = or_(campaigns.c.state.in_(_UNDER_WAY), batch.first_tried_at.is_not(None))
    with_a_campaign = (
        exists()
        .select_from(ledger)
        .where(
            recipient.user_id == patients.c.user_id,
            campaigns.c.guidebook == purpose.guidebook,
            campaigns.c.id != (purpose.campaign_id or 0),
            or_(batch.state.in_(("sent", "unclear")), and_(batch.state == "waiting", may_go_out)),
        )
    )
    step = sequence_steps.c
    in_a_sequence = exists().where(
        step.user_id == patients.c.user_id, step.guidebook == purpose.guidebook, step.sent_at.is_not(None)
    )
    return or_(with_a_campaign, in_a_sequence)
