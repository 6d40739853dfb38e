"""Looking into messages: their parts, actions, colours, and what line-bot-sdk makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linebot.v3.messaging import Message

from bot.line.design import BUTTON_INK
from bot.line.flex import Part

WHITE = "#FFFFFF"


def parts(value: object) -> Iterator[Part]:
    """Every object inside a message, itself included."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def actions(value: object) -> list[Part]:
    """Every action that can be tapped, in order."""
    return [part["action"] for part in parts(value) if "action" in part]


def uris(value: object) -> list[str]:
    return [action["uri"] for action in actions(value) if action["type"] == "uri"]


def quick_replies(message: Part) -> list[Part]:
    return [item["action"] for item in message.get("quickReply", {}).get("items", [])]


def lost_by_sdk(message: Part) -> list[str]:
    """Paths of a message that line-bot-sdk's models drop or change."""
    return list(_difference(message, Message.from_dict(message).to_dict(), ""))


def _difference(given: Any, kept: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            if name in kept:
                yield from _difference(value, kept[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for i, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from _difference(one, other, f"{path}[{i}]")
    elif given != kept:
        yield path


def colour_pairs(part: Part, background: str = WHITE) -> Iterator[tuple[str, str]]:
    """(text colour, background colour) of everything that can be read in a flex container."""
    match part["type"]:
        case "carousel":
            for bubble in part["contents"]:
                yield from colour_pairs(bubble)
        case "bubble":
            for block in ("header", "body", "footer"):
                if block in part:
                    yield from colour_pairs(part[block])
        case "box":
            background = part.get("backgroundColor", background)
            for child in part["contents"]:
                yield from colour_pairs(child, background)
        case "text":
            yield part["color"], background
        case "button":
            letters = {"primary": WHITE, "secondary": BUTTON_INK}.get(part["style"])
            yield (letters, part["color"]) if letters else (part["color"], background)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
