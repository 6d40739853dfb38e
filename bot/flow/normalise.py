"""Typed text in one form: half width, hiragana, lower case, without spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import regex

LONGEST_READ = 5000
"""Characters of a message that are read: all that LINE lets a person write (reference, "Text message")."""

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LONG_VOWEL = "\u30fc"
_LONG_VOWELS = re.compile(f"{_LONG_VOWEL}{{2,}}")
_AND = "\u3068"
_BETWEEN_ANSWERS = r"\s,\u3001.\u30fb/+&"
_SEPARATORS = (re.compile(f"[{_BETWEEN_ANSWERS}]+"), re.compile(f"[{_BETWEEN_ANSWERS}{_AND}]+"))
_FRACTION = re.compile(r"[0-9][.,][0-9]")
_NOT_COMPARED = regex.compile(r"[\p{C}\p{P}\p{S}\p{Z}]+")
"""Controls, punctuation, symbols (emoji too) and spaces."""
_NOT_READABLE = regex.compile(r"[\p{Cc}\p{Cs}]")


def normalise(text: str) -> str:
    """The text as it is compared: NFKC, hiragana, case-folded, letters and digits only, no drawn-out end."""
    text = unicodedata.normalize("NFKC", _readable(text[:LONGEST_READ])).casefold().translate(_KATAKANA_TO_HIRAGANA)
    text = _NOT_COMPARED.sub("", text)
    return _LONG_VOWELS.sub(_LONG_VOWEL, text).rstrip(_LONG_VOWEL)


def parts(text: str) -> Iterator[tuple[str, ...]]:
    """The text cut into several answers, each normalised: first at spaces and commas only, then at every "and" too."""
    text = unicodedata.normalize("NFKC", _readable(text[:LONGEST_READ]))
    for separators in _SEPARATORS:
        yield tuple(part for part in (normalise(piece) for piece in separators.split(text)) if part)


def is_fraction(text: str) -> bool:
    """Whether the text holds a decimal fraction, whose digits would otherwise run together."""
    return _FRACTION.search(unicodedata.normalize("NFKC", text)) is not None


def number(text: str) -> int | None:
    """A whole number below 100 in kanji, or of up to four digits; None for anything else.

    Args:
        text: normalised, without suffixes.
    """
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    digits = [_kanji_digit(character) for character in text[:3]]
    match digits if len(text) == len(digits) else []:
        case [int(ones)]:
            return ones
        case [10, int(ones)] if ones < 10:
            return 10 + ones
        case [int(tens), 10] if 1 < tens < 10:
            return tens * 10
        case [int(tens), 10, int(ones)] if 1 < tens < 10 and ones < 10:
            return tens * 10 + ones
        case [int(tens), int(ones)] if tens < 10 and ones < 10:
            return tens * 10 + ones
        case _:
            return None


def _kanji_digit(character: str) -> int | None:
    """The value of a kanji for 0 to 10."""
    value = unicodedata.numeric(character, -1.0) if unicodedata.category(character) in ("Lo", "Nl") else -1.0
    return int(value) if value in range(11) else None


def _readable(text: str) -> str:
    """The text without control characters and lone surrogates, which no database takes and nobody means."""
    return _NOT_READABLE.sub(" ", text)
