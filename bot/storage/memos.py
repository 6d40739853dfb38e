"""What the memo for the doctor needs: a conversation by id, and what the patient adds in own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bot.storage.page_tables import memo_notes
from bot.storage.tables import conversations, patients

MOST_NOTES = 5
"""Of a conversation; older ones are deleted when another is written."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a patient added.

    Args:
        written_at: milliseconds since 1970.
    """

    text: str
    written_at: int


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as the memo shows it.

    Args:
        reference: what staff pages call the patient.
        language: that the patient is spoken to.
        state: of `bot.flow.conversation`.
        note: the newest one.
    """

    reference: str
    language: str
    state: Mapping[str, Any]
    note: Note | None


def find(connection: Connection, conversation_id: str) -> StoredConversation | None:
    """One conversation with its newest note; None when it was deleted."""
    joined = conversations.join(patients, patients.c.user_id == conversations.c.user_id)
    wanted = select(conversations.c.state, patients.c.reference, patients.c.language).select_from(joined)
    row = connection.execute(wanted.where(conversations.c.id == conversation_id)).first()
    if row is None:
        return None
    note = _newest(connection, conversation_id)
    return StoredConversation(row.reference or "", row.language, json.loads(row.state), note)


def write_note(connection: Connection, conversation_id: str, text: str, now: int) -> bool:
    """Write what the patient adds; it takes the place of what was written before. The same text again changes nothing.

    Args:
        text: empty takes the note away.
        now: milliseconds since 1970.

    Returns:
        False when the conversation was deleted.
    """
    # Locked, so that the same form sent twice at once is written once.
    locked = select(conversations.c.user_id).where(conversations.c.id == conversation_id).with_for_update()
    user_id = connection.scalar(locked)
    if user_id is None:
        return False
    newest = _newest(connection, conversation_id)
    if text == (newest.text if newest else ""):
        return True
    if not text:
        connection.execute(delete(memo_notes).where(memo_notes.c.conversation_id == conversation_id))
        return True
    row = {"conversation_id": conversation_id, "user_id": user_id, "text": text, "written_at": now}
    connection.execute(insert(memo_notes), row)
    of_conversation = select(memo_notes.c.id).where(memo_notes.c.conversation_id == conversation_id)
    kept = of_conversation.order_by(memo_notes.c.id.desc()).limit(MOST_NOTES)
    older = memo_notes.c.id.not_in(connection.scalars(kept).all())
    connection.execute(delete(memo_notes).where(memo_notes.c.conversation_id == conversation_id, older))
    return True


def forget(connection: Connection, user_id: str) -> None:
    """Delete everything that a patient added."""
    connection.execute(delete(memo_notes).where(memo_notes.c.user_id == user_id))


def forget_notes_before(connection: Connection, moment: int) -> None:
    """Delete the notes of conversations that nobody has gone on with since `moment`.

    Args:
        moment: milliseconds since 1970.
    """
    old = select(conversations.c.id).where(conversations.c.updated_at < moment)
    connection.execute(delete(memo_notes).where(memo_notes.c.conversation_id.in_(old)))


def _newest(connection: Connection, conversation_id: str) -> Note | None:
    of_conversation = select(memo_notes.c.text, memo_notes.c.written_at).where(
        memo_notes.c.conversation_id == conversation_id
    )
    row = connection.execute(of_conversation.order_by(memo_notes.c.id.desc()).limit(1)).first()
    return Note(row.text, row.written_at) if row else None
