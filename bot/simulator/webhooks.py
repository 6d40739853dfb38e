"""What LINE posts to a bot: event objects, the body around them, and the signature over its bytes.

Field by field as in LINE's webhook specification (line/line-openapi, webhook.yml).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

Json = dict[str, Any]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def sign(channel_secret: str, body: bytes) -> str:
    """The x-line-signature of a body: Base64(HMAC-SHA256(channel secret, exact bytes)).

    Source: LINE developers, "Verify webhook signature".
    """
    digest = hmac.new(channel_secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def milliseconds(moment: datetime) -> int:
    """An aware datetime as LINE writes it: milliseconds since 1970-01-01 UTC."""
    return int(moment.timestamp() * 1000)


def ulid(moment: datetime) -> str:
    """A new ULID of 26 characters: 48 bits of time in milliseconds, 80 random bits."""
    number = (milliseconds(moment) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_event(kind: str, user_id: str, now: datetime, **content: object) -> Json:
    """A webhook event of a one-to-one chat.

    Args:
        kind: LINE's event type, such as ``message`` or ``follow``.
        user_id: who did it.
        now: when, as an aware datetime.
        content: what this type adds: ``message``, ``postback``, ``follow``, ``replyToken`` ...
    """
    return {
        "type": kind,
        **content,
        "webhookEventId": ulid(now),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": milliseconds(now),
        "source": {"type": "user", "userId": user_id},
        "mode": "active",
    }


def redelivered(event: Json) -> Json:
    """The same event as LINE sends it again: everything equal except ``isRedelivery``.

    Source: LINE developers, "Receive messages (webhook)", redelivery.
    """
    return {**event, "deliveryContext": {"isRedelivery": True}}


def webhook_body(destination: str, events: Sequence[Json]) -> bytes:
    """The bytes of one webhook request. No events is what LINE's "Verify" button sends."""
    body = {"destination": destination, "events": list(events)}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate has no UTF-8; written as \\udXXX it stays the valid JSON that LINE sends.
    return text.encode("utf-8", "backslashreplace")


def with_tokens(content: Json, message_id: str) -> Json:
    """A user's message content with the id and the tokens that LINE adds to it.

    A quote token comes only with text, sticker, image and video (LINE developers, "Get quote tokens").
    """
    message = {**content, "id": message_id, "markAsReadToken": secrets.token_urlsafe(48)}
    if content["type"] in {"text", "sticker", "image", "video"}:
        message["quoteToken"] = secrets.token_urlsafe(96)
    return message
