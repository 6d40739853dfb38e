"""What LINE remembers between requests: reply tokens and retry keys.

Neither class locks; the caller holds the lock of the chats while it asks and writes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

REPLY_WITHIN = timedelta(minutes=1)
"""How long a reply token lives after its webhook. LINE Messaging API reference, #send-reply-message."""

REPLY_AT_ALL_WITHIN = timedelta(minutes=20)
"""How long after the event a redelivery can still bring its token back to life. Same place."""

RETRY_KEY_LIFE = timedelta(hours=24)
"""How long a retry key is remembered. LINE Messaging API reference, #retry-api-request."""


@dataclass(slots=True)
class _Token:
    user_id: str
    event_at: datetime
    received_at: datetime


class ReplyTokens:
    """Reply tokens: good once, for one minute after the bot received the event."""

    def __init__(self) -> None:
        self._tokens: dict[str, _Token] = {}

    def issue(self, user_id: str, now: datetime) -> str:
        """A new token for an event of this user at `now`."""
        self._drop_dead(now)
        token = secrets.token_hex(16)
        self._tokens[token] = _Token(user_id, event_at=now, received_at=now)
        return token

    def revive(self, token: str, now: datetime) -> None:
        """Restart the minute, as a redelivery does. A used or unknown token stays dead."""
        if token in self._tokens:
            self._tokens[token].received_at = now

    def use(self, token: object, now: datetime) -> str | None:
        """Spend a token. The user it answers, or None if it is unknown, used or expired."""
        self._drop_dead(now)
        known = self._tokens.get(token) if isinstance(token, str) else None
        if known is None or now - known.received_at > REPLY_WITHIN:
            return None
        del self._tokens[str(token)]
        return known.user_id

    def _drop_dead(self, now: datetime) -> None:
        oldest = now - REPLY_AT_ALL_WITHIN
        for token in [token for token, known in self._tokens.items() if known.event_at < oldest]:
            del self._tokens[token]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that LINE has taken: its id, when, and the messages a push reported as sent."""

    request_id: str
    at: datetime
    sent_messages: tuple[dict[str, Any], ...]


class RetryKeys:
    """Which X-Line-Retry-Key was accepted in the last 24 hours."""

    def __init__(self) -> None:
        self._accepted: dict[str, Accepted] = {}

    def find(self, key: str, now: datetime) -> Accepted | None:
        """The request accepted under this key, or None if the key is new or forgotten."""
        accepted = self._accepted.get(key)
        if accepted is None or now - accepted.at > RETRY_KEY_LIFE:
            return None
        return accepted

    def remember(self, key: str, accepted: Accepted) -> None:
        """Record an accepted request, and forget those older than a day."""
        oldest = accepted.at - RETRY_KEY_LIFE
        self._accepted = {k: known for k, known in self._accepted.items() if known.at >= oldest}
        self._accepted[key] = accepted
