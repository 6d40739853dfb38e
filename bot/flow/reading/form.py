"""A message in the one form in which its words are looked for: as it sounds, cut into clauses and sentences.

Unlike `bot.flow.normalise`, which compares whole answers, this keeps where a clause and a sentence end: a denial
reaches no further.
"""

from __future__ import annotations

import re
import unicodedata

from bot.flow.normalise import LONGEST_READ

CLAUSE, SENTENCE, QUESTION = ",", ".", "?"
"""What every mark, space and emoji becomes."""

MARKS = CLAUSE + SENTENCE + QUESTION
DECIMAL = "_"
"""Stands in a number for its decimal point."""

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_DRAWN_OUT = dict.fromkeys((0x30FC, 0xFF70, *range(0x3041, 0x304A, 2)))
"""The long vowel sign and the small vowels: written or not, the word is the same."""

_CROSSES = frozenset("\u00d7\u2715\u2716\u274c\u2717\u2718")
CROSS = "\u00d7"
"""Says no as a word does, so that it stays."""

_SENTENCE_ENDS = frozenset(".!\n\u3002\uff0e")
_BETWEEN_DIGITS = {".": DECIMAL, "/": "/", "-": "-", "~": "-", "\u301c": "-", ":": ":"}
_MARKS = re.compile(r"[,.?]{2,}")
_SPACE_IN_JAPANESE = re.compile(r"(?<=[\u3041-\u30ff\u4e00-\u9fff]) (?=[\u3041-\u30ff\u4e00-\u9fff])")
_MANY_SPACES = 3
_SHORT_WORD = 4
"""Letters: where spaces stand as often, they stand between the words, as learners of Japanese write."""
_SILENT = re.compile(r"['\u2019\u02bc]")


def spoken_form(text: str) -> str:
    """The text without what differs between two people who say the same.

    NFKC, hiragana, case-folded, no drawn-out vowels. A question mark stays `QUESTION`, other ends of sentences and the
    ends of lines become `SENTENCE`, all else that is no letter or digit becomes `CLAUSE`. Words of languages with
    spaces stay apart.

    Args:
        text: as typed; what is longer than LINE lets a person write is cut.
    """
    text = unicodedata.normalize("NFKC", text[:LONGEST_READ]).casefold()
    text = unicodedata.normalize("NFKC", text).translate(_KATAKANA_TO_HIRAGANA).translate(_DRAWN_OUT)
    text = _SILENT.sub("", text)
    if _is_written_apart(text):
        text = _SPACE_IN_JAPANESE.sub("", text)
    pieces = [_piece(text, i, character) for i, character in enumerate(text)]
    return _MARKS.sub(_strongest, "".join(pieces)).strip(CLAUSE + " ")


def _is_written_apart(text: str) -> bool:
    spaces = len(_SPACE_IN_JAPANESE.findall(text))
    return spaces >= _MANY_SPACES and len(text) <= (spaces + 1) * (_SHORT_WORD + 1)


def is_latin(character: str) -> bool:
    """Whether it is a letter of an alphabet whose words are written apart."""
    return character.isalpha() and ("a" <= character <= "z" or "\u00c0" <= character <= "\u024f" or _is_viet(character))


def _is_viet(character: str) -> bool:
    return "\u1e00" <= character <= "\u1eff"


def _is_hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"


def _piece(text: str, i: int, character: str) -> str:
    if character.isalnum():
        return character
    before = text[i - 1] if i else ""
    after = text[i + 1] if i + 1 < len(text) else ""
    if character in _BETWEEN_DIGITS and before.isdigit() and after.isdigit():
        return _BETWEEN_DIGITS[character]
    category = unicodedata.category(character)
    if category == "Mn" or category == "Cf":
        return ""
    if character == QUESTION:
        return QUESTION
    if character in _CROSSES:
        return CROSS
    if character in _SENTENCE_ENDS:
        return SENTENCE
    if character == " " and before and after:
        return _space(before, after)
    return CLAUSE


def _space(before: str, after: str) -> str:
    """Between words that are written apart a space says nothing; elsewhere it stands for a comma."""
    if (is_latin(before) or before.isdigit()) and (is_latin(after) or after.isdigit()):
        return " "
    if _is_hangul(before) and _is_hangul(after):
        return ""
    return CLAUSE


def _strongest(marks: re.Match[str]) -> str:
    for mark in (QUESTION, SENTENCE):
        if mark in marks[0]:
            return mark
    return CLAUSE
