"""A LINE that accepts everything, in its own process: ``python -m tests.bench.fake_line PORT LATENCY_MS``.

It answers every POST with 200 and one sent message. Whoever asks for ``GET /arrivals`` is told, one line each, the
method, the reply token and the time of arrival (nanoseconds of CLOCK_MONOTONIC, which all processes share).
It is raw asyncio because it must never be what is measured.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import ClassVar

_BODY = b'{"sentMessages":[{"id":"461230966842064897"}]}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-line-request-id: bench\r\n"
    b"content-length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)
_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb'"replyToken": ?"([^"]*)"')


class _Line(asyncio.Protocol):
    """One connection."""

    watchers: ClassVar[set[asyncio.Transport]] = set()
    latency_seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._data = b""

    def connection_lost(self, _error: Exception | None) -> None:
        self.watchers.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._data, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._data) < size:
                return
            request, self._data = self._data[:size], self._data[size:]
            self._answer(request, end)

    def _answer(self, request: bytes, end: int) -> None:
        if request.startswith(b"GET /arrivals"):
            self.watchers.add(self._transport)
            self._transport.write(_STREAM)
            return
        method = request[: request.find(b" HTTP")].rpartition(b"/")[2]
        token = _TOKEN.search(request, end)
        line = b"%s %s %d\n" % (method, token[1] if token else b"-", time.monotonic_ns())
        for watcher in self.watchers:
            watcher.write(line)
        if self.latency_seconds:
            asyncio.get_running_loop().call_later(self.latency_seconds, self._transport.write, _ANSWER)
        else:
            self._transport.write(_ANSWER)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Line, "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _Line.latency_seconds = float(sys.argv[2]) / 1000
    asyncio.run(_serve(int(sys.argv[1])))
