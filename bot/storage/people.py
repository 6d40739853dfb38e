"""Patients as staff see them: by reference, with tags and notes, waiting for a person or talking with one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage.console_tables import notes
from bot.storage.tables import conversations, exchanges, patient_tags, patients

_RANK = {"emergency_now": 0, "same_day": 1, "soon_2w": 2, "self_care_watch": 3}
_URGENT = ("emergency_now", "same_day")

# Built once: building a statement costs more than running it.
_OF_USER = patients.c.user_id == bindparam("user")
_SET_OUTCOME = update(patients).where(_OF_USER).values(urgency=bindparam("level"), urgency_at=bindparam("now"))
_DROP_TAGS = delete(patient_tags).where(patient_tags.c.user_id == bindparam("user"), patient_tags.c.set_by.is_(None))
_ADD_TAG = {
    "sqlite": sqlite_insert(patient_tags).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(patient_tags).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A patient on a staff page. Times are milliseconds since 1970.

    Args:
        reference: what pages and addresses call the patient; says nothing about the LINE user.
        name: given by staff.
        urgency: level of the last outcome.
        state: JSON of the current conversation.
        conversation_id: of that conversation.
    """

    user_id: str
    reference: str
    name: str | None
    language: str
    added_at: int
    seen_at: int | None
    blocked_at: int | None
    news_at: int | None
    news_off_at: int | None
    paused_until: int | None
    asked_for_staff_at: int | None
    urgency: str | None
    urgency_at: int | None
    state: str | None
    tags: tuple[str, ...] = ()
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What staff wrote down about a patient."""

    id: int
    at: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SetTag:
    """A tag of a patient.

    Args:
        set_at: milliseconds since 1970.
        set_by: staff id, None when the answers set it.
    """

    tag: str
    set_at: int
    set_by: int | None


def find(connection: Connection, reference: str) -> Person | None:
    """One patient by reference."""
    row = connection.execute(_everybody().where(patients.c.reference == reference)).first()
    return _persons(connection, [row])[0] if row else None


def search(
    connection: Connection, words: str = "", tag: str = "", urgency: str = "", *, most: int = 50, skip: int = 0
) -> list[Person]:
    """Patients by name or reference, tag and last outcome; those seen last come first.

    Args:
        words: part of the name or of the reference.
    """
    statement = _everybody()
    if words:
        part = f"%{_escaped(words)}%"
        is_named = or_(patients.c.name.ilike(part, escape="\\"), patients.c.reference.ilike(part, escape="\\"))
        statement = statement.where(is_named)
    if tag:
        tagged = select(patient_tags.c.user_id).where(patient_tags.c.tag == tag)
        statement = statement.where(patients.c.user_id.in_(tagged))
    if urgency:
        statement = statement.where(patients.c.urgency == urgency)
    # As the index on seen_at is ordered, so that the first page does not read everybody.
    newest_first = (patients.c.seen_at.desc().nulls_last(), patients.c.added_at.desc(), patients.c.user_id)
    rows = connection.execute(statement.order_by(*newest_first).limit(most).offset(skip)).all()
    return _persons(connection, rows)


def names(connection: Connection, references: Collection[str]) -> dict[str, str | None]:
    """Reference to the name that staff gave, None without; patients who are not there are left out."""
    found = select(patients.c.reference, patients.c.name).where(patients.c.reference.in_(references))
    return {row.reference: row.name for row in connection.execute(found)}


def waiting(connection: Connection) -> list[Person]:
    """Who asked for a person and has not got one: urgent first, then who waits longest."""
    rank = case(*((patients.c.urgency == level, place) for level, place in _RANK.items()), else_=len(_RANK))
    statement = _everybody().where(patients.c.asked_for_staff_at.is_not(None))
    rows = connection.execute(statement.order_by(rank, patients.c.asked_for_staff_at)).all()
    return _persons(connection, rows)


def waiting_numbers(connection: Connection) -> tuple[int, int]:
    """How many wait for a person, and how many of them are at one of the two urgent levels."""
    is_urgent = case((patients.c.urgency.in_(_URGENT), 1), else_=0)
    counted = select(func.count(), func.coalesce(func.sum(is_urgent), 0)).select_from(patients)
    number, urgent = connection.execute(counted.where(patients.c.asked_for_staff_at.is_not(None))).one()
    return number, urgent


def with_staff(connection: Connection, now: int) -> list[Person]:
    """With whom staff talk while the bot is silent; those whose time ends first come first."""
    statement = _everybody().where(patients.c.paused_until > now, patients.c.asked_for_staff_at.is_(None))
    rows = connection.execute(statement.order_by(patients.c.paused_until, patients.c.user_id)).all()
    return _persons(connection, rows)


def set_outcome(connection: Connection, user_id: str, urgency: str, tags: Iterable[str], now: int) -> None:
    """Note how a conversation ended, and the tags that its answers set; tags that staff set stay."""
    connection.execute(_SET_OUTCOME, {"user": user_id, "level": urgency, "now": now})
    connection.execute(_DROP_TAGS, {"user": user_id})
    _add_tags(connection, [{"user_id": user_id, "tag": tag, "set_at": now, "set_by": None} for tag in tags])


def add_tag(connection: Connection, user_id: str, tag: str, by: int | None, now: int) -> None:
    """Set a tag; nothing changes when it is set already."""
    _add_tags(connection, [{"user_id": user_id, "tag": tag, "set_at": now, "set_by": by}])


def remove_tag(connection: Connection, user_id: str, tag: str) -> None:
    """Take a tag away."""
    connection.execute(delete(patient_tags).where(patient_tags.c.user_id == user_id, patient_tags.c.tag == tag))


def tags_of(connection: Connection, user_id: str) -> list[SetTag]:
    """The tags of a patient and who set them, by name."""
    found = select(patient_tags).where(patient_tags.c.user_id == user_id).order_by(patient_tags.c.tag)
    return [SetTag(row.tag, row.set_at, row.set_by) for row in connection.execute(found)]


def all_tags(connection: Connection) -> list[tuple[str, int]]:
    """Every tag with the number of patients, by name."""
    counted = select(patient_tags.c.tag, func.count()).group_by(patient_tags.c.tag).order_by(patient_tags.c.tag)
    return [(tag, number) for tag, number in connection.execute(counted)]


def rename(connection: Connection, user_id: str, name: str | None) -> None:
    """Give a patient a name that staff recognise."""
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(name=name))


def set_news(connection: Connection, user_id: str, agreed: bool, now: int) -> None:
    """The patient agreed to messages from the clinic, or asked not to get them any more."""
    values = {"news_at": now, "news_off_at": None} if agreed else {"news_at": None, "news_off_at": now}
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(**values))


def ask_for_staff(connection: Connection, user_id: str, now: int) -> None:
    """The patient asks for a person; who asks again keeps the place in the queue."""
    waits_since = func.coalesce(patients.c.asked_for_staff_at, now)
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(asked_for_staff_at=waits_since))


def attend(connection: Connection, user_id: str, paused_until: int | None) -> None:
    """Staff take care of a patient: out of the queue, and the bot is silent until then; None lets it speak again."""
    values = {"asked_for_staff_at": None, "paused_until": paused_until}
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(**values))


def resume(connection: Connection, user_id: str) -> None:
    """The bot speaks again; who has asked for a person since keeps the place in the queue."""
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(paused_until=None))


def add_note(connection: Connection, user_id: str, staff_id: int, text: str, now: int) -> None:
    """Write a note about a patient."""
    connection.execute(insert(notes), {"user_id": user_id, "at": now, "staff_id": staff_id, "text": text})


def notes_of(connection: Connection, user_id: str) -> list[Note]:
    """The notes about a patient, newest first."""
    found = select(notes).where(notes.c.user_id == user_id).order_by(notes.c.id.desc())
    return [Note(row.id, row.at, row.staff_id, row.text) for row in connection.execute(found)]


def forget(connection: Connection, user_id: str) -> None:
    """Delete what staff pages hold about a patient: exchanges, notes, tags, name, outcome, consent to messages."""
    connection.execute(delete(exchanges).where(exchanges.c.user_id == user_id))
    connection.execute(delete(notes).where(notes.c.user_id == user_id))
    connection.execute(delete(patient_tags).where(patient_tags.c.user_id == user_id))
    nothing = dict.fromkeys(("name", "news_at", "paused_until", "asked_for_staff_at", "urgency", "urgency_at"))
    connection.execute(update(patients).where(patients.c.user_id == user_id).values(**nothing))


def _add_tags(connection: Connection, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(_ADD_TAG[connection.dialect.name], rows)


def _everybody() -> Any:
    joined = patients.outerjoin(conversations, conversations.c.id == patients.c.conversation_id)
    return select(patients, conversations.c.state).select_from(joined)


def _persons(connection: Connection, rows: Sequence[Row[Any]]) -> list[Person]:
    ids = [row.user_id for row in rows]
    tags: dict[str, list[str]] = {id: [] for id in ids}
    found = select(patient_tags.c.user_id, patient_tags.c.tag).where(patient_tags.c.user_id.in_(ids))
    for user_id, tag in connection.execute(found.order_by(patient_tags.c.tag)):
        tags[user_id].append(tag)
    return [_person(row, tuple(tags[row.user_id])) for row in rows]


def _person(row: Row[Any], tags: tuple[str, ...]) -> Person:
    return Person(
        row.user_id,
        row.reference or "",
        row.name,
        row.language,
        row.added_at,
        row.seen_at,
        row.blocked_at,
        row.news_at,
        row.news_off_at,
        row.paused_until,
        row.asked_for_staff_at,
        row.urgency,
        row.urgency_at,
        row.state,
        tags,
        row.conversation_id if row.state else None,
    )


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
