"""Building blocks of flex messages (LINE Messaging API reference, "Flex Message").

Text always wraps (LINE's default cuts it) and follows the reader's font size (`scaling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.line import design

Part = dict[str, Any]

ALT_TEXT_LIMIT = 1500
"""UTF-16 units (reference, "Flex Message")."""
LABEL_LIMIT = 20
"""Grapheme clusters in a quick reply or template label (reference, "Action object label specifications")."""
DISPLAY_TEXT_LIMIT = 300


def text(content: str, **properties: object) -> Part:
    """A wrapping text."""
    return {
        "type": "text",
        "text": content,
        "wrap": True,
        "scaling": True,
        "size": design.TEXT,
        "color": design.INK,
        **properties,
    }


def quiet(content: str, **properties: object) -> Part:
    """A small text of less importance."""
    return text(content, **{"size": design.SMALL, "color": design.QUIET, **properties})


def heading(content: str, **properties: object) -> Part:
    """The heading of a section inside a card."""
    return text(
        content, **{"size": design.SMALL, "weight": "bold", "color": design.ACCENT, "margin": "lg", **properties}
    )


def points(lines: Sequence[str]) -> list[Part]:
    """A list of points."""
    return [
        {
            "type": "box",
            "layout": "horizontal",
            "margin": "sm",
            "spacing": "sm",
            "contents": [text("\u2022", flex=0), text(line, flex=1)],
        }
        for line in lines
    ]


def column(contents: Sequence[Part], **properties: object) -> Part:
    """A vertical box."""
    return {"type": "box", "layout": "vertical", "contents": list(contents), **properties}


def separator() -> Part:
    """A thin line between sections."""
    return {"type": "separator", "margin": "lg", "color": design.LINE}


def postback(label: str, data: str, shown: str | None = None) -> Part:
    """An action that answers in the patient's name; `shown` is the patient's own bubble."""
    return {
        "type": "postback",
        "label": label[:LABEL_LIMIT],
        "data": data,
        "displayText": (shown or label)[:DISPLAY_TEXT_LIMIT],
    }


def uri(label: str, address: str) -> Part:
    """An action that opens a page or dials a number."""
    return {"type": "uri", "label": label[:LABEL_LIMIT], "uri": address}


def row(content: str, action: Part, selected: bool = False) -> Part:
    """An option to tap: a wide row whose text wraps, easier to hit than a button and readable in large type."""
    return column(
        [text(content, color=design.INK, weight="bold" if selected else "regular")],
        action=action,
        backgroundColor=design.SELECTED if selected else design.TINT,
        cornerRadius=design.CORNER,
        paddingAll="12px",
        margin="sm",
    )


def button(action: Part, colour: str = design.ACCENT) -> Part:
    """A filled button for the one thing to do next."""
    return {"type": "button", "style": "primary", "color": colour, "height": "sm", "margin": "sm", "action": action}


def link(action: Part) -> Part:
    """A quiet button."""
    return {"type": "button", "style": "link", "height": "sm", "action": action, "color": design.ACCENT}


def bubble(body: Sequence[Part], header: Part | None = None, footer: Sequence[Part] = ()) -> Part:
    """One card."""
    card: Part = {
        "type": "bubble",
        "size": design.BUBBLE_SIZE,
        "body": column(body, paddingAll=design.PADDING),
    }
    if header:
        card["header"] = header
    if footer:
        card["footer"] = column(footer, paddingAll="12px")
    return card


def message(alt_text: str, contents: Part) -> Part:
    """A flex message; the alternative text is what a screen reader and a notification say."""
    return {"type": "flex", "altText": shortened(alt_text, ALT_TEXT_LIMIT), "contents": contents}


def carousel(alt_text: str, bubbles: Sequence[Part]) -> Part:
    """Cards side by side; a single card stands alone."""
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": list(bubbles)}
    return message(alt_text, contents)


def plain(content: str) -> Part:
    """A text message."""
    return {"type": "text", "text": content}


def shortened(content: str, limit: int) -> str:
    """The text cut to a number of UTF-16 units, LINE's unit of length."""
    raw = content.encode("utf-16-le")
    if len(raw) <= limit * 2:
        return content
    return raw[: (limit - 1) * 2].decode("utf-16-le", errors="ignore") + "…"
