"""Webhook JSON to events, one by one and tolerantly: an odd event never costs its neighbours.

LINE adds properties, enum values and event types without notice (developers documentation, "Development guidelines"),
so nothing is required here beyond what is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from bot.errors import BadBody
from bot.flow.events import Event, Followed, Located, Typed, Unsupported, UnsupportedKind
from bot.line.postback import read_postback

_LONGEST_TOKEN = 1_000

_KINDS: Mapping[str, UnsupportedKind] = {
    "sticker": "sticker",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "file",
    "location": "location",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One webhook event that concerns one patient.

    Args:
        id: webhookEventId, the same in every redelivery.
        user_id: LINE user id, ``U`` and 32 hex digits.
        event: what happened in the conversation, None when the patient blocked the account.
        reply_token: None when LINE gave none.
        timestamp: milliseconds since 1970, the time of the event and not of its delivery.
        read_token: marks the message as read; None when LINE gave none.
    """

    id: str
    user_id: str
    event: Event | None
    reply_token: str | None
    timestamp: int
    read_token: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook request: events to handle in order of time, and how many were set aside."""

    events: tuple[Incoming, ...]
    set_aside: int


def read_webhook(body: bytes) -> Webhook:
    """Read a webhook body whose signature is verified.

    Raises:
        BadBody: when the body is no webhook JSON; the message holds nothing of it.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadBody("The body is no JSON.") from None
    events = data.get("events") if isinstance(data, dict) else None
    if not isinstance(events, list):
        raise BadBody("The body has no list of events.")
    read = [_read_event(event) for event in events]
    wanted = sorted((event for event in read if event), key=lambda event: event.timestamp)
    return Webhook(tuple(wanted), len(read) - len(wanted))


def _read_event(data: object) -> Incoming | None:
    """The event, or None when it is not for this bot: standby, a group, no user, an unknown type, or damaged."""
    if not isinstance(data, dict) or data.get("mode", "active") != "active":
        return None
    source = data.get("source")
    if not isinstance(source, dict) or source.get("type") != "user":
        return None
    id, user_id = data.get("webhookEventId"), source.get("userId")
    if not _is_text(id) or not _is_text(user_id):
        return None
    event = _event(str(id), data)
    if event is None and data.get("type") != "unfollow":
        return None
    token, timestamp = data.get("replyToken"), data.get("timestamp")
    return Incoming(
        id=str(id),
        user_id=str(user_id),
        event=event,
        reply_token=str(token) if _is_text(token) else None,
        timestamp=timestamp if isinstance(timestamp, int) else 0,
        read_token=_read_token(data.get("message")),
    )


def _read_token(message: object) -> str | None:
    token = message.get("markAsReadToken") if isinstance(message, dict) else None
    return token if isinstance(token, str) and len(token) <= _LONGEST_TOKEN else None


def _event(id: str, data: Mapping[str, object]) -> Event | None:
    match data.get("type"):
        case "message":
            return _message(id, data.get("message"))
        case "postback":
            postback = data.get("postback")
            given = postback.get("data") if isinstance(postback, dict) else None
            return read_postback(id, given if isinstance(given, str) else "")
        case "follow":
            follow = data.get("follow")
            return Followed(id, isinstance(follow, dict) and follow.get("isUnblocked") is True)
        case _:
            return None


def _message(id: str, message: object) -> Event:
    """A message of any kind; unknown kinds are answered like other things that are no text."""
    if not isinstance(message, dict):
        return Unsupported(id, "other")
    text = message.get("text")
    if message.get("type") == "text" and isinstance(text, str):
        return Typed(id, text)
    latitude, longitude = message.get("latitude"), message.get("longitude")
    if message.get("type") == "location" and _is_degrees(latitude, 90) and _is_degrees(longitude, 180):
        return Located(id, float(latitude), float(longitude))
    return Unsupported(id, _KINDS.get(str(message.get("type")), "other"))


def _is_degrees(value: object, most: int) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _is_text(value: object) -> bool:
    """Whether a value can be an id or a token of LINE: short and ASCII."""
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isascii()
