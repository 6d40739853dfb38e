"""Campaigns: what goes out, to whom, and in which state it is. Batches and recipients stand in `bot.storage.batches`.

    draft ─confirm─▶ preparing ─▶ scheduled ─▶ sending ─▶ done
                        └──────── pause ──────────┘  paused ─resume─▶ preparing
    cancel: from any state before done

Every change names the version that it was made on, so that two editors, or a second click, change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from bot.storage.audience import Audience, LeftOut
from bot.storage.audience_query import Purpose
from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns

DRAFT, PREPARING, SCHEDULED, SENDING = "draft", "preparing", "scheduled", "sending"
PAUSED, CANCELLED, DONE = "paused", "cancelled", "done"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign.

    Args:
        state: draft, preparing, scheduled, sending, paused, cancelled or done.
        version: goes up with every change.
        guidebook: None for a message in own words, which is `text`.
        only_to_who_asked: the guidebook tells of self-pay treatment.
        starts_at: when the first batch may go, milliseconds since 1970.
    """

    id: int
    state: str
    version: int
    guidebook: str | None
    text: str | None
    audience: Audience
    only_to_who_asked: bool
    starts_at: int | None
    created_at: int
    created_by: int | None
    confirmed_at: int | None
    confirmed_count: int | None
    paused_reason: str | None
    finished_at: int | None

    @property
    def purpose(self) -> Purpose:
        """What is sent, as far as it decides who may get it."""
        return Purpose(self.id, self.guidebook, self.only_to_who_asked)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many recipients are in which state."""

    waiting: int = 0
    sent: int = 0
    refused: int = 0
    unclear: int = 0

    @property
    def total(self) -> int:
        """Everybody who gets it or should have got it."""
        return self.waiting + self.sent + self.refused + self.unclear


def add(
    connection: Connection,
    guidebook: str | None,
    text: str | None,
    audience: Audience,
    only_to_who_asked: bool,
    by: int | None,
    now: int,
) -> int:
    """Store a draft and return its id."""
    values = {
        "state": DRAFT,
        "version": 1,
        "guidebook": guidebook,
        "text": text,
        "audience": audience.model_dump_json(),
        "only_to_who_asked": only_to_who_asked,
        "created_at": now,
        "created_by": by,
    }
    id: int = connection.execute(insert(campaigns).returning(campaigns.c.id), values).scalar_one()
    return id


def change_draft(
    connection: Connection,
    id: int,
    version: int,
    guidebook: str | None,
    text: str | None,
    audience: Audience,
    only_to_who_asked: bool,
) -> bool:
    """Change a draft; False when somebody else has changed it since `version`, or it is no draft any more."""
    values = {
        "guidebook": guidebook,
        "text": text,
        "audience": audience.model_dump_json(),
        "only_to_who_asked": only_to_who_asked,
    }
    return move(connection, id, version, (DRAFT,), DRAFT, **values)


def confirm(
    connection: Connection,
    id: int,
    version: int,
    messages: Sequence[dict[str, Any]],
    count: int,
    starts_at: int,
    by: int | None,
    now: int,
) -> bool:
    """Fix what goes out and let the preparation begin; False as for `change_draft`: a second click does nothing."""
    values = {
        "messages": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
        "confirmed_at": now,
        "confirmed_by": by,
        "confirmed_count": count,
        "starts_at": starts_at,
    }
    return move(connection, id, version, (DRAFT,), PREPARING, **values)


def pause(connection: Connection, id: int, version: int | None, reason: str) -> bool:
    """Stop sending; what LINE has already is not recalled.

    Args:
        version: None when the program pauses by itself.
    """
    return move(connection, id, version, (PREPARING, SCHEDULED, SENDING), PAUSED, paused_reason=reason)


def resume(connection: Connection, id: int, version: int) -> bool:
    """Go on where it stopped: with the preparation, which finds out by itself when nothing is left to prepare."""
    return move(connection, id, version, (PAUSED,), PREPARING, paused_reason=None)


def cancel(connection: Connection, id: int, version: int, now: int) -> bool:
    """End a campaign before everything is sent."""
    return move(connection, id, version, (DRAFT, PREPARING, SCHEDULED, SENDING, PAUSED), CANCELLED, finished_at=now)


def find(connection: Connection, id: int) -> Campaign | None:
    """One campaign."""
    row = connection.execute(select(campaigns).where(campaigns.c.id == id)).first()
    return from_row(row) if row else None


def latest(connection: Connection, most: int = 100) -> list[Campaign]:
    """The newest campaigns first."""
    return [from_row(row) for row in connection.execute(select(campaigns).order_by(campaigns.c.id.desc()).limit(most))]


def in_state(connection: Connection, *states: str) -> list[Campaign]:
    """The campaigns in some states, oldest first."""
    found = select(campaigns).where(campaigns.c.state.in_(states)).order_by(campaigns.c.id)
    return [from_row(row) for row in connection.execute(found)]


def messages(connection: Connection, id: int) -> list[dict[str, Any]]:
    """What goes out as it was confirmed; nothing while it is a draft."""
    stored = connection.execute(select(campaigns.c.messages).where(campaigns.c.id == id)).scalar()
    return json.loads(stored) if stored else []


def progress(connection: Connection, id: int) -> Progress:
    """How far a campaign is."""
    sums = (
        select(campaign_batches.c.state, func.sum(campaign_batches.c.size))
        .where(campaign_batches.c.campaign_id == id)
        .group_by(campaign_batches.c.state)
    )
    return Progress(**{state: int(total) for state, total in connection.execute(sums)})


def next_due(connection: Connection, id: int) -> int | None:
    """When the next batch of a campaign is due, milliseconds since 1970; None when none waits."""
    batch = campaign_batches.c
    soonest = select(func.min(batch.due_at)).where(batch.campaign_id == id, batch.state == "waiting")
    found: int | None = connection.execute(soonest).scalar()
    return found


def left_out(connection: Connection, id: int) -> dict[LeftOut, int]:
    """Reason to number of those who were left out when it was prepared or sent."""
    reasons = (
        select(campaign_recipients.c.left_out, func.count())
        .where(campaign_recipients.c.campaign_id == id, campaign_recipients.c.batch_id.is_(None))
        .group_by(campaign_recipients.c.left_out)
    )
    return {LeftOut(reason): number for reason, number in connection.execute(reasons)}


def move(
    connection: Connection, id: int, version: int | None, states: tuple[str, ...], to: str, **values: object
) -> bool:
    """Change a campaign that is in one of some states, and at a version unless that is None."""
    fits = and_(campaigns.c.id == id, campaigns.c.state.in_(states))
    if version is not None:
        fits = and_(fits, campaigns.c.version == version)
    changed = update(campaigns).where(fits).values(state=to, version=campaigns.c.version + 1, **values)
    return connection.execute(changed.returning(campaigns.c.id)).first() is not None


def from_row(row: Row[Any]) -> Campaign:
    """A campaign from all columns of its table."""
    return Campaign(
        row.id,
        row.state,
        row.version,
        row.guidebook,
        row.text,
        Audience.model_validate_json(row.audience),
        row.only_to_who_asked,
        row.starts_at,
        row.created_at,
        row.created_by,
        row.confirmed_at,
        row.confirmed_count,
        row.paused_reason,
        row.finished_at,
    )
