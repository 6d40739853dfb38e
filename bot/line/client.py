"""Calls to the Messaging API: one attempt each, with time-outs, over shared connections.

Prepared JSON goes straight to them: building a flex message through line-bot-sdk's models costs 2 to 3 ms where
`json.dumps` costs 0.05 ms, and importing them takes 40 MB and 0.8 s (measured, see bot/README.md).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from bot.line.connections import Answer, Connections, NoAnswer, NotConnected
from bot.line.written import written

log = structlog.get_logger(__name__)

Message = dict[str, Any]
"""One message object of the Messaging API."""

API_BASE_URL = "https://api.line.me"
TOKEN_WITHIN = 0.8
"""Seconds to get an access token; later the call might outlast the lease of an outbox row."""
CONNECTIONS = 80
"""Kept open: 32 for answers and 48 for multicasts."""
_PATH = "/v2/bot/message/"
_CHAT_PATH = "/v2/bot/chat/"
_INFO_PATH = "/v2/bot/info"

_TOO_MANY = 429
_BAD_REQUEST = 400
_ACCESS = (401, 403)


class Sent(StrEnum):
    """What became of a call.

    ACCEPTED: LINE has it, now or from an earlier attempt (409).
    UNCERTAIN: no clear answer came (time-out, 5xx), LINE may have it.
    BUSY: not accepted, worth another attempt later.
    REFUSED: not accepted, another attempt is useless.
    LOCKED_OUT: not accepted, LINE does not take the access token (401) or the account may not do this (403): another
        attempt helps once somebody has acted.
    """

    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    BUSY = "busy"
    REFUSED = "refused"
    LOCKED_OUT = "locked_out"


class Limit(StrEnum):
    """What LINE said it had too much of (429). Its words are no contract; UNTOLD is everything that is not known.

    RATE: calls of this endpoint, for a moment.
    QUOTA: people reached this month.
    """

    RATE = "rate"
    QUOTA = "quota"
    UNTOLD = "untold"


_LIMITS = {b"rate limit": Limit.RATE, b"monthly limit": Limit.QUOTA}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a call, with what LINE said.

    Args:
        sent: what became of it.
        status: HTTP status, 0 when no answer came.
        request_id: x-line-request-id of the answer, for LINE's support.
        limit: of a 429, what there was too much of.
        retry_after: milliseconds that LINE wants to be left alone, 0 when it did not say.
    """

    sent: Sent
    status: int
    request_id: str
    limit: Limit | None = None
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """The monthly quota.

    Args:
        limit: people that may be reached this month, free and booked; None without limit.
        used: people reached so far, approximately.
    """

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """People that may still be reached; None without limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


class LineClient:
    """Sends messages. Safe to share between threads."""

    def __init__(self, access_token: Callable[[], str], base_url: str | None = None) -> None:
        """
        Args:
            access_token: gives the channel access token to use now.
            base_url: of a fake LINE, for tests and the demo; None for LINE itself.
        """
        self._connections = Connections(base_url or API_BASE_URL, CONNECTIONS)
        self._access_token = access_token

    def reply(self, reply_token: str, messages: str) -> Receipt:
        """Reply once with a reply token. Free of charge; has no retry key.

        Args:
            messages: message objects as a JSON list.
        """
        return self._post("reply", "replyToken", reply_token, messages, {})

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt:
        """Push to one user. Under the same retry key LINE accepts it once within 24 hours.

        Args:
            messages: message objects as a JSON list.
        """
        return self._post("push", "to", user_id, messages, {"X-Line-Retry-Key": retry_key})

    def multicast(self, user_ids: Sequence[str], messages: Sequence[Message], retry_key: str) -> Receipt:
        """Send to up to 500 users at once. Refused as a whole or taken as a whole; a retry key as for `push`."""
        return self._post("multicast", "to", list(user_ids), written(messages), {"X-Line-Retry-Key": retry_key})

    def quota(self) -> Quota | None:
        """How many people may still be reached this month; None when LINE does not tell.

        LINE counts people and calls its own figure approximate (reference, "Get number of messages sent this month").
        """
        limit, consumption = self._get(f"{_PATH}quota"), self._get(f"{_PATH}quota/consumption")
        if limit is None or consumption is None:
            return None
        value = limit.get("value") if limit.get("type") == "limited" else None
        used = consumption.get("totalUsage")
        return Quota(value if isinstance(value, int) else None, used if isinstance(used, int) else 0)

    def show_loading(self, user_id: str) -> None:
        """Show that an answer is coming, for at most 20 seconds; only who has the chat open sees it.

        Source: Messaging API reference, "Display a loading indicator".
        """
        self._ask(f"{_CHAT_PATH}loading/start", {"chatId": user_id})

    def mark_as_read(self, token: str) -> None:
        """Mark a message and all before it as read (reference, "Mark messages as read")."""
        self._ask(f"{_CHAT_PATH}markAsRead", {"markAsReadToken": token})

    def is_read_by_hand(self) -> bool:
        """Whether LINE leaves marking as read to us (reference, "Get bot info"); False when it does not tell."""
        return (self._get(_INFO_PATH) or {}).get("markAsReadMode") == "manual"

    def _ask(self, path: str, body: dict[str, str]) -> None:
        """A call of which nothing depends on the answer."""
        headers = {"Authorization": f"Bearer {self._access_token()}", "Content-Type": "application/json"}
        answer = self._connections.request("POST", path, headers, written(body).encode())
        if answer.status >= _BAD_REQUEST:
            log.warning("line_call", method=path, status=answer.status)

    def _get(self, path: str) -> dict[str, Any] | None:
        try:
            headers = {"Authorization": f"Bearer {self._access_token()}"}
            answer = self._connections.request("GET", path, headers)
            found = json.loads(answer.body) if answer.status == 200 else None
        except Exception as error:
            log.warning("line_unreachable", method=path, error=type(error).__name__)
            return None
        return found if isinstance(found, dict) else None

    def _post(self, method: str, whom: str, to: object, messages: str, headers: dict[str, str]) -> Receipt:
        data = f'{{"{whom}":{written(to)},"messages":{messages}}}'.encode()
        asked_at = time.monotonic()
        try:
            token = self._access_token()
        except Exception as error:
            # Whatever kept LINE from giving a token, nothing was sent.
            log.warning("no_access_token", error=type(error).__name__)
            return Receipt(Sent.BUSY, 0, "")
        if time.monotonic() - asked_at > TOKEN_WITHIN:
            log.warning("access_token_late")
            return Receipt(Sent.BUSY, 0, "")
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            **headers,
        }
        try:
            answer = self._connections.request("POST", _PATH + method, headers, data)
        except (NotConnected, NoAnswer) as error:
            log.warning("line_unreachable", method=method, error=str(error))
            return Receipt(Sent.BUSY if isinstance(error, NotConnected) else Sent.UNCERTAIN, 0, "")
        receipt = _receipt(answer)
        level = log.info if receipt.sent is Sent.ACCEPTED else log.warning
        level("line_call", method=method, status=receipt.status, line_request_id=receipt.request_id)
        return receipt


def _receipt(answer: Answer) -> Receipt:
    status, headers = answer.status, answer.headers
    limit = _limit(answer.body) if status == _TOO_MANY else None
    retry_after = _retry_after(headers.get("retry-after", ""))
    return Receipt(_sent(status), status, headers.get("x-line-request-id", ""), limit, retry_after)


def _sent(status: int) -> Sent:
    """LINE developers documentation, "Retrying API requests": 409 means accepted before."""
    if 200 <= status < 300 or status == 409:
        return Sent.ACCEPTED
    if status >= 500:
        return Sent.UNCERTAIN
    if status in _ACCESS:
        return Sent.LOCKED_OUT
    return Sent.BUSY if status == _TOO_MANY else Sent.REFUSED


def _limit(body: bytes) -> Limit:
    """Messaging API reference, "Error messages"."""
    words = body.lower()
    return next((limit for part, limit in _LIMITS.items() if part in words), Limit.UNTOLD)


def _retry_after(said: str) -> int:
    """Milliseconds. LINE does not document the header, so only its simple form is read."""
    return int(said) * 1000 if said.isascii() and said.isdigit() and len(said) < 8 else 0
