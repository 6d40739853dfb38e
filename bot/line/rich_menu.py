"""Rich menus as LINE takes them (Messaging API reference, "Rich menu").

A menu cannot be changed: another set is made, and the aliases and the default are pointed at it, see
`bot.line.rich_menu_deployment`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flow.commands import TOPIC
from bot.library.library import Library
from bot.library.rich_menu import FIELDS, MenuField, MenuTab
from bot.line.flex import Part
from bot.line.postback import command_data

WIDTH, HEIGHT, TAB_HEIGHT = 2500, 1686, 230
"""Pixels. LINE wants a width of 800 to 2,500 and at least 1.45 times the height."""
COLUMNS = 3
LARGEST_PICTURE = 1024 * 1024
"""Bytes."""
PREFIX = "hizaura"
_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class RichMenu:
    """One tab as it goes to LINE.

    Args:
        alias: what LINE and the other tabs know it by, whichever set is in use.
        menu: the rich menu object, without its name.
        picture: its PNG.
    """

    alias: str
    menu: Part
    picture: bytes


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


def rich_menus(library: Library, pictures: Mapping[str, bytes]) -> list[RichMenu]:
    """All tabs, the first one first.

    Args:
        pictures: PNG by tab.
    """
    words = library.rich_menu
    tabs = list(words.tabs)
    return [
        RichMenu(
            alias=f"{PREFIX}-{tab}",
            menu={
                "size": {"width": WIDTH, "height": HEIGHT},
                "selected": tab == tabs[0],
                "chatBarText": words.chat_bar,
                "areas": [*_switches(tabs, tab), *_areas(words.tabs[tab])],
            },
            picture=pictures[tab],
        )
        for tab in tabs
    ]


def version(menus: Sequence[RichMenu]) -> str:
    """The same for the same menus."""
    digest = hashlib.sha256()
    for each in menus:
        digest.update(json.dumps([each.alias, each.menu], sort_keys=True).encode())
        digest.update(hashlib.sha256(each.picture).digest())
    return digest.hexdigest()[:_VERSION_DIGITS]


def tab_boxes(count: int) -> list[Box]:
    """Where the tabs stand, at the top."""
    width = WIDTH // count
    return [Box(i * width, 0, width, TAB_HEIGHT) for i in range(count)]


def field_boxes() -> list[Box]:
    """Where the fields stand, row by row."""
    rows = FIELDS // COLUMNS
    width, height = WIDTH // COLUMNS, (HEIGHT - TAB_HEIGHT) // rows
    return [Box(i % COLUMNS * width, TAB_HEIGHT + i // COLUMNS * height, width, height) for i in range(FIELDS)]


def _switches(tabs: list[str], open_tab: str) -> Iterator[Part]:
    if len(tabs) < 2:
        return
    for tab, box in zip(tabs, tab_boxes(len(tabs)), strict=True):
        if tab != open_tab:
            action = {"type": "richmenuswitch", "richMenuAliasId": f"{PREFIX}-{tab}", "data": command_data("")}
            yield {"bounds": _bounds(box), "action": action}


def _areas(tab: MenuTab) -> Iterator[Part]:
    for field, box in zip(tab.fields, field_boxes(), strict=True):
        yield {"bounds": _bounds(box), "action": _action(field)}


def _action(field: MenuField) -> Part:
    if field.uri and not (field.command or field.topic):
        return {"type": "uri", "label": field.label, "uri": field.uri}
    name = field.command or f"{TOPIC}{field.topic}"
    return {"type": "postback", "label": field.label, "data": command_data(name), "displayText": field.label}


def _bounds(box: Box) -> Part:
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
