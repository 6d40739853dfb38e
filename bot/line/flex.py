"""Building blocks of flex messages (LINE Messaging API reference, "Flex Message").

Text always wraps (LINE's default cuts it) and follows the reader's font size (`scaling`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
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


def title(content: str, **properties: object) -> Part:
    """What a card is about."""
    return text(content, **{"size": design.TITLE, "weight": "bold", **properties})


def quiet(content: str, **properties: object) -> Part:
    """A small text of less importance."""
    return text(content, **{"size": design.SMALL, "color": design.QUIET, **properties})


def fine(content: str, **properties: object) -> Part:
    """The smallest text: sources, and what the whole is not."""
    return quiet(content, **{"size": design.FINE, "margin": design.GAP, **properties})


def heading(content: str, **properties: object) -> Part:
    """The heading of a section inside a card."""
    return text(
        content,
        **{"size": design.SMALL, "weight": "bold", "color": design.ACCENT, "margin": design.SECTION, **properties},
    )


def section(name: str, *contents: Part, **properties: object) -> list[Part]:
    """A heading with what stands below it."""
    return [heading(name, **properties), column(contents, margin="4px", spacing=design.CLOSE)]


def points(lines: Sequence[str], bullet: str = design.BULLET, letters: Callable[..., Part] = text) -> Part:
    """A list of points.

    Args:
        letters: makes the texts.
    """
    listed = [line_of(letters(bullet, flex=0), letters(line), spacing="8px") for line in lines]
    return column(listed, spacing=design.CLOSE)


def paragraphs(content: str, letters: Callable[..., Part] = text) -> Part:
    """A text of the store; lines of it that begin with a bullet become points, whose second lines are indented.

    Args:
        letters: makes the texts.
    """
    parts: list[Part] = []
    for is_listed, lines in groupby(content.split("\n"), key=lambda line: line.startswith(design.BULLETS)):
        if is_listed:
            parts.append(points([line[1:].strip() for line in lines], letters=letters))
        else:
            parts.append(letters("\n".join(lines)))
    return parts[0] if len(parts) == 1 else column(parts, spacing=design.CLOSE)


def steps(lines: Sequence[str]) -> Part:
    """Numbered steps."""
    numbered = [
        line_of(badge(str(number)), text(line, margin=design.GAP, gravity="center"), alignItems="flex-start")
        for number, line in enumerate(lines, start=1)
    ]
    return column(numbered, spacing=design.GAP, margin="4px")


def badge(mark: str, colour: str = design.ACCENT, background: str = design.TINT) -> Part:
    """A number, letter or symbol in a circle; a longer pill when the reader's letters are large."""
    return column(
        [text(mark, size=design.TEXT, weight="bold", color=colour, align="center")],
        backgroundColor=background,
        cornerRadius=design.ROUND,
        width=design.BADGE,
        paddingTop=design.BADGE_PADDING,
        paddingBottom=design.BADGE_PADDING,
        flex=0,
    )


def no_badge() -> Part:
    """Room as large as a badge, which keeps texts below each other."""
    return column([], width=design.BADGE, height=design.BADGE, flex=0)


def column(contents: Sequence[Part], **properties: object) -> Part:
    """A vertical box."""
    return {"type": "box", "layout": "vertical", "contents": list(contents), **properties}


def line_of(*contents: Part, **properties: object) -> Part:
    """A horizontal box."""
    return {"type": "box", "layout": "horizontal", "contents": list(contents), **properties}


def panel(contents: Sequence[Part], background: str = design.TINT, **properties: object) -> Part:
    """A coloured field inside a card."""
    return column(
        contents,
        **{
            "backgroundColor": background,
            "cornerRadius": design.CORNER,
            "paddingAll": design.INNER,
            "margin": design.SECTION,
            **properties,
        },
    )


def titled_panel(
    name: str,
    *contents: Part,
    colour: str = design.ACCENT,
    background: str = design.TINT,
    margin: str = design.SECTION,
) -> Part:
    """A coloured field with a heading."""
    return panel(section(name, *contents, margin="none", color=colour), background, margin=margin)


def warning(name: str, signs: Sequence[str], margin: str = design.SECTION) -> Part:
    """Signs with which nobody should wait."""
    return titled_panel(name, points(signs), colour=design.DANGER, background=design.DANGER_TINT, margin=margin)


def separator() -> Part:
    """A thin line between sections."""
    return {"type": "separator", "margin": design.SECTION, "color": design.LINE}


def progress_bar(percent: int) -> Part:
    """How far one is. The words stand beside it."""
    filled = column(
        [],
        backgroundColor=design.ACCENT,
        height=design.BAR,
        width=f"{percent}%",
        cornerRadius=design.CORNER,
    )
    return column([filled], backgroundColor=design.LINE, height=design.BAR, cornerRadius=design.CORNER, margin="sm")


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


def row(contents: Sequence[Part], action: Part, selected: bool = False, **properties: object) -> Part:
    """A wide row to tap: its text wraps, and it is easier to hit than a button."""
    return line_of(
        *contents,
        **{
            "action": action,
            "backgroundColor": design.SELECTED if selected else design.WHITE,
            "borderColor": design.ACCENT if selected else design.EDGE,
            "borderWidth": "2px" if selected else "1px",
            "cornerRadius": design.CORNER,
            "paddingAll": "10px",
            "spacing": design.GAP,
            "alignItems": "center",
            **properties,
        },
    )


def rows(contents: Sequence[Part], **properties: object) -> Part:
    """Rows below each other, far enough apart for a finger."""
    return column(contents, **{"spacing": "8px", "margin": design.SECTION, **properties})


def button(action: Part, colour: str = design.ACCENT) -> Part:
    """A filled button for the one thing to do next."""
    return {"type": "button", "style": "primary", "color": colour, **_FITTING, "action": action}


def second_button(action: Part, background: str = design.TINT) -> Part:
    """A pale button for another thing to do. LINE writes it in black."""
    return {"type": "button", "style": "secondary", "color": background, **_FITTING, "action": action}


def link(action: Part) -> Part:
    """A quiet button."""
    return {"type": "button", "style": "link", "height": "sm", "color": design.ACCENT, **_FITTING, "action": action}


_FITTING = {"scaling": True, "adjustMode": "shrink-to-fit"}
"""The label follows the reader's font size for as long as there is room: LINE does not wrap it."""


def bubble(
    body: Sequence[Part], header: Part | None = None, footer: Sequence[Part] = (), hero: Part | None = None
) -> Part:
    """One card.

    Args:
        hero: a picture between header and body.
    """
    card: Part = {"type": "bubble"}
    if header:
        card["header"] = header
    if hero:
        card["hero"] = hero
    card["body"] = column(body, paddingAll=design.PADDING)
    if footer:
        card["footer"] = column(footer, paddingAll=design.PADDING, paddingTop="none", spacing="8px")
    return card


def message(alt_text: str, contents: Part) -> Part:
    """A flex message; the alternative text is what a screen reader and a notification say."""
    sized = {**contents, "size": design.CARD} if contents["type"] == "bubble" else contents
    return {"type": "flex", "altText": shortened(alt_text, ALT_TEXT_LIMIT), "contents": sized}


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
