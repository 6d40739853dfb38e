"""Counts for staff. Only numbers leave this module, no patient's words and no ids.

A period is `start` (inclusive) to `end` (exclusive), milliseconds since 1970. Counts over time come by slot, so that
the caller can put them together to clinic-local days whatever the time zone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns
from bot.storage.tables import conversations, exchanges, patients

SLOT = 15 * 60_000
"""Milliseconds. Every time zone is off UTC by a multiple of it."""
HOUR = 4 * SLOT

DECLINED = "declined"
"""Instead of a question: the patient did not want the conversation."""

_CHUNK = 500
_BY_PATIENT = ("typed", "chose", "command", "followed", "unsupported")
_ASK_FOR_STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Begun:
    """Conversations that began in one slot and ended alike.

    Args:
        slot: number of the slot since 1970.
        urgency: level that they ended at, None when they did not.
    """

    slot: int
    urgency: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Typed:
    """Typed messages.

    Args:
        number: how many.
        people: of how many patients.
    """

    number: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one campaign came, in patients."""

    id: int
    guidebook: str | None
    confirmed_at: int
    reached: int
    refused: int
    unclear: int
    waiting: int
    left_out: int


def friends_now(connection: Connection) -> int:
    """Patients who have added the account and do not block it."""
    number: int = connection.execute(select(func.count()).where(patients.c.blocked_at.is_(None))).scalar_one()
    return number


def added(connection: Connection, start: int, end: int) -> dict[int, int]:
    """Slot to the number of patients who added the account."""
    return _by_slot(connection, patients.c.added_at, start, end)


def blocked(connection: Connection, start: int, end: int) -> dict[int, int]:
    """Slot to the number of patients who blocked the account and still do."""
    return _by_slot(connection, patients.c.blocked_at, start, end)


