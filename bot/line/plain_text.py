"""A message as plain text: what the terminal chat prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def plain_text(message: dict[str, Any]) -> str:
    """Every text of a message in reading order; links as ``label <address>``."""
    if message["type"] == "text":
        return str(message["text"])
    return "\n".join(_lines(message["contents"]))


def _lines(part: dict[str, Any]) -> Iterator[str]:
    match part["type"]:
        case "carousel":
            for i, bubble in enumerate(part["contents"]):
                if i:
                    yield "──────────"
                yield from _lines(bubble)
        case "bubble":
            for name in ("header", "hero", "body", "footer"):
                if name in part:
                    yield from _lines(part[name])
        case "box" if part["layout"] == "horizontal":
            yield " ".join(line for child in part["contents"] for line in _lines(child))
        case "box":
            for child in part["contents"]:
                yield from _lines(child)
        case "text":
            yield str(part["text"])
        case "button":
            action = part["action"]
            yield f"[{action['label']}]" + (f" <{action['uri']}>" if action["type"] == "uri" else "")
