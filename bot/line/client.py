"""Calls to the Messaging API: one attempt each, with time-outs, over one shared connection pool.

The pool is that of line-bot-sdk's `ApiClient`; on this path prepared JSON goes straight through it, because building
a flex message through the SDK's models costs 2 to 3 ms where `json.dumps` costs 0.05 ms (measured, see bot/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
import urllib3
from linebot.v3.messaging import ApiClient, Configuration
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

log = structlog.get_logger(__name__)

Message = dict[str, Any]
"""One message object of the Messaging API."""

API_BASE_URL = "https://api.line.me"
CONNECT_TIMEOUT = 3.0
"""Seconds."""
READ_TIMEOUT = 8.0
"""Seconds; shorter than the lease of an outbox row."""
CONNECTIONS = 80
"""Kept open: 32 for answers and 48 for multicasts. A call beyond them opens and closes one of its own."""


class Sent(StrEnum):
    """What became of a call.

    ACCEPTED: LINE has it, now or from an earlier attempt (409).
    UNCERTAIN: no clear answer came (time-out, 5xx), LINE may have it.
    BUSY: not accepted, worth another attempt later.
    REFUSED: not accepted, another attempt is useless.
    """

    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a call, with what LINE said.

    Args:
        sent: what became of it.
        status: HTTP status, 0 when no answer came.
        request_id: x-line-request-id of the answer, for LINE's support.
    """

    sent: Sent
    status: int
    request_id: str


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
        configuration = Configuration(host=base_url, access_token="given-per-call")
        configuration.retries = False
        configuration.connection_pool_maxsize = CONNECTIONS
        self._pool: urllib3.PoolManager = ApiClient(configuration).rest_client.pool_manager
        self._url = (base_url or API_BASE_URL).rstrip("/") + "/v2/bot/message/"
        self._access_token = access_token
        self._timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)

    def reply(self, reply_token: str, messages: Sequence[Message]) -> Receipt:
        """Reply once with a reply token. Free of charge; has no retry key."""
        return self._post("reply", {"replyToken": reply_token, "messages": messages}, {})

    def push(self, user_id: str, messages: Sequence[Message], retry_key: str) -> Receipt:
        """Push to one user. Under the same retry key LINE accepts it once within 24 hours."""
        return self._post("push", {"to": user_id, "messages": messages}, {"X-Line-Retry-Key": retry_key})

    def multicast(self, user_ids: Sequence[str], messages: Sequence[Message], retry_key: str) -> Receipt:
        """Send to up to 500 users at once. Refused as a whole or taken as a whole; a retry key as for `push`."""
        return self._post("multicast", {"to": list(user_ids), "messages": messages}, {"X-Line-Retry-Key": retry_key})

    def quota(self) -> Quota | None:
        """How many people may still be reached this month; None when LINE does not tell.

        LINE counts people and calls its own figure approximate (reference, "Get number of messages sent this month").
        """
        limit, consumption = self._get("quota"), self._get("quota/consumption")
        if limit is None or consumption is None:
            return None
        value = limit.get("value") if limit.get("type") == "limited" else None
        used = consumption.get("totalUsage")
        return Quota(value if isinstance(value, int) else None, used if isinstance(used, int) else 0)

    def _get(self, path: str) -> dict[str, Any] | None:
        try:
            headers = {"Authorization": f"Bearer {self._access_token()}"}
            response = self._pool.request("GET", self._url + path, headers=headers, timeout=self._timeout)
            found = json.loads(response.data) if response.status == 200 else None
        except Exception as error:
            log.warning("line_unreachable", method=path, error=type(error).__name__)
            return None
        return found if isinstance(found, dict) else None

    def _post(self, method: str, body: dict[str, object], headers: dict[str, str]) -> Receipt:
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            token = self._access_token()
        except Exception as error:
            # Whatever kept LINE from giving a token, nothing was sent.
            log.warning("no_access_token", error=type(error).__name__)
            return Receipt(Sent.BUSY, 0, "")
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            **headers,
        }
        try:
            response = self._pool.request("POST", self._url + method, body=data, headers=headers, timeout=self._timeout)
        except urllib3.exceptions.HTTPError as error:
            never_left = isinstance(error, (NewConnectionError, ConnectTimeoutError))
            log.warning("line_unreachable", method=method, error=type(error).__name__)
            return Receipt(Sent.BUSY if never_left else Sent.UNCERTAIN, 0, "")
        receipt = Receipt(_sent(response.status), response.status, response.headers.get("x-line-request-id", ""))
        level = log.info if receipt.sent is Sent.ACCEPTED else log.warning
        level("line_call", method=method, status=receipt.status, line_request_id=receipt.request_id)
        return receipt


def _sent(status: int) -> Sent:
    """LINE developers documentation, "Retrying API requests": 409 means accepted before."""
    if 200 <= status < 300 or status == 409:
        return Sent.ACCEPTED
    if status >= 500:
        return Sent.UNCERTAIN
    return Sent.BUSY if status == 429 else Sent.REFUSED
