"""Typed text in one form: half width, hiragana, lower case, without spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_READ = 5000
"""Characters of a message that are read: all that LINE lets a person write (reference, "Text message")."""

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_PUNCTUATION = re.compile(r"[\s。、．，,.!?！？…・~〜～―\-「」『』()（）\[\]【】<>《》\"'`’“”;:：；*_/\\|]+|ー+$")
_LONG_VOWELS = re.compile(r"ー{2,}")
_SEPARATORS = (re.compile(r"[\s,，、.．・/／+＋&]+"), re.compile(r"[\s,，、.．・/／+＋&と]+"))
_FRACTION = re.compile(r"[0-9][.,][0-9]")
_KANJI_DIGITS = {
    "〇": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_KANJI_TENS = re.compile(r"([二三四五六七八九]?)十([一二三四五六七八九]?)")


def normalise(text: str) -> str:
    """The text as it is compared: NFKC, hiragana, case-folded, no spaces, punctuation, controls or surrogates."""
    text = unicodedata.normalize("NFKC", _readable(text[:LONGEST_READ])).casefold()
    return _PUNCTUATION.sub("", _LONG_VOWELS.sub("ー", text.translate(_KATAKANA_TO_HIRAGANA)))


def parts(text: str) -> Iterator[tuple[str, ...]]:
    """The text cut into several answers, each normalised: first at spaces and commas only, then at every と too."""
    text = unicodedata.normalize("NFKC", _readable(text[:LONGEST_READ]))
    for separators in _SEPARATORS:
        yield tuple(part for part in (normalise(piece) for piece in separators.split(text)) if part)


def is_fraction(text: str) -> bool:
    """Whether the text holds a decimal fraction, whose digits would otherwise run together."""
    return _FRACTION.search(unicodedata.normalize("NFKC", text)) is not None


def number(text: str) -> int | None:
    """A whole number written in digits or kanji, None for anything else.

    Args:
        text: normalised, without suffixes.
    """
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    match = _KANJI_TENS.fullmatch(text)
    if match:
        return _KANJI_DIGITS.get(match[1], 1) * 10 + _KANJI_DIGITS.get(match[2], 0)
    if text and len(text) <= 2 and all(character in _KANJI_DIGITS for character in text):
        return int("".join(str(_KANJI_DIGITS[character]) for character in text))
    return None


def _readable(text: str) -> str:
    """The text without control characters and lone surrogates, which no database takes and nobody means."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
