"""A LINE for multicasts, in its own process: ``python -m tests.bench.multicast_line PORT LATENCY_MS``.

It accepts every multicast after a latency, 409 when its retry key was accepted before. ``GET /account`` tells as JSON
what it has accepted. Raw asyncio, and nothing is parsed before that, because it must never be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"\r\nx-line-retry-key: *([^\r]+)", re.IGNORECASE)
_RECIPIENTS = re.compile(rb'"to": ?\[([^\]]*)\]')
_SECOND = 1_000_000_000


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


_ACCEPTED = _answer(b"200 OK", b"{}")
_BEFORE = _answer(b"409 Conflict", b"{}")


@dataclass
class Account:
    """What was accepted. Times are nanoseconds since 1970."""

    latency_seconds: float
    recipients: dict[bytes, bytes] = field(default_factory=dict)
    """Retry key to the recipients as they stood in the body."""
    arrived: list[int] = field(default_factory=list)
    last_answer: int = 0
    repeated: int = 0

    def told(self) -> dict[str, object]:
        """The account as JSON-able data."""
        found = Counter(user for users in self.recipients.values() for user in users.split(b","))
        return {
            "calls": len(self.arrived),
            "repeated": self.repeated,
            "reached": len(found),
            "twice": sum(times > 1 for times in found.values()),
            "most_in_a_second": self._most_in_a_second(),
            "last_answer": self.last_answer,
        }

    def _most_in_a_second(self) -> int:
        """Calls in the busiest second, wherever it begins."""
        most = first = 0
        for last, moment in enumerate(self.arrived):
            while moment - self.arrived[first] >= _SECOND:
                first += 1
            most = max(most, last - first + 1)
        return most


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._data, 0, end + 2)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._data) < size:
                return
            request, self._data = self._data[:size], self._data[size:]
            self._handle(request, end)

    def _handle(self, request: bytes, end: int) -> None:
        key, recipients = _KEY.search(request, 0, end + 2), _RECIPIENTS.search(request, end)
        if key is None or recipients is None:
            self._transport.write(_answer(b"200 OK", json.dumps(self._account.told()).encode()))
            return
        account = self._account
        account.arrived.append(time.time_ns())
        is_new = key[1] not in account.recipients
        account.repeated += not is_new
        if is_new:
            account.recipients[key[1]] = recipients[1]
        loop = asyncio.get_running_loop()
        loop.call_later(account.latency_seconds, self._say, _ACCEPTED if is_new else _BEFORE)

    def _say(self, answer: bytes) -> None:
        self._account.last_answer = time.time_ns()
        self._transport.write(answer)


async def _serve(port: int, latency_seconds: float) -> None:
    account = Account(latency_seconds)
    server = await asyncio.get_running_loop().create_server(lambda: _Line(account), "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
