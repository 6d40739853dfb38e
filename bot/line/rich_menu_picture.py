"""The picture of a tab of the rich menu, drawn from its words."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from bot.library.rich_menu import MenuField, RichMenuWords
from bot.line import design
from bot.line.rich_menu import HEIGHT, WIDTH, Box, field_boxes, tab_boxes

_FONTS = "'Hiragino Sans','Noto Sans CJK JP','Noto Sans JP','Yu Gothic',Meiryo,sans-serif"
_GAP = 22
_CORNER = 40
_ICON = 330
_TAB_LETTERS = 96
_LETTERS = 100
_SMALLEST = 62
_MARGIN = 40


def tab_svg(words: RichMenuWords, tab: str, icons: Mapping[str, bytes]) -> str:
    """One tab as SVG.

    Args:
        icons: SVG files by name.
    """
    parts = [*_tabs(words, tab), *_fields(words, tab, icons)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{design.TINT}"/>{"".join(parts)}</svg>'
    )


def _tabs(words: RichMenuWords, open_tab: str) -> Iterator[str]:
    """The open tab is bold, on the ground of its fields, and underlined: told by more than colour."""
    for (tab, shown), box in zip(words.tabs.items(), tab_boxes(len(words.tabs)), strict=True):
        is_open = tab == open_tab
        ground = design.TINT if is_open else design.LINE
        yield f'<rect x="{box.x}" y="0" width="{box.width}" height="{box.height}" fill="{ground}"/>'
        middle = box.x + box.width // 2
        ink, weight = (design.ACCENT, 700) if is_open else (design.QUIET, 500)
        yield _words(shown.label, middle, 150, _fitting(shown.label, box.width, _TAB_LETTERS), ink, weight)
        if is_open:
            line = f'x="{middle - 300}" y="{box.height - 26}" width="600" height="14" rx="7"'
            yield f'<rect {line} fill="{design.ACCENT}"/>'


def _fields(words: RichMenuWords, tab: str, icons: Mapping[str, bytes]) -> Iterator[str]:
    for field, box in zip(words.tabs[tab].fields, field_boxes(), strict=True):
        yield from _field(field, box, icons[field.icon])


def _field(field: MenuField, box: Box, icon: bytes) -> Iterator[str]:
    ground, ink = (design.DANGER, design.WHITE) if field.urgent else (design.WHITE, design.INK)
    x, y, width, height = box.x + _GAP, box.y + _GAP, box.width - 2 * _GAP, box.height - 2 * _GAP
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{_CORNER}" fill="{ground}"/>'
    middle, top = x + width // 2, y + 75
    if field.urgent:
        yield f'<circle cx="{middle}" cy="{top + _ICON // 2}" r="{_ICON // 2 + 20}" fill="{design.WHITE}"/>'
    encoded = base64.b64encode(icon).decode()
    place = f'x="{middle - _ICON // 2}" y="{top}" width="{_ICON}" height="{_ICON}"'
    yield f'<image {place} href="data:image/svg+xml;base64,{encoded}"/>'
    yield _words(field.label, middle, y + height - 85, _fitting(field.label, width, _LETTERS), ink, 700)


def _words(words: str, middle: int, baseline: int, size: int, ink: str, weight: int) -> str:
    return (
        f'<text x="{middle}" y="{baseline}" font-family="{_FONTS}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="middle" fill="{ink}">{escape(words)}</text>'
    )


def _fitting(words: str, width: int, size: int) -> int:
    """The size of letters at which the words are no wider than their field; wide letters take a whole square."""
    squares = sum(0.58 if letter.isascii() else 1.0 for letter in words)
    return max(_SMALLEST, min(size, int((width - 2 * _MARGIN) / max(squares, 1.0))))
