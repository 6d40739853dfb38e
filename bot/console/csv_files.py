"""Everything that is kept, as CSV files: for a spreadsheet, for another system, for safekeeping. No LINE user id."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection

from bot.console.number_names import column_name, row_names, written
from bot.console.numbers import count
from bot.console.periods import Period
from bot.console.words import Words
from bot.desk import Desk
from bot.line.plain_text import plain_text
from bot.storage import export_rows
from bot.storage.database import Database
from bot.storage.export_rows import Reader

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads Japanese text as something else."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet runs a cell that begins so (OWASP, "CSV Injection")."""

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Source:
    """What files are written from.

    Args:
        now: milliseconds since 1970.
        period: of the numbers.
    """

    database: Database
    desk: Desk
    words: Words
    zone: tzinfo
    now: int
    period: Period

    @property
    def today(self) -> date:
        """The clinic-local day."""
        return datetime.fromtimestamp(self.now / 1000, self.zone).date()

    def time(self, moment: int | None) -> str | None:
        """A stored moment as clinic-local text."""
        return f"{datetime.fromtimestamp(moment / 1000, self.zone):%Y-%m-%d %H:%M:%S}" if moment is not None else None

    def named(self, key: str, id: str | None) -> str | None:
        """The word of a key; the id itself where there is none."""
        return self.words.texts.get(key, id)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One file.

    Args:
        columns: ids of the columns; their words stand under ``column_<id>``.
        rows: the cells of every row.
    """

    columns: tuple[str, ...]
    rows: Callable[[Source], Iterator[tuple[Cell, ...]]]


def csv_text(file: CsvFile, source: Source) -> Iterator[str]:
    """The text of a file, piece by piece."""
    yield BYTE_ORDER_MARK + _lines([[source.words(f"column_{id}") for id in file.columns]])
    lot: list[list[Cell]] = []
    for row in file.rows(source):
        lot.append([guarded(cell) for cell in row])
        if len(lot) == export_rows.AT_ONCE:
            yield _lines(lot)
            lot.clear()
    if lot:
        yield _lines(lot)


def guarded(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    page = io.StringIO()
    csv.writer(page).writerows(rows)
    return page.getvalue()


def _every(source: Source, read: Reader) -> Iterator[Any]:
    after: Any = None
    while True:
        found = source.database.read(lambda connection, after=after: read(connection, after))  # type: ignore[misc]
        yield from found.rows
        after = found.after
        if after is None:
            return


def _patients(source: Source) -> Iterator[tuple[Cell, ...]]:
    for found in _every(source, export_rows.read_patients):
        row, time = found.patient, source.time
        yield (
            row.reference,
            row.name,
            row.language,
            time(row.added_at),
            time(row.seen_at),
            time(row.blocked_at),
            time(row.news_at),
            time(row.news_off_at),
            time(row.asked_for_staff_at),
            time(row.paused_until),
            source.named(f"urgency_{row.urgency}", row.urgency),
            time(row.urgency_at),
            ", ".join(found.tags),
        )


def _conversations(source: Source) -> Iterator[tuple[Cell, ...]]:
    """A row per answer; one without an answer for a conversation that has none."""
    for row in _every(source, export_rows.read_conversations):
        head = (
            row.reference,
            source.time(row.started_at),
            source.time(row.updated_at),
            source.named(f"urgency_{row.urgency}", row.urgency),
        )
        state = _read(row.state)
        volunteered = ", ".join(state.get("volunteered", ()))
        answers = state.get("answers") or {"": (None, None, None)}
        for question, (value, at, _) in answers.items():
            yield (*head, question, _question(source, question), *_answer(source, question, value), at, volunteered)


def _read(state: str) -> dict[str, Any]:
    """A stored conversation; nothing of a damaged one, so that the others are still written."""
    try:
        data = json.loads(state)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _question(source: Source, id: str) -> str | None:
    words = source.desk.library.questions.get(id)
    return words.text if words else None


def _answer(source: Source, question: str, value: Any) -> tuple[str | None, str | None]:
    """The ids that were answered, and how they read."""
    if value is None:
        return None, None
    ids = [str(id) for id in value] if isinstance(value, list) else [str(value)]
    known = source.desk.flow.questions.get(question)
    if known is None or isinstance(value, int):
        return ", ".join(ids), None
    labels = [source.desk.renderer.option_label(known, id) if id in known.options else id for id in ids]
    return ", ".join(ids), ", ".join(labels)


def _exchanges(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_exchanges):
        answered = json.loads(zlib.decompress(row.answered)) if row.answered else []
        understood = None if row.understood is None else int(row.understood)
        kind = source.named(f"kind_{row.kind}", row.kind)
        yield (
            row.id,
            row.reference,
            source.time(row.at),
            kind,
            row.key,
            understood,
            row.said,
            _said(answered),
            row.staff,
        )


def _said(messages: Iterable[Mapping[str, Any]]) -> str:
    return "\n\n".join(_text_of(message) for message in messages)


def _text_of(message: Mapping[str, Any]) -> str:
    if message.get("type") in ("text", "flex"):
        return plain_text(dict(message))
    return str(message.get("altText") or message.get("type"))


def _notes(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_notes):
        yield row.id, row.reference, source.time(row.at), row.staff, row.text


def _campaigns(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_campaigns):
        yield (
            row.id,
            source.named(f"state_{row.state}", row.state),
            row.guidebook,
            row.text,
            row.audience,
            source.time(row.created_at),
            row.maker,
            source.time(row.confirmed_at),
            row.confirmer,
            row.confirmed_count,
            source.time(row.starts_at),
            source.time(row.finished_at),
            row.paused_reason,
            _said(json.loads(row.messages)) if row.messages else None,
        )


def _recipients(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_recipients):
        state = row.state or "left_out"
        yield row.campaign_id, row.reference, state, source.time(row.sent_at), row.left_out or row.reason


def _steps(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_steps):
        times = (source.time(row.due_at), source.time(row.sent_at))
        yield row.id, row.reference, row.sequence, row.guidebook, *times, row.left_out


def _audiences(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_audiences):
        yield row.id, row.name, row.definition


def _audit(source: Source) -> Iterator[tuple[Cell, ...]]:
    for row in _every(source, export_rows.read_audit):
        yield row.id, source.time(row.at), row.who, row.action, row.subject, row.details


def _numbers(source: Source) -> Iterator[tuple[Cell, ...]]:
    """A row per number, small groups hidden as on the page."""
    yield from source.database.read(lambda connection: list(_every_number(source, connection)))


def _every_number(source: Source, connection: Connection) -> Iterator[tuple[Cell, ...]]:
    words, library = source.words, source.desk.library
    first, last = source.period.whole.first.isoformat(), source.period.whole.last.isoformat()
    for sheet in count(connection, source.period, source.now).sheets:
        names = row_names(connection, sheet, source.period, library, words)
        for i, name in enumerate(names):
            for column in sheet.columns:
                number = written(words, column.values[i])
                yield first, last, words(f"sheet_{sheet.id}"), name, column_name(words, column.id), number


FILES: Mapping[str, CsvFile] = {
    "numbers": CsvFile(("first_day", "last_day", "sheet", "row", "column", "number"), _numbers),
    "patients": CsvFile(
        (
            "reference",
            "name",
            "language",
            "added_at",
            "seen_at",
            "blocked_at",
            "news_at",
            "news_off_at",
            "asked_for_staff_at",
            "paused_until",
            "outcome",
            "outcome_at",
            "tags",
        ),
        _patients,
    ),
    "conversations": CsvFile(
        (
            "reference",
            "started_at",
            "updated_at",
            "outcome",
            "question",
            "question_text",
            "answer",
            "answer_text",
            "answered_at",
            "volunteered",
        ),
        _conversations,
    ),
    "exchanges": CsvFile(
        ("id", "reference", "at", "kind", "key", "understood", "said", "answered", "staff"), _exchanges
    ),
    "notes": CsvFile(("id", "reference", "at", "staff", "note"), _notes),
    "campaigns": CsvFile(
        (
            "campaign",
            "state",
            "guidebook",
            "text",
            "audience",
            "created_at",
            "created_by",
            "confirmed_at",
            "confirmed_by",
            "confirmed_count",
            "starts_at",
            "finished_at",
            "paused_reason",
            "messages",
        ),
        _campaigns,
    ),
    "campaign_recipients": CsvFile(("campaign", "reference", "state", "sent_at", "reason"), _recipients),
    "sequence_steps": CsvFile(("id", "reference", "sequence", "guidebook", "due_at", "sent_at", "reason"), _steps),
    "audiences": CsvFile(("id", "name", "audience"), _audiences),
    "audit_log": CsvFile(("id", "at", "staff", "action", "subject", "details"), _audit),
}
