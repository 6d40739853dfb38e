"""The words of the console: content/console/<language>/*.yaml, key to text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, RootModel

from bot.errors import FaultsFound
from bot.faults import Fault
from bot.library.fields import Text
from bot.strict_yaml import Document, read_document, validate

DEFAULT_LANGUAGE = "ja"


class _Texts(RootModel[dict[str, Text]]):
    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A text with its placeholders filled; the key itself when there is none, so that a gap is seen."""
        text = self.texts.get(key, key)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


def load_words(folder: Path) -> Mapping[str, Words]:
    """Language to words.

    Args:
        folder: content/console.

    Raises:
        FaultsFound: a file is no mapping of texts (YAML001 to YAML011), a key stands twice (CON001), or a language
            lacks a key that another has (CON002).
    """
    faults: list[Fault] = []
    found = {
        path.name: {file.name: document for file, document in _documents(path, faults)}
        for path in sorted(folder.iterdir())
        if path.is_dir()
    }
    for documents in found.values():
        faults.extend(_repeated(documents.values()))
    faults.extend(_missing(found))
    if faults:
        raise FaultsFound(tuple(sorted(faults)))
    return {
        language: Words(language, {key: str(text) for d in documents.values() for key, text in d.data.items()})
        for language, documents in found.items()
    }


def _documents(folder: Path, faults: list[Fault]) -> Iterator[tuple[Path, Document]]:
    for path in sorted(folder.glob("*.yaml")):
        document = read_document(f"content/console/{folder.name}/{path.name}", path.read_bytes(), faults)
        if document and validate(document, (), _Texts, faults):
            yield path, document


def _repeated(documents: Iterable[Document]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for document in documents:
        for key in document.data:
            if first.setdefault(key, document.file) != document.file:
                message = f"`{key}` stands in {first[key]} already"
                yield document.fault((key,), "CON001", message, "Keep it in one of them.")


def _missing(found: Mapping[str, Mapping[str, Document]]) -> Iterator[Fault]:
    """Keys of a file that the same file of another language does not have."""
    for language, documents in found.items():
        for name, document in documents.items():
            for other, theirs in found.items():
                keys = theirs[name].data if name in theirs else {}
                for key in sorted(set(document.data) - set(keys)):
                    message = f"content/console/{other}/{name} has no text for `{key}`"
                    hint = f"Add it there: `{language}` has it."
                    yield document.fault((key,), "CON002", message, hint)
