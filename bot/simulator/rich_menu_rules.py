"""What LINE refuses in a rich menu and in its picture. LINE Messaging API reference, #rich-menu."""

from __future__ import annotations

import re
import struct
from typing import TypeGuard

from bot.line.limits.actions import DATA_MOST, Place, check_action
from bot.line.limits.report import Json, Report, grapheme_length

NAME_MOST = 300
CHAT_BAR_TEXT_MOST = 14
AREAS_MOST = 20
LABEL_MOST = 20
WIDTH_LEAST, WIDTH_MOST = 800, 2_500
HEIGHT_LEAST = 250
RATIO_LEAST = 1.45
"""Width to height, of the menu and of its picture."""
PICTURE_BYTES_MOST = 1024 * 1024
PICTURE_TYPES = frozenset({"image/png", "image/jpeg"})
ALIAS = re.compile(r"[a-z0-9_-]{1,32}")

_TYPES = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard", "richmenuswitch"})
_AREA = Place(LABEL_MOST, False, _TYPES)
_PNG = b"\x89PNG\r\n\x1a\n"
# Segments of a JPEG file that carry height and width (ITU-T T.81, table B.1: the frame headers).
_JPEG_FRAMES = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})


def rich_menu_problems(menu: Json, http_base: str | None = None) -> list[dict[str, str]]:
    """Everything that LINE would refuse in a rich menu object (reference, #rich-menu-object); empty if nothing.

    Args:
        menu: the body of the request.
        http_base: URL prefix for which plain http is let through, see `Report`.

    Returns:
        ``{"message", "property"}`` objects as in the ``details`` of LINE's 400 answer.
    """
    report = Report(http_base)
    for name in ("size", "selected", "name", "chatBarText", "areas"):
        if menu.get(name) is None:
            report.add(name, "must be specified")
    if report.problems:
        return report.problems
    _check_size(report, menu["size"])
    if not isinstance(menu["selected"], bool):
        report.add("selected", "Must be a boolean")
    _check_length(report, menu, "name", NAME_MOST)
    _check_length(report, menu, "chatBarText", CHAT_BAR_TEXT_MOST)
    for path, area in report.items(menu, "", "areas", 0, AREAS_MOST):
        if report.is_object(area, path):
            _check_bounds(report, f"{path}.bounds", area.get("bounds"))
            _check_action(report, f"{path}.action", area.get("action"))
    return report.problems


def _check_size(report: Report, size: object) -> None:
    if not report.is_object(size, "size"):
        return
    width, height = size.get("width"), size.get("height")
    if not _is_whole(width, WIDTH_LEAST) or width > WIDTH_MOST:
        report.add("size.width", f"must be between {WIDTH_LEAST} and {WIDTH_MOST}")
    elif not _is_whole(height, HEIGHT_LEAST):
        report.add("size.height", f"must be at least {HEIGHT_LEAST}")
    elif width / height < RATIO_LEAST:
        report.add("size", f"aspect ratio must be at least {RATIO_LEAST}")


def _check_length(report: Report, menu: Json, name: str, most: int) -> None:
    value = menu[name]
    if not isinstance(value, str) or not 1 <= grapheme_length(value) <= most:
        report.add(name, f"Length must be between 1 and {most}")


def _check_bounds(report: Report, path: str, bounds: object) -> None:
    if not report.is_object(bounds, path):
        return
    for name, least in (("x", 0), ("y", 0), ("width", 1), ("height", 1)):
        if not _is_whole(bounds.get(name), least):
            report.add(f"{path}.{name}", f"must be greater than or equal to {least}")


def _check_action(report: Report, path: str, action: object) -> None:
    check_action(report, path, action, _AREA)
    if isinstance(action, dict) and action.get("type") == "richmenuswitch":
        report.text(action, path, "data", DATA_MOST)
        alias = action.get("richMenuAliasId")
        if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
            report.add(f"{path}.richMenuAliasId", "invalid richMenuAliasId")


def _is_whole(value: object, least: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_picture_allowed(picture: bytes) -> bool:
    """Whether LINE takes these bytes as the picture of a rich menu.

    Source: reference, #upload-rich-menu-image-requirements.
    """
    size = picture_size(picture)
    if size is None or len(picture) > PICTURE_BYTES_MOST:
        return False
    width, height = size
    return WIDTH_LEAST <= width <= WIDTH_MOST and height >= HEIGHT_LEAST and width / height >= RATIO_LEAST


def picture_size(picture: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG, read from its headers; None if it is neither."""
    if picture.startswith(_PNG) and picture[12:16] == b"IHDR" and len(picture) >= 24:
        width, height = struct.unpack(">II", picture[16:24])
        return width, height
    return _jpeg_size(picture) if picture.startswith(b"\xff\xd8") else None


def _jpeg_size(picture: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        if picture[at + 1] in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    return None
