"""Text in lines of a fixed width: Japanese letters take two columns, and no line begins with a closing sign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import category, east_asian_width

WIDTH = 78
"""Columns of a line that fits on A4 in letters of 10.5 points."""

_PIECE = re.compile(r"[!-~]+|.")
_CLOSING = ("Pe", "Pf", "Po")
_OPENING = ("Ps", "Pi")


def columns(text: str) -> int:
    """How many columns a text takes."""
    return sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most so many columns."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and columns(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        if lines[-1] or not piece.isspace():
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """What stays together: a Latin word, and a sign with the letter that it closes or opens."""
    piece = ""
    for found in _PIECE.findall(text):
        if piece and category(found[0]) not in _CLOSING and category(piece[-1]) not in _OPENING:
            yield piece
            piece = ""
        piece += found
    if piece:
        yield piece


def filled(parts: Sequence[str], separator: str, width: int) -> list[str]:
    """Several texts in lines: one that does not fit behind the others begins a line, with the separator in front."""
    lines = [""]
    for i, part in enumerate(parts):
        text = separator + part if i else part
        if columns(lines[-1] + text) <= width:
            lines[-1] += text
        else:
            lines.extend(wrapped(text.lstrip(), width))
    return [line for line in lines if line] or [""]


def indented(lines: Sequence[str], by: int, first: str = "") -> list[str]:
    """Lines that stand `by` columns inwards.

    Args:
        lines: at most as wide as is left.
        first: stands before the first line, within these columns.
    """
    start = first + " " * (by - columns(first))
    return [start + lines[0], *(" " * by + line for line in lines[1:])]


def paragraph(text: str, by: int = 0, first: str = "") -> list[str]:
    """A text in lines that stand `by` columns inwards, as in `indented`."""
    return indented(wrapped(text, WIDTH - by), by, first)


def with_right_end(line: str, end: str) -> str:
    """A line with something at the right margin."""
    return line + " " * max(1, WIDTH - columns(line) - columns(end)) + end
