"""What can happen in a conversation. Made from LINE by `bot.line.webhook`; the engine never sees LINE.

`id` is the webhook event id (a ULID); a conversation that an event begins takes it as its own id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

UnsupportedKind = Literal["sticker", "image", "audio", "video", "file", "location", "other"]


@dataclass(frozen=True, slots=True)
class Typed:
    """The patient typed a text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Chose:
    """The patient tapped an option. `question` is ``confirm`` for the yes/no of a pending question."""

    id: str
    conversation: str
    question: str
    option: str


@dataclass(frozen=True, slots=True)
class Command:
    """The patient tapped a command or a topic (``topic:condition.bakers_cyst``)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The patient sent something that is no text."""

    id: str
    kind: UnsupportedKind


@dataclass(frozen=True, slots=True)
class Followed:
    """The patient added the account as a friend, or unblocked it."""

    id: str
    is_unblocked: bool


@dataclass(frozen=True, slots=True)
class Located:
    """The patient sent a place on the map. Latitude and longitude in degrees."""

    id: str
    latitude: float
    longitude: float


Event = Typed | Chose | Command | Unsupported | Followed | Located

_KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind for kind in (Typed, Chose, Command, Unsupported, Followed, Located)
}


def to_data(event: Event) -> list[Any]:
    """The event as JSON can hold it: its kind, then its fields in order."""
    return [type(event).__name__, *(getattr(event, field.name) for field in fields(event))]


def from_data(data: Sequence[Any]) -> Event:
    """The event that `to_data` was given.

    Raises:
        KeyError, TypeError: when another version wrote it.
    """
    kind, *values = data
    return _KINDS[kind](*values)
