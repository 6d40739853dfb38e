"""What still stands between the content and patients: no fault of a file, but the clinic has to see to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from bot.faults import Fault
from bot.library.library import Library
from bot.library.schema import Signed
from bot.strict_yaml import Document, Path

SOON = timedelta(days=60)
"""How long before its expiry a review is announced."""

BLOCKS_PRODUCTION = frozenset({"READY001", "READY002", "READY005"})
"""With these open, `check --production` fails: nobody answers for the words, or they lead to no real clinic."""

_RESERVED = re.compile(r"(^|\.)(example|test|invalid|localhost)$|(^|\.)example\.(com|net|org|jp|co\.jp)$")
"""Names that nobody can own (RFC 2606, RFC 6761; JPRS reserves example.jp)."""
_MADE_UP_PHONE = re.compile(r"(0{6}|123456|12345678)$")


def open_points(library: Library, today: date) -> list[Fault]:
    """Everything that is open, by file and line.

    Args:
        today: clinic-local; a review counts as expired from its `expires_on` on.
    """
    found = [*_reviews(library, today), *_self_pay_gaps(library), *_example_data(library)]
    return sorted(found, key=lambda fault: (fault.id, fault.file, fault.line))


def _reviews(library: Library, today: date) -> Iterator[Fault]:
    for document, path, text in _signed(library):
        if text.reviewed_on is None:
            hint = f"The reviewer ({text.reviewed_by}) reads it and enters the day as `reviewed_on`."
            yield document.fault((*path, "reviewed_on"), "READY001", "is not signed by its reviewer", hint)
        if text.expires_on <= today:
            hint = "The reviewer reads it again and enters new days."
            yield document.fault((*path, "expires_on"), "READY002", f"its review expired on {text.expires_on}", hint)
        elif text.expires_on <= today + SOON:
            hint = "Have it read again before that day."
            yield document.fault((*path, "expires_on"), "READY003", f"its review expires on {text.expires_on}", hint)


def _signed(library: Library) -> Iterator[tuple[Document, Path, Signed]]:
    """Every text that somebody answers for, with its place."""
    folders: Mapping[str, Mapping[str, Signed]] = {
        "conditions": library.conditions,
        "self_care": library.tips,
        "treatments": library.treatments,
        "answers": library.answers,
        "guidebooks": library.guidebooks,
    }
    for folder, entries in folders.items():
        for id, entry in entries.items():
            yield library.documents[f"{folder}/{id}.yaml"], (), entry
    for id, outcome in library.outcomes.items():
        yield library.documents["outcomes.yaml"], (id,), outcome


def _self_pay_gaps(library: Library) -> Iterator[Fault]:
    for id, treatment in library.treatments.items():
        if not treatment.is_ready:
            message = "is not ready for patients: they see only a neutral line and the clinic's contact"
            hint = "The clinic fills in cost, visits, risks, contact and approval."
            yield library.documents[f"treatments/{id}.yaml"].fault(("self_pay",), "READY004", message, hint)


def _example_data(library: Library) -> Iterator[Fault]:
    for document in library.documents.values():
        for path, text in _strings(document.data, ()):
            host = urlsplit(text).hostname if text.startswith("https://") else None
            if host and _RESERVED.search(host):
                hint = "Write the clinic's own address."
                yield document.fault(path, "READY005", f"{host} is an address for examples", hint)
    for id, clinic in library.clinics.items():
        if _MADE_UP_PHONE.search(clinic.phone.replace("-", "")):
            hint = "Write the clinic's own number."
            document = library.documents[f"clinics/{id}.yaml"]
            yield document.fault(("phone",), "READY005", f"{clinic.phone} looks like no real number", hint)


def _strings(data: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _strings(value, (*path, i))
    elif isinstance(data, str):
        yield path, data
