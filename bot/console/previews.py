"""Messages as they look in LINE: drawn by the simulator's own scripts, and as plain text without them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, send_from_directory
from werkzeug.wrappers import Response

from bot.console.security import needs
from bot.console.services import Services, services
from bot.desk import booklet_messages
from bot.line.client import Message
from bot.line.flex import plain
from bot.line.plain_text import plain_text
from bot.storage.campaigns import Campaign

_DRAWING = Path(__file__).parent.parent / "simulator" / "static"
"""Files to look at only: nothing of the simulator itself is mounted here."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Messages to look at.

    Args:
        json: message objects for the drawing script.
        texts: the same as plain text, one per message.
    """

    json: str
    texts: tuple[str, ...]


def add_pages(blueprint: Blueprint) -> None:
    """Add the scripts and styles that draw messages."""
    blueprint.add_url_rule("/line/<path:name>", "line_drawing", line_drawing)


@needs("viewer")
def line_drawing(name: str) -> Response:
    """One script or style that draws messages."""
    return send_from_directory(_DRAWING, name)


def preview(messages: Sequence[Message]) -> Preview:
    """Messages to look at."""
    return Preview(json.dumps(messages, ensure_ascii=False), tuple(plain_text(message) for message in messages))


def messages_of(these: Services, guidebook: str | None, text: str | None) -> list[Message]:
    """What a campaign sends; nothing when the guidebook is gone."""
    desk = these.live.desk
    if guidebook is None:
        return [plain(text or "")]
    if guidebook not in desk.library.guidebooks:
        return []
    return booklet_messages(desk.renderer, guidebook, these.local(these.clock()))


def title_of(campaign: Campaign, longest: int = 24) -> str:
    """What a campaign is called: its guidebook, or how its text begins."""
    if campaign.guidebook is not None:
        found = services().live.desk.library.guidebooks.get(campaign.guidebook)
        return found.title if found else campaign.guidebook
    first = next(_lines(campaign.text), "")
    return first if len(first) <= longest else first[: longest - 1] + "…"


def _lines(text: str | None) -> Iterator[str]:
    return iter([line for line in (text or "").splitlines() if line.strip()])
