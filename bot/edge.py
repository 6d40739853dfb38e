"""The outer edge of the server: what is turned away before it costs anything.

granian hands a request over when its headers are there, and a thread waits for the body: for as long as the client
likes, since granian has no time-out for bodies and wants none (https://github.com/emmett-framework/granian/issues/728).
So bodies are read here, by more threads than handle requests, and a connection whose body does not come is shut.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from bot.counts import Counts, NotCounted

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes. LINE states no maximum; a batch of texts stays far below."""
BODY_WITHIN = 5.0
"""Seconds for a body to come; LINE itself gives up after two."""
BODY_WITHIN_IN_A_CROWD = 1.0
"""Seconds, when half of the threads wait for bodies."""
ROOM_WITHIN = 10.0
"""Seconds to wait until one of those that are handled is done. LINE has given up after two, but what is kept late is
answered all the same, and not every channel has its webhooks delivered again."""

_LOOK_EVERY = 0.5
"""Seconds."""
_PROC = "/proc/self/fd"
_LAST_DATA_SENT = struct.Struct("=44xI")
"""Milliseconds since data were sent last, in `struct tcp_info` of Linux (include/uapi/linux/tcp.h)."""


class Edge:
    """WSGI middleware: bodies are bounded in size and time, and so is what is handled at once."""

    def __init__(
        self, app: WSGIApplication, bodies: SlowBodies, handled_at_once: int, counts: Counts | None = None
    ) -> None:
        self._app = app
        self._bodies = bodies
        self._room = threading.BoundedSemaphore(handled_at_once)
        self._counts = counts or NotCounted()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As PEP 3333."""
        begun = time.perf_counter()
        length = environ.get("CONTENT_LENGTH")
        if length or "HTTP_TRANSFER_ENCODING" in environ:
            # hyper, below granian, takes digits only.
            body = self._bodies.read(environ) if int(length or 0) <= LARGEST_BODY else None
            if body is None or len(body) > LARGEST_BODY:
                return self._refuse(start_response, "too_long", "413 Content Too Large", begun)
            if len(body) < int(length or 0):
                return self._refuse(start_response, "too_slow", "408 Request Timeout", begun)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        if not self._room.acquire(timeout=ROOM_WITHIN):
            return self._refuse(start_response, "busy", "503 Service Unavailable", begun)
        try:
            return self._app(environ, start_response)
        finally:
            self._room.release()

    def _refuse(self, start_response: StartResponse, result: str, status: str, begun: float) -> Iterable[bytes]:
        self._counts.webhook(result, time.perf_counter() - begun)
        start_response(status, [("Content-Type", "text/plain"), ("Connection", "close")])
        return [status.encode()]


class SlowBodies:
    """Reads bodies, and shuts the connections of those that do not come."""

    def __init__(self, port: int, threads: int) -> None:
        """
        Args:
            port: of this server.
            threads: that can read at once.
        """
        self._port = port
        self._crowd = threads // 2
        self._reading: dict[int, tuple[str, float]] = {}
        """By thread: for whom, and since when."""

    def start(self) -> None:
        """Start to look at the connections; only Linux lets us."""
        if os.path.isdir(_PROC):
            threading.Thread(target=self._watch, name="slow-bodies", daemon=True).start()

    def read(self, environ: WSGIEnvironment) -> bytes:
        """The body, as far as it came: at most one byte more than the largest that is taken."""
        thread = threading.get_ident()
        self._reading[thread] = (environ.get("REMOTE_ADDR", ""), time.monotonic())
        try:
            body: bytes = environ["wsgi.input"].read(LARGEST_BODY + 1)
            return body
        finally:
            del self._reading[thread]

    def shut_late(self) -> int:
        """Shut what has been waited for too long.

        Returns:
            How many connections.
        """
        reading = list(self._reading.values())
        within = BODY_WITHIN if len(reading) < self._crowd else BODY_WITHIN_IN_A_CROWD
        late = {address for address, since in reading if time.monotonic() - since > within}
        shut = sum(_shut(fd, self._port, late, within) for fd in os.listdir(_PROC)) if late else 0
        if shut:
            log.warning("slow_bodies_shut", connections=shut)
        return shut

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(_LOOK_EVERY)
            self.shut_late()


def _shut(fd: str, port: int, addresses: set[str], within: float) -> bool:
    """Shut a connection of one of the addresses if it was answered nothing for `within` seconds.

    granian does not tell which connection a request came by. Of an address whose body is late these are the late ones
    and some that are idle.
    """
    try:
        if not os.readlink(f"{_PROC}/{fd}").startswith("socket:"):
            return False
        # A copy: granian may close its own at any time, and the number would mean something else.
        with socket.socket(fileno=os.dup(int(fd))) as connection:
            is_ours = connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getsockname()[1] == port
            if not is_ours or connection.getpeername()[0] not in addresses:
                return False
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_SENT.size)
            if _LAST_DATA_SENT.unpack(info)[0] < within * 1000:
                return False
            connection.shutdown(socket.SHUT_RDWR)
            return True
    except OSError:
        # It is gone, or waits for connections itself.
        return False
