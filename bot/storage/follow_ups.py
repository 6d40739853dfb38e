"""Patients who wish to be asked how it went, until they are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bot.storage.console_tables import follow_ups
from bot.storage.tables import patients


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """A patient whose day has come.

    Args:
        language: that the patient is spoken to.
    """

    user_id: str
    conversation_id: str
    language: str


def plan(connection: Connection, user_id: str, conversation_id: str, due_at: int) -> None:
    """Ask a patient at `due_at`, milliseconds since 1970, in place of what was planned before."""
    forget(connection, user_id)
    values = {"user_id": user_id, "conversation_id": conversation_id, "due_at": due_at}
    connection.execute(insert(follow_ups), values)


def stop(connection: Connection, user_id: str) -> None:
    """Do not ask a patient any more; that somebody was asked stays known."""
    waiting = and_(follow_ups.c.user_id == user_id, follow_ups.c.sent_at.is_(None))
    connection.execute(delete(follow_ups).where(waiting))


def forget(connection: Connection, user_id: str) -> None:
    """Delete what is known of a patient's wish."""
    connection.execute(delete(follow_ups).where(follow_ups.c.user_id == user_id))


def forget_before(connection: Connection, moment: int) -> None:
    """Delete what was due before `moment`, milliseconds since 1970."""
    connection.execute(delete(follow_ups).where(follow_ups.c.due_at < moment))


def due(connection: Connection, now: int, not_before: int, most: int) -> list[DueFollowUp]:
    """Patients to be asked now, locked until the end of the transaction.

    Nobody who blocks the account or talks with staff, and nobody who has begun another conversation since.

    Args:
        not_before: milliseconds since 1970; what was due earlier than that has been missed.
    """
    is_due = and_(follow_ups.c.sent_at.is_(None), follow_ups.c.due_at <= now, follow_ups.c.due_at > not_before)
    may_be_asked = and_(
        patients.c.blocked_at.is_(None),
        or_(patients.c.paused_until.is_(None), patients.c.paused_until <= now),
        patients.c.conversation_id == follow_ups.c.conversation_id,
    )
    wanted = select(follow_ups.c.user_id, follow_ups.c.conversation_id, patients.c.language)
    found = wanted.join(patients, patients.c.user_id == follow_ups.c.user_id).where(is_due, may_be_asked)
    rows = connection.execute(
        found.order_by(follow_ups.c.due_at).limit(most).with_for_update(skip_locked=True, of=follow_ups)
    )
    return [DueFollowUp(row.user_id, row.conversation_id, row.language) for row in rows]


def any_due(connection: Connection, now: int) -> bool:
    """Whether there may be somebody to ask."""
    found = select(follow_ups.c.user_id).where(follow_ups.c.sent_at.is_(None), follow_ups.c.due_at <= now).limit(1)
    return connection.execute(found).first() is not None


def settle(connection: Connection, user_id: str, now: int) -> None:
    """The question went to the outbox."""
    connection.execute(update(follow_ups).where(follow_ups.c.user_id == user_id).values(sent_at=now))
