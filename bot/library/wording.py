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
    """LIB013 for every text that lacks a phrase it must contain, LIB014 for a rule that concerns nothing.

    A field that is empty is not asked.

    Args:
        shown: folder before the path in a document's name, such as ``content/ja``.
    """
    for i, required in enumerate(rules.required):
        path: Path = tuple(required.field.split("."))
        files = [each for each in documents if fnmatchcase(each.file.removeprefix(f"{shown}/"), required.file)]
        concerned = [document for document in files if path in document.lines]
        if not concerned:
            hint = "Correct `file` or `field`, or take the rule out."
            message = f"no file `{required.file}` has a field `{required.field}`"
            yield from _at(documents, shown, ("required", i), message, hint)
        for document in concerned:
            text = _value(document.data, path)
            if isinstance(text, str) and not any(phrase in text for phrase in required.any_of):
                message = f"`{required.field}` must say {' / '.join(required.any_of)}"
                yield document.fault(path, "LIB013", message, required.why)


def _at(documents: Sequence[Document], shown: str, path: Path, message: str, hint: str) -> Iterator[Fault]:
    for document in documents:
        if document.file == f"{shown}/wording.yaml":
            yield document.fault(path, "LIB014", message, hint)


def _value(data: object, path: Path) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
