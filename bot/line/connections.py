"""Connections to LINE that are kept open and shared by threads.

`http.client` and a list: a call through urllib3's pool takes three times the CPU (measured, see bot/README.md).
"""

from __future__ import annotations

import select
import ssl
import time
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

CONNECT_TIMEOUT = 3.0
"""Seconds."""
READ_TIMEOUT = 8.0
"""Seconds; shorter than the lease of an outbox row."""
IDLE_AT_MOST = 30.0
"""Seconds after which a connection is not used again: something between here and LINE may have forgotten it, and the
call would wait for nothing."""


class NotConnected(Exception):
    """There is no connection: the call has not left."""


class NoAnswer(Exception):
    """The call has left, or a part of it, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        headers: by name; upper and lower case are the same.
    """

    status: int
    headers: Message
    body: bytes


class Connections:
    """Connections to one server. Safe to share between threads."""

    def __init__(self, base_url: str, kept: int) -> None:
        """
        Args:
            base_url: begins every address.
            kept: connections that stay open; a call beyond them opens and closes one of its own.
        """
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "", parts.port)
        self._path = parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._kept = kept
        self._idle: deque[tuple[HTTPConnection, float]] = deque()
        # With the last reference to this object; its threads have come back by then.
        weakref.finalize(self, _close_all, self._idle)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One call, one attempt.

        Raises:
            NotConnected: LINE cannot have seen it.
            NoAnswer: nobody knows whether LINE has done it.
        """
        connection = self._idle_connection() or self._new_connection()
        try:
            connection.request(method, self._path + path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (OSError, HTTPException) as error:
            connection.close()
            raise NoAnswer(type(error).__name__) from error
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(self._idle) >= self._kept:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))
        return answer

    def _idle_connection(self) -> HTTPConnection | None:
        """The one that was used last, so that those which nobody needs grow old."""
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since < IDLE_AT_MOST and not _has_ended(connection):
                return connection
            connection.close()

    def _new_connection(self) -> HTTPConnection:
        host, port = self._address
        if self._tls:
            connection: HTTPConnection = HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=self._tls)
        else:
            connection = HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotConnected(type(error).__name__) from error
        connection.sock.settimeout(READ_TIMEOUT)
        return connection


def _close_all(idle: deque[tuple[HTTPConnection, float]]) -> None:
    while idle:
        idle.pop()[0].close()


def _has_ended(connection: HTTPConnection) -> bool:
    """Nothing is to be read between two calls but the end of the connection."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
