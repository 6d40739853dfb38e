"""Everything that is kept, table by table, a few hundred rows at a time: patients by reference, never by LINE user.

Each reader takes the place after which to go on (None at first) and returns rows with the place of the last one. So no
transaction stays open while a slow browser fetches a long file, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Text, select, tuple_, type_coerce

from bot.storage.console_tables import (
    audiences,
    audit_log,
    campaign_batches,
    campaign_recipients,
    campaigns,
    notes,
    sequence_steps,
    staff,
)
from bot.storage.tables import conversations, exchanges, patient_tags, patients

AT_ONCE = 500
"""Rows of one read: a few milliseconds, and a few hundred kilobytes."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table.

    Args:
        after: where to go on; None when these are the last.
    """

    rows: Sequence[Any]
    after: Any


Reader = Callable[[Connection, Any], Rows]


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient with tags."""

    patient: Row[Any]
    tags: tuple[str, ...]


def read_patients(connection: Connection, after: Any) -> Rows:
    """Patients, each as a `PatientRow`."""
    found = _some(connection, select(patients), patients.c.user_id, after)
    ids = [row.user_id for row in found.rows]
    tags: dict[str, list[str]] = {id: [] for id in ids}
    tagged = select(patient_tags.c.user_id, patient_tags.c.tag).where(patient_tags.c.user_id.in_(ids))
    for user_id, tag in connection.execute(tagged.order_by(patient_tags.c.tag)):
        tags[user_id].append(tag)
    return Rows([PatientRow(row, tuple(tags[row.user_id])) for row in found.rows], found.after)


def read_conversations(connection: Connection, after: Any) -> Rows:
    """Conversations with their state, and the reference of the patient."""
    joined = conversations.outerjoin(patients, patients.c.user_id == conversations.c.user_id)
    statement = select(conversations, patients.c.reference).select_from(joined)
    return _some(connection, statement, conversations.c.id, after)


def read_exchanges(connection: Connection, after: Any) -> Rows:
    """Exchanges with the reference of the patient and the name of staff who answered."""
    joined = exchanges.outerjoin(patients, patients.c.user_id == exchanges.c.user_id)
    joined = joined.outerjoin(staff, staff.c.id == exchanges.c.staff_id)
    statement = select(exchanges, patients.c.reference, staff.c.name.label("staff")).select_from(joined)
    return _some(connection, statement, exchanges.c.id, after)


def read_notes(connection: Connection, after: Any) -> Rows:
    """Notes with the reference of the patient and the name of who wrote them."""
    joined = notes.outerjoin(patients, patients.c.user_id == notes.c.user_id)
    joined = joined.outerjoin(staff, staff.c.id == notes.c.staff_id)
    statement = select(notes, patients.c.reference, staff.c.name.label("staff")).select_from(joined)
    return _some(connection, statement, notes.c.id, after)


def read_campaigns(connection: Connection, after: Any) -> Rows:
    """Campaigns with the names of who made and who confirmed them."""
    maker, confirmer = staff.alias("maker"), staff.alias("confirmer")
    joined = campaigns.outerjoin(maker, maker.c.id == campaigns.c.created_by)
    joined = joined.outerjoin(confirmer, confirmer.c.id == campaigns.c.confirmed_by)
    names = (maker.c.name.label("maker"), confirmer.c.name.label("confirmer"))
    columns = [column for column in campaigns.c if column is not campaigns.c.audience]
    statement = select(*columns, _as_stored(campaigns.c.audience), *names).select_from(joined)
    return _some(connection, statement, campaigns.c.id, after)


def read_recipients(connection: Connection, after: Any) -> Rows:
    """Everybody of every campaign: with the batch that they were in, or why they were left out."""
    ledger = campaign_recipients.c
    joined = campaign_recipients.outerjoin(patients, patients.c.user_id == ledger.user_id)
    joined = joined.outerjoin(campaign_batches, campaign_batches.c.id == ledger.batch_id)
    batch = (campaign_batches.c.state, campaign_batches.c.sent_at, campaign_batches.c.reason)
    statement = select(ledger.campaign_id, ledger.user_id, ledger.left_out, patients.c.reference, *batch)
    place = tuple_(ledger.campaign_id, ledger.user_id)
    if after is not None:
        statement = statement.where(place > tuple_(*after))
    ordered = statement.select_from(joined).order_by(ledger.campaign_id, ledger.user_id)
    rows = connection.execute(ordered.limit(AT_ONCE)).all()
    return Rows(rows, (rows[-1].campaign_id, rows[-1].user_id) if len(rows) == AT_ONCE else None)


def read_steps(connection: Connection, after: Any) -> Rows:
    """Steps of sequences with the reference of the patient."""
    joined = sequence_steps.outerjoin(patients, patients.c.user_id == sequence_steps.c.user_id)
    statement = select(sequence_steps, patients.c.reference).select_from(joined)
    return _some(connection, statement, sequence_steps.c.id, after)


def read_audiences(connection: Connection, after: Any) -> Rows:
    """Saved audiences."""
    statement = select(audiences.c.id, audiences.c.name, _as_stored(audiences.c.definition))
    return _some(connection, statement, audiences.c.id, after)


def read_audit(connection: Connection, after: Any) -> Rows:
    """The audit log with the names of staff."""
    joined = audit_log.outerjoin(staff, staff.c.id == audit_log.c.staff_id)
    statement = select(audit_log, staff.c.name.label("who")).select_from(joined)
    return _some(connection, statement, audit_log.c.id, after)


def _as_stored(column: Column[Any]) -> ColumnElement[str]:
    """A column as it stands in the database, also when this version cannot read it."""
    return type_coerce(column, Text).label(column.name)


def _some(connection: Connection, statement: Select[Any], place: Any, after: Any) -> Rows:
    if after is not None:
        statement = statement.where(place > after)
    rows = connection.execute(statement.order_by(place).limit(AT_ONCE)).all()
    return Rows(rows, getattr(rows[-1], place.name) if len(rows) == AT_ONCE else None)
