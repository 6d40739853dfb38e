"""Steps of sequences that wait for their day, or went out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from bot.storage.audience import Audience, LeftOut
from bot.storage.audience_query import Purpose, members
from bot.storage.console_tables import sequence_steps
from bot.storage.tables import patients


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step whose day has come.

    Args:
        language: that the patient is spoken to.
    """

    id: int
    user_id: str
    sequence: str
    guidebook: str
    language: str


def start(connection: Connection, user_id: str, steps: Iterable[tuple[str, str, int]]) -> None:
    """Plan steps, in place of those that still wait.

    Args:
        steps: sequence, guidebook and when it is due, milliseconds since 1970.
    """
    stop(connection, user_id)
    rows = [
        {"user_id": user_id, "sequence": sequence, "guidebook": guidebook, "due_at": due_at}
        for sequence, guidebook, due_at in steps
    ]
    if rows:
        connection.execute(insert(sequence_steps), rows)


def stop(connection: Connection, user_id: str) -> None:
    """Drop what still waits."""
    connection.execute(delete(sequence_steps).where(sequence_steps.c.user_id == user_id, _waits()))


def forget(connection: Connection, user_id: str) -> None:
    """Delete every step of a patient."""
    connection.execute(delete(sequence_steps).where(sequence_steps.c.user_id == user_id))


def due(connection: Connection, now: int, most: int) -> list[DueStep]:
    """Steps whose day has come, locked until the end of the transaction."""
    step = sequence_steps.c
    language = select(patients.c.language).where(patients.c.user_id == step.user_id).scalar_subquery()
    found = select(sequence_steps, func.coalesce(language, "").label("language")).where(_waits(), step.due_at <= now)
    rows = connection.execute(found.order_by(step.due_at).limit(most).with_for_update(skip_locked=True))
    return [DueStep(row.id, row.user_id, row.sequence, row.guidebook, row.language) for row in rows]


def any_due(connection: Connection, now: int) -> bool:
    """Whether there is a step to send."""
    found = select(sequence_steps.c.id).where(_waits(), sequence_steps.c.due_at <= now).limit(1)
    return connection.execute(found).first() is not None


def why_left_out(connection: Connection, step: DueStep, only_to_who_asked: bool, now: int) -> LeftOut | None:
    """Why a patient does not get a step, None when they do."""
    everybody = members(Audience(), Purpose(None, step.guidebook, only_to_who_asked), now)
    row = connection.execute(everybody.where(patients.c.user_id == step.user_id)).first()
    if row is None:
        return LeftOut.BLOCKED
    return LeftOut(row.reason) if row.reason else None


def settle(connection: Connection, step: DueStep, left_out: LeftOut | None, now: int) -> None:
    """A step went to the outbox, or is left out."""
    values = {"left_out": left_out.value} if left_out else {"sent_at": now}
    connection.execute(update(sequence_steps).where(sequence_steps.c.id == step.id).values(**values))


def waiting_by_sequence(connection: Connection, until: int) -> dict[str, int]:
    """Sequence to the number of steps that wait until a moment."""
    counted = select(sequence_steps.c.sequence, func.count()).where(_waits(), sequence_steps.c.due_at < until)
    return {row[0]: row[1] for row in connection.execute(counted.group_by(sequence_steps.c.sequence))}


def _waits() -> ColumnElement[bool]:
    return and_(sequence_steps.c.sent_at.is_(None), sequence_steps.c.left_out.is_(None))
