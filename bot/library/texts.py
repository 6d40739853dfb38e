"""The texts of a document that patients read, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.strict_yaml import Document, Path

_NOT_SHOWN = re.compile(
    r"^[^/]+/[^/]+/(danger_words|typed_words|lexicon|other_languages|commands|wording|paths)\.yaml$"
)
"""Files whose texts are what patients write or what doctors read, not what patients read."""
_NOT_READ = {
    "aliases",
    "audience",
    "conditions",
    "expires_on",
    "finding",
    "findings",
    "letters",
    "parameters",
    "reviewed_by",
    "reviewed_on",
    "sources",
    "synonyms",
    "tips",
    "topics",
    "uri",
    "url",
    "map_url",
    "warning",
    "words",
}


def patient_texts(document: Document) -> Iterator[tuple[Path, str]]:
    """Path and text of everything in a file that a patient reads."""
    if not _NOT_SHOWN.search(document.file):
        yield from _texts(document.data, ())


def _texts(data: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in _NOT_READ:
                yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _texts(value, (*path, i))
    elif isinstance(data, str):
        yield path, data
