"""Sentences: how long they are, and whether the same one stands in two places.

A long sentence is hard to read on a phone; the Council for Cultural Affairs advises to look again at sentences of 50 to
60 characters (https://www.bunka.go.jp/seisaku/bunkashingikai/kokugo/hokoku/, "Guide to official writing", 2022-01-07).
A medical sentence that stands twice is changed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.faults import Fault
from bot.library.texts import patient_texts
from bot.library.words import WordingRules
from bot.strict_yaml import Document

REPEATABLE_UP_TO = 20
"""Characters. A shorter sentence may stand in several places."""

_MAY_REPEAT = re.compile(r"^[^/]+/[^/]+/(messages|questions|findings|rules|menu)\.yaml$|/clinics/")
"""Files of single lines that are shown one at a time, and clinics: two of one house say the same."""
_END = re.compile("(?<=[\u3002\uff01\uff1f!?])|(?<=[.] )|\n")
_BULLET = "\u30fb"


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, without bullets and spaces around them."""
    for part in _END.split(text):
        sentence = part.strip().lstrip(_BULLET).strip()
        if sentence:
            yield sentence


def check_length(documents: Sequence[Document], rules: WordingRules) -> Iterator[Fault]:
    """LIB011 for every sentence above the longest that the wording rules allow."""
    for document in documents:
        for path, text in patient_texts(document):
            for sentence in sentences(text):
                if len(sentence) > rules.longest_sentence:
                    message = f"a sentence has {len(sentence)} characters: {sentence[:20]}..."
                    hint = f"Make two of it: at most {rules.longest_sentence} characters."
                    yield document.fault(path, "LIB011", message, hint)


def check_repetition(documents: Sequence[Document]) -> Iterator[Fault]:
    """LIB012 for every sentence of an entry that stands somewhere else already."""
    first: dict[str, str] = {}
    for document in documents:
        if _MAY_REPEAT.search(document.file):
            continue
        for path, text in patient_texts(document):
            for sentence in sentences(text):
                if len(sentence) <= REPEATABLE_UP_TO:
                    continue
                place = f"{document.file}:{document.line(path)}"
                if first.setdefault(sentence, place) != place:
                    message = f"`{sentence[:20]}...` stands in {first[sentence]} already"
                    hint = "Say it once: as a warning of warnings.yaml, or by leading to the other entry."
                    yield document.fault(path, "LIB012", message, hint)
