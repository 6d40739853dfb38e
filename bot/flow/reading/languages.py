"""Which language a message is in that is not the language of the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.flow.reading.form import is_latin, spoken_form

_ENOUGH_WORDS = 2
"""In a text of several scripts; elsewhere one is enough."""
_TELLING = 500
"""Characters by which a language is known."""
JAPANESE = "ja"
"""What a text with kana is."""
_KANA = range(0x3041, 0x3100)


@dataclass(frozen=True, slots=True)
class LanguageMarks:
    """What a language is known by.

    Args:
        language: its id.
        letters: of which one is enough; None for none.
        words: of which two are enough; those of an alphabet count as whole words.
    """

    language: str
    letters: re.Pattern[str] | None
    words: tuple[str, ...]


def language_marks(language: str, letters: str, words: Sequence[str]) -> LanguageMarks:
    """The marks of a language.

    Args:
        letters: letters or ranges such as a-z, as they stand between the brackets of a regular expression.
        words: as people write them.
    """
    pattern = re.compile(f"[{letters}]", re.IGNORECASE) if letters else None
    return LanguageMarks(language, pattern, tuple(spoken_form(word) for word in words))


def language_of(text: str, known: Sequence[LanguageMarks]) -> str | None:
    """The language of a text with the most marks, None when it has too few of any.

    Args:
        text: as typed; one with kana is Japanese.
        known: the languages that it may be.
    """
    if has_kana(text):
        return None
    text = text[:_TELLING]
    form = f" {spoken_form(text)} ".replace(",", " ").replace(".", " ").replace("?", " ")
    scripts = {is_latin(letter) for letter in form if letter.isalpha()}
    enough = _ENOUGH_WORDS if len(scripts) > 1 else 1
    best, most = None, 0
    for marks in known:
        letters = len(marks.letters.findall(text)) if marks.letters else 0
        words = sum(_stands_in(word, form) for word in marks.words)
        if (letters or words >= enough) and letters + words > most:
            best, most = marks.language, letters + words
    return best


def has_kana(text: str) -> bool:
    """Whether a text is Japanese."""
    return any(ord(character) in _KANA for character in text)


def _stands_in(word: str, form: str) -> bool:
    return f" {word} " in form if word and is_latin(word[0]) else word in form
