"""The content store as a list of entries: what stands in each, who answers for it, and what it looks like in LINE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from pydantic import BaseModel

from bot.faults import Fault
from bot.library.clinic import Shift
from bot.library.fields import Source
from bot.library.library import Library
from bot.library.readiness import SOON
from bot.library.schema import Signed
from bot.line.gallery import Picture, gallery
from bot.line.rendering import Renderer
from bot.strict_yaml import Path

_IN_FOLDERS = {
    "conditions": "conditions",
    "self_care": "tips",
    "treatments": "treatments",
    "answers": "answers",
    "guidebooks": "guidebooks",
    "clinics": "clinics",
}
"""Kinds with a file per entry: folder to attribute of the library."""

_IN_FILES = {
    "outcomes": "outcomes",
    "questions": "questions",
    "findings": "findings",
    "rules": "rules",
    "resources": "resources",
    "menu": "menu",
    "commands": "commands",
    "messages": "messages",
}
"""Kinds with one file for all entries: file to attribute of the library."""

_TITLES = ("name", "title", "question", "label", "text")
_APART = ("sources", "reviewed_by", "reviewed_on", "expires_on")

Plain = str | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the store.

    Args:
        title: how it is called in a list, in one line.
        file: below the language folder.
        place: the file as an author finds it.
        path: where it stands in the file; empty when it is all of it.
        fields: name to text, list or mapping of them, in the order of the file format.
        review: who answers for it; None where nobody has to.
    """

    kind: str
    id: str
    title: str
    file: str
    place: str
    path: Path
    line: int
    fields: Mapping[str, Plain]
    sources: tuple[Source, ...]
    review: Signed | None


def kinds() -> tuple[str, ...]:
    """Every kind of entry."""
    return (*_IN_FOLDERS, *_IN_FILES)


def entries(library: Library, kind: str) -> tuple[Entry, ...]:
    """The entries of one kind.

    Args:
        kind: one of `kinds`.
    """
    stored: Mapping[str, Any] = getattr(library, {**_IN_FOLDERS, **_IN_FILES}[kind])
    return tuple(_entry(library, kind, id, value) for id, value in stored.items())


def find(library: Library, kind: str, id: str) -> Entry | None:
    """One entry; None when there is none."""
    if kind not in kinds():
        return None
    return next((entry for entry in entries(library, kind) if entry.id == id), None)


def by_place(library: Library) -> dict[str, list[Entry]]:
    """File, as faults name it, to its entries by line."""
    found: dict[str, list[Entry]] = {}
    for kind in kinds():
        for entry in entries(library, kind):
            found.setdefault(entry.place, []).append(entry)
    return {place: sorted(same, key=lambda entry: entry.line) for place, same in found.items()}


def standing_at(places: Mapping[str, Sequence[Entry]], fault: Fault) -> Entry | None:
    """The entry that a fault lies in; None when it lies in none.

    Args:
        places: see `by_place`.
    """
    above = [entry for entry in places.get(fault.file, ()) if entry.line <= fault.line]
    return above[-1] if above else None


def pictures(renderer: Renderer, entry: Entry, now: datetime) -> Iterator[Picture]:
    """What the entry looks like in LINE; nothing where it only stands inside other messages.

    Args:
        now: timezone-aware.
    """
    for picture in gallery(renderer, now):
        if picture.file == entry.file and picture.path[: len(entry.path)] == entry.path:
            yield picture


def review_state(review: Signed, today: date) -> str:
    """How it stands with a review: unsigned, expired, soon or signed.

    Args:
        today: clinic-local.
    """
    if review.expires_on <= today:
        return "expired"
    if review.reviewed_on is None:
        return "unsigned"
    return "soon" if review.expires_on <= today + SOON else "signed"


def _entry(library: Library, kind: str, id: str, value: Any) -> Entry:
    file, path = (f"{kind}/{id}.yaml", ()) if kind in _IN_FOLDERS else (f"{kind}.yaml", (id,))
    document = library.documents[file]
    fields = _fields(value)
    title = next((str(fields[name]) for name in _TITLES if fields.get(name)), id)
    return Entry(
        kind,
        id,
        title.partition("\n")[0],
        file,
        document.file,
        path,
        document.line(path),
        {name: shown for name, shown in fields.items() if name not in _APART and shown},
        tuple(getattr(value, "sources", ())),
        value if isinstance(value, Signed) else None,
    )


def _fields(value: Any) -> dict[str, Plain]:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    return {"text": _plain(value)}


def _plain(value: Any) -> Plain:
    """A value as texts, lists and mappings; what is empty becomes an empty text."""
    match value:
        case None:
            return ""
        case Shift():
            return f"{value.opens:%H:%M}–{value.closes:%H:%M}"
        case BaseModel():
            return {name: shown for name, shown in _fields(value).items() if shown}
        case tuple() | list():
            return [_plain(part) for part in value]
        case dict():
            return {str(key): _plain(part) for key, part in value.items()}
        case time():
            return f"{value:%H:%M}"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
