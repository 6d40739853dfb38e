"""The webhook signature.

Base64 of HMAC-SHA256 over the exact body bytes with the channel secret as key
(LINE developers documentation, "Verify webhook signature").
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

from bot.errors import BadSignature


def sign(body: bytes, channel_secret: str) -> str:
    """The value of the x-line-signature header for a body."""
    return base64.b64encode(hmac.digest(channel_secret.encode(), body, "sha256")).decode()


def verify(body: bytes, signature: str | None, channel_secrets: Iterable[str]) -> None:
    """Accept a body that any of the secrets signed; several are in use while a secret is being rotated.

    Raises:
        BadSignature: when the header is missing or no secret made it.
    """
    given = (signature or "").encode("ascii", errors="replace")
    # Every secret is tried, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in channel_secrets]
    if not any(matches):
        raise BadSignature("The x-line-signature header does not match the body.")
