"""Words that no patient may read, found in every text with file and line.

The list stands in content/<language>/wording.yaml; why each is forbidden stands beside it
(Medical Practitioners' Act art. 17; Pharmaceuticals and Medical Devices Act; Medical Care Act art. 6-5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.faults import Fault
from bot.library.schema import WordingRules
from bot.strict_yaml import Document, Path

_NOT_SHOWN = {"danger_words.yaml", "typed_words.yaml", "commands.yaml", "wording.yaml"}
"""Files whose texts are what patients write, not what they read."""
_NOT_READ = {"aliases", "synonyms", "sources", "uri", "booking_url", "map_url"}


def check_wording(documents: Sequence[Document], rules: WordingRules) -> Iterator[Fault]:
    """LIB010 for every forbidden word in a text that patients read."""
    for document in documents:
        if document.file.rpartition("/")[2] in _NOT_SHOWN:
            continue
        for path, text in _texts(document.data, ()):
            plain = text
            for phrase in rules.allowed:
                plain = plain.replace(phrase, "")
            for word, hint in rules.forbidden.items():
                if word in plain:
                    yield document.fault(path, "LIB010", f"`{word}` may not be shown to patients", hint)


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