def conversations_begun(connection: Connection, start: int, end: int) -> list[Begun]:
    """Conversations that began in a period, by slot and by how they ended."""
    slot = (_whole(conversations.c.started_at) // SLOT).label("slot")
    counted = select(slot, conversations.c.urgency, func.count())
    rows = connection.execute(
        counted.where(_within(conversations.c.started_at, start, end)).group_by(slot, conversations.c.urgency)
    )
    return [Begun(row[0], row[1], row[2]) for row in rows]


def where_people_stop(connection: Connection, start: int, end: int) -> dict[str, int]:
    """Question to the number of conversations that began in a period and were left while it stood open.

    A conversation that has not come to a question counts under the empty id, one that was declined under `DECLINED`.
    Reads row by row: memory does not grow with their number.
    """
    unfinished = and_(_within(conversations.c.started_at, start, end), conversations.c.urgency.is_(None))
    statement = select(conversations.c.state).where(unfinished).execution_options(yield_per=_CHUNK)
    found: Counter[str] = Counter()
    for state in connection.execute(statement).scalars():
        found[_stopped_at(state)] += 1
    return dict(found)


def visits(connection: Connection, start: int, end: int) -> dict[int, int]:
    """Hour since 1970 to the number of patients who wrote or tapped in it."""
    hour = (_whole(exchanges.c.at) // HOUR).label("hour")
    by_patient = and_(_within(exchanges.c.at, start, end), exchanges.c.kind.in_(_BY_PATIENT))
    return _pairs(connection, select(hour, _people()).where(by_patient).group_by(hour))


def topics_opened(connection: Connection, start: int, end: int) -> dict[str, int]:
    """Topic, such as ``condition.bakers_cyst``, to the number of patients who opened it; the most opened first.

    Lists are left out: they are only the way to a topic.
    """
    key = exchanges.c.key
    # Questions and commands have ids without a dot.
    is_topic = and_(_within(exchanges.c.at, start, end), key.like("%.%"), key.not_like("list.%"))
    opened = select(exchanges.c.key, _people()).where(is_topic).group_by(exchanges.c.key)
    return _pairs(connection, opened.order_by(_people().desc(), exchanges.c.key))


def typed(connection: Connection, borders: Sequence[int]) -> list[dict[bool, Typed]]:
    """Whether typed messages were understood, to how many there were; for each stretch between two borders."""
    is_typed = and_(
        _within(exchanges.c.at, borders[0], borders[-1]),
        exchanges.c.kind == "typed",
        exchanges.c.understood.is_not(None),
    )
    stretch = _stretch(exchanges.c.at, borders).label("stretch")
    counted = select(stretch, exchanges.c.understood, func.count(), _people()).where(is_typed)
    found = [{True: Typed(), False: Typed()} for _ in borders[1:]]
    for row in connection.execute(counted.group_by(stretch, exchanges.c.understood)):
        found[row[0]][bool(row[1])] = Typed(row[2], row[3])
    return found


def asked_for_staff(connection: Connection, borders: Sequence[int]) -> list[int]:
    """How many patients said or tapped that they want to talk with a person; for each stretch between two borders."""
    asked = and_(_within(exchanges.c.at, borders[0], borders[-1]), exchanges.c.key == _ASK_FOR_STAFF)
    stretch = _stretch(exchanges.c.at, borders).label("stretch")
    found = _pairs(connection, select(stretch, _people()).where(asked).group_by(stretch))
    return [found.get(i, 0) for i in range(len(borders) - 1)]


def campaigns_confirmed(connection: Connection, start: int, end: int) -> list[Reach]:
    """The campaigns that were confirmed in a period, newest first."""
    confirmed = select(campaigns.c.id, campaigns.c.guidebook, campaigns.c.confirmed_at)
    rows = connection.execute(
        confirmed.where(_within(campaigns.c.confirmed_at, start, end)).order_by(campaigns.c.id.desc())
    ).all()
    ids = [row.id for row in rows]
    size = func.sum(campaign_batches.c.size)
    by_state = select(campaign_batches.c.campaign_id, campaign_batches.c.state, size)
    batches = by_state.where(campaign_batches.c.campaign_id.in_(ids)).group_by(*by_state.selected_columns[:2])
    states = {(row[0], row[1]): int(row[2]) for row in connection.execute(batches)}
    ledger = campaign_recipients.c
    counted = select(ledger.campaign_id, func.count()).where(ledger.campaign_id.in_(ids), ledger.left_out.is_not(None))
    left_out = _pairs(connection, counted.group_by(ledger.campaign_id))
    return [
        Reach(
            row.id,
            row.guidebook,
            row.confirmed_at,
            reached=states.get((row.id, "sent"), 0),
            refused=states.get((row.id, "refused"), 0),
            unclear=states.get((row.id, "unclear"), 0),
            waiting=states.get((row.id, "waiting"), 0),
            left_out=left_out.get(row.id, 0),
        )
        for row in rows
    ]


def _stopped_at(state: str) -> str:
    data = json.loads(state)
    return DECLINED if data.get("finished") else str(data.get("asking") or "")


def _by_slot(connection: Connection, moment: ColumnElement[int], start: int, end: int) -> dict[int, int]:
    slot = (_whole(moment) // SLOT).label("slot")
    return _pairs(connection, select(slot, func.count()).where(_within(moment, start, end)).group_by(slot))


def _pairs(connection: Connection, statement: Select) -> dict:  # type: ignore[type-arg]
    return {row[0]: row[1] for row in connection.execute(statement)}


def _stretch(moment: ColumnElement[int], borders: Sequence[int]) -> ColumnElement[int]:
    """The place of the stretch that a moment lies in."""
    # Written out: PostgreSQL does not see that two parameters are the same number, and wants one expression.
    return case(*((moment < literal_column(str(int(border))), i) for i, border in enumerate(borders[1:])))


def _people() -> ColumnElement[int]:
    return func.count(exchanges.c.user_id.distinct())


def _within(moment: ColumnElement[int], start: int, end: int) -> ColumnElement[bool]:
    return and_(moment >= start, moment < end)


def _whole(moment: ColumnElement[int]) -> ColumnElement[int]:
    return type_coerce(moment, BigInteger)
