"""Which words patients may not read, and which they must.

The lists stand in content/<language>/wording.yaml; why each is forbidden stands beside it
(Medical Practitioners' Act art. 17; Pharmaceuticals and Medical Devices Act; Medical Care Act art. 6-5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from bot.faults import Fault
from bot.library.texts import patient_texts
from bot.library.words import WordingRules
from bot.strict_yaml import Document, Path


def check_forbidden(documents: Sequence[Document], rules: WordingRules) -> Iterator[Fault]:
    """LIB010 for every forbidden word in a text that patients read."""
    for document in documents:
        for path, text in patient_texts(document):
            plain = text
            for phrase in rules.allowed:
                plain = plain.replace(phrase, "")
            for word, hint in rules.forbidden.items():
                if word in plain:
                    yield document.fault(path, "LIB010", f"`{word}` may not be shown to patients", hint)


def check_required(documents: Sequence[Document], rules: WordingRules, shown: str) -> Iterator[Fault]:
    """LIB013 for every text that lacks a phrase it must contain. A field that is empty or missing is not asked.

    Args:
        shown: folder before the path in a document's name, such as ``content/ja``.
    """
    for required in rules.required:
        for document in documents:
            if not fnmatchcase(document.file.removeprefix(f"{shown}/"), required.file):
                continue
            path: Path = tuple(required.field.split("."))
            text = _value(document.data, path)
            if isinstance(text, str) and not any(phrase in text for phrase in required.any_of):
                phrases = " / ".join(required.any_of)
                message = f"`{required.field}` must say {phrases}"
                yield document.fault(path, "LIB013", message, required.why)


def _value(data: object, path: Path) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
