"""Messages as the JSON text that is stored and sent: what all patients see alike is put together from ready pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bot.line.flex import ALT_TEXT_LIMIT, shortened


def written(value: object) -> str:
    """Any JSON value, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def written_list(messages: Iterable[str]) -> str:
    """Several messages as one JSON list."""
    return f"[{','.join(messages)}]"


def written_carousel(alt_text: str, bubbles: Iterable[str]) -> str:
    """A flex message with cards side by side, as `bot.line.flex.carousel` makes it of two or more."""
    alt = written(shortened(alt_text, ALT_TEXT_LIMIT))
    cards = f'{{"type":"carousel","contents":{written_list(bubbles)}}}'
    return f'{{"type":"flex","altText":{alt},"contents":{cards}}}'


def with_field(message: str, name: str, value: str) -> str:
    """A message with one field more, whose value is written already."""
    return f"{message[:-1]},{written(name)}:{value}}}"
