"""Patients and their conversations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage import batches, follow_ups, memos, people, sequences
from bot.storage.tables import conversations, outbox, patients, webhook_events

# Built once: building a statement costs more than running it.
_SEEN = (patients.c.blocked_at, patients.c.paused_until, patients.c.language, patients.c.conversation_id)
_LOCK = select(*_SEEN).where(patients.c.user_id == bindparam("user")).with_for_update()
_SEE = (
    update(patients).where(patients.c.user_id == bindparam("user")).values(seen_at=bindparam("now")).returning(*_SEEN)
)
_STATE = select(conversations.c.state).where(conversations.c.id == bindparam("conversation"))
_REMEMBER = {
    "sqlite": sqlite_insert(webhook_events).on_conflict_do_nothing().returning(webhook_events.c.id),
    "postgresql": postgresql_insert(webhook_events).on_conflict_do_nothing().returning(webhook_events.c.id),
}
_ADD = {
    "sqlite": sqlite_insert(patients).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(patients).on_conflict_do_nothing(),
}
_BEGIN = insert(conversations)
_POINT_AT = (
    update(patients).where(patients.c.user_id == bindparam("user")).values(conversation_id=bindparam("conversation"))
)
_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values({name: bindparam(name) for name in ("state", "updated_at", "urgency", "open_question")})
)

DECLINED = "declined"
"""Instead of an open question: the patient did not want the conversation."""

_REFERENCE_BYTES = 6
"""Among a million patients two share a reference with a chance of 0.2 %; the index then refuses the second one's event,
and LINE delivers it again."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as stored.

    Args:
        paused_until: milliseconds since 1970; staff answer by hand until then.
        language: that the patient is spoken to.
        state: JSON of the current conversation as it was stored, None when there is none.
    """

    user_id: str
    is_blocked: bool
    paused_until: int | None
    language: str
    state: str | None


def remember_event(connection: Connection, event_id: str, now: int) -> bool:
    """Note a webhook event.

    Returns:
        False when it was noted before: LINE delivers some events more than once.
    """
    # rowcount is -1 for ON CONFLICT DO NOTHING on psycopg, so the returned row tells.
    statement = _REMEMBER[connection.dialect.name]
    return connection.execute(statement, {"id": event_id, "received_at": now}).first() is not None


def forget_events_before(connection: Connection, moment: int) -> None:
    """Delete the notes of events so old that LINE no longer redelivers them."""
    connection.execute(delete(webhook_events).where(webhook_events.c.received_at < moment))


def forget_conversations_before(connection: Connection, moment: int) -> None:
    """Delete the answers of conversations that nobody has gone on with since `moment`."""
    old = select(conversations.c.id).where(conversations.c.updated_at < moment)
    connection.execute(update(patients).where(patients.c.conversation_id.in_(old)).values(conversation_id=None))
    connection.execute(delete(conversations).where(conversations.c.updated_at < moment))


def lock_patient(connection: Connection, user_id: str, now: int) -> Patient:
    """The patient, added if new, locked until the end of the transaction."""
    return _locked(connection, user_id, now, _LOCK, {"user": user_id})


def see_patient(connection: Connection, user_id: str, now: int) -> Patient:
    """The same, and it is noted that the patient did something."""
    return _locked(connection, user_id, now, _SEE, {"user": user_id, "now": now})


def _locked(
    connection: Connection, user_id: str, now: int, statement: Executable, values: Mapping[str, object]
) -> Patient:
    row = connection.execute(statement, values).first()
    if row is None:
        connection.execute(_ADD[connection.dialect.name], _new(user_id, now))
        row = connection.execute(statement, values).one()
    # Not in one statement: PostgreSQL would show the conversation as it was before it waited for the lock.
    state = connection.scalar(_STATE, {"conversation": row.conversation_id}) if row.conversation_id else None
    return Patient(user_id, row.blocked_at is not None, row.paused_until, row.language, state)


def _new(user_id: str, now: int) -> dict[str, object]:
    return {"user_id": user_id, "added_at": now, "reference": secrets.token_hex(_REFERENCE_BYTES)}


def set_blocked(connection: Connection, user_id: str, blocked_at: int | None) -> None:
    """Note that a patient blocked (or unblocked) the account; what was still to be sent is dropped on blocking."""
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(blocked_at=blocked_at))
    if blocked_at is not None:
        connection.execute(delete(outbox).where(outbox.c.user_id == user_id))


def set_language(connection: Connection, user_id: str, language: str) -> None:
    """From here on the patient is spoken to in this language."""
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(language=language))


def save_conversation(
    connection: Connection, user_id: str, state: Mapping[str, Any], is_new: bool, urgency: str | None, now: int
) -> None:
    """Store the current conversation of a patient."""
    values = {
        "state": json.dumps(state, ensure_ascii=False),
        "updated_at": now,
        "urgency": urgency,
        "open_question": _open_question(state, urgency),
    }
    if is_new:
        row = {"id": state["id"], "user_id": user_id, "started_at": now, **values}
        connection.execute(_BEGIN, row)
        connection.execute(_POINT_AT, {"user": user_id, "conversation": state["id"]})
    else:
        connection.execute(_SAVE, {"conversation": state["id"], **values})


def _open_question(state: Mapping[str, Any], urgency: str | None) -> str | None:
    if state.get("finished"):
        return None if urgency else DECLINED
    return state.get("asking") or None


def forget_patient(connection: Connection, user_id: str) -> None:
    """Delete every answer of a patient, and what was still to be sent. The friendship itself stays known."""
    people.forget(connection, user_id)
    batches.forget(connection, user_id)
    sequences.forget(connection, user_id)
    follow_ups.forget(connection, user_id)
    memos.forget(connection, user_id)
    connection.execute(delete(outbox).where(outbox.c.user_id == user_id))
    connection.execute(delete(conversations).where(conversations.c.user_id == user_id))
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(conversation_id=None))
