"""Changing what a desk says while its pages are open."""

from __future__ import annotations

from dataclasses import replace

from bot.desk import Desk
from bot.live_desk import LiveDesk
from tests.pages.desk_with_pages import DeskWithPages


def put(front: DeskWithPages, desk: Desk) -> None:
    """Put another desk in the place of the one in use."""
    front.desk = desk
    pages = front.app.extensions["pages"]
    front.app.extensions["pages"] = replace(pages, live=LiveDesk(lambda: desk, lambda: frozenset()))
