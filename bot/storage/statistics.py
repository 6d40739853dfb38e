"""Counts for staff. Only numbers leave this module, no patient's words and no ids.

A period is `start` (inclusive) to `end` (exclusive), milliseconds since 1970; where numbers are told over time, the
borders between its stretches are given, the start first and the end last. Every count reads an index and no message.
"""

from __future__ import annotations

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

HOUR = 3_600_000
"""Milliseconds."""

_BY_PATIENT = ("typed", "chose", "command", "followed", "unsupported")
_ASK_FOR_STAFF = "staff"


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


def added(connection: Connection, borders: Sequence[int]) -> list[int]:
    """How many patients added the account; for each stretch between two borders."""
    return _by_stretch(connection, patients.c.added_at, borders)


def blocked(connection: Connection, borders: Sequence[int]) -> list[int]:
    """How many patients blocked the account and still do; for each stretch between two borders."""
    return _by_stretch(connection, patients.c.blocked_at, borders)


def conversations_begun(connection: Connection, borders: Sequence[int]) -> list[dict[str | None, int]]:
    """Level to the number of conversations that began and ended at it, None for those that did not end; for each
    stretch between two borders.
    """
    started_at, urgency = conversations.c.started_at, conversations.c.urgency
    stretch = _stretch(started_at, borders)
    counted = select(stretch, urgency, func.count()).where(_within(started_at, borders[0], borders[-1]))
    found: list[dict[str | None, int]] = [{} for _ in borders[1:]]
    for row in connection.execute(counted.group_by(stretch, urgency)):
        found[row[0]][row[1]] = row[2]
    return found


def where_people_stop(connection: Connection, start: int, end: int) -> dict[str, int]:
    """Question to the number of conversations that began in a period and were left while it stood open.

    A conversation that has not come to a question counts under the empty id, one that was declined under
    `bot.storage.patients.DECLINED`.
    """
    unfinished = and_(_within(conversations.c.started_at, start, end), conversations.c.urgency.is_(None))
    question = conversations.c.open_question
    found = _pairs(connection, select(question, func.count()).where(unfinished).group_by(question))
    return {question or "": number for question, number in found.items()}


def visits(connection: Connection, start: int, end: int) -> dict[int, int]:
    """Hour since 1970 to the number of patients who wrote or tapped in it."""
    hour = (type_coerce(exchanges.c.at, BigInteger) // HOUR).label("hour")
    by_patient = and_(_within(exchanges.c.at, start, end), exchanges.c.kind.in_(_BY_PATIENT))
    # SQLite takes half as long again to count distinct patients within groups.
    once = select(hour, exchanges.c.user_id).where(by_patient).distinct().subquery()
    return _pairs(connection, select(once.c.hour, func.count()).group_by(once.c.hour))


def topics_opened(connection: Connection, start: int, end: int) -> dict[str, int]:
    """Topic, such as ``condition.bakers_cyst``, to the number of patients who opened it; the most opened first.

    Lists are left out: they are only the way to a topic.
    """
    key = exchanges.c.key
    by_patient = and_(_within(exchanges.c.at, start, end), exchanges.c.kind.in_(_BY_PATIENT))
    # Questions and commands have ids without a dot.
    is_topic = and_(by_patient, key.like("%.%"), key.not_like("list.%"))
    opened = select(exchanges.c.key, _people()).where(is_topic).group_by(exchanges.c.key)
    return _pairs(connection, opened.order_by(_people().desc(), exchanges.c.key))


def typed(connection: Connection, borders: Sequence[int]) -> list[dict[bool, Typed]]:
    """Whether typed messages were understood, to how many there were; for each stretch between two borders."""
    is_typed = and_(
        _within(exchanges.c.at, borders[0], borders[-1]),
        exchanges.c.kind == "typed",
        exchanges.c.understood.is_not(None),
    )
    stretch = _stretch(exchanges.c.at, borders)
    counted = select(stretch, exchanges.c.understood, func.count(), _people()).where(is_typed)
    found = [{True: Typed(), False: Typed()} for _ in borders[1:]]
    for row in connection.execute(counted.group_by(stretch, exchanges.c.understood)):
        found[row[0]][bool(row[1])] = Typed(row[2], row[3])
    return found


def asked_for_staff(connection: Connection, borders: Sequence[int]) -> list[int]:
    """How many patients said or tapped that they want to talk with a person; for each stretch between two borders."""
    asked = and_(_within(exchanges.c.at, borders[0], borders[-1]), exchanges.c.key == _ASK_FOR_STAFF)
    stretch = _stretch(exchanges.c.at, borders)
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
    counted = select(ledger.campaign_id, func.count()).where(ledger.campaign_id.in_(ids), ledger.batch_id.is_(None))
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


def _by_stretch(connection: Connection, moment: ColumnElement[int], borders: Sequence[int]) -> list[int]:
    stretch = _stretch(moment, borders)
    counted = select(stretch, func.count()).where(_within(moment, borders[0], borders[-1])).group_by(stretch)
    found = _pairs(connection, counted)
    return [found.get(i, 0) for i in range(len(borders) - 1)]


def _pairs(connection: Connection, statement: Select) -> dict:  # type: ignore[type-arg]
    return {row[0]: row[1] for row in connection.execute(statement)}


def _stretch(moment: ColumnElement[int], borders: Sequence[int]) -> ColumnElement[int]:
    """The place of the stretch that a moment lies in."""
    # Written out: PostgreSQL does not see that two parameters are the same number, and wants one expression.
    return case(*((moment < literal_column(str(int(border))), i) for i, border in enumerate(borders[1:]))).label(
        "stretch"
    )


def _people() -> ColumnElement[int]:
    return func.count(exchanges.c.user_id.distinct())


def _within(moment: ColumnElement[int], start: int, end: int) -> ColumnElement[bool]:
    return and_(moment >= start, moment < end)
