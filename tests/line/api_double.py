"""A Messaging API on 127.0.0.1 that does what it is told, and remembers every request."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LET_GO_AFTER = 10.0
"""Seconds after which a withheld answer ends in any case."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What to answer: a status, or no answer at all (``withhold``, ``reset``)."""

    status: int = 200
    body: object = field(default_factory=lambda: {"sentMessages": []})
    headers: dict[str, str] = field(default_factory=dict)
    withhold: bool = False
    reset: bool = False


class ApiDouble:
    """Answers 200 unless `answers` holds something else to say first."""

    def __init__(self, idle: float = 0.5) -> None:
        """
        Args:
            idle: seconds after which a kept connection ends, so that the server can be closed.
        """
        self._idle = idle
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()
        self.let_go = threading.Event()
        self.gave_up = 0
        """How many withheld answers have ended by themselves."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @contextmanager
    def running(self) -> Iterator[ApiDouble]:
        self._thread.start()
        try:
            yield self
        finally:
            self.let_go.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = double._idle

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                double.requests.append(Request(self.path, headers, body))
                answer = double.answers.popleft() if double.answers else Answer()
                if answer.withhold:
                    double.gave_up += not double.let_go.wait(LET_GO_AFTER)
                    self.close_connection = True
                elif answer.reset:
                    # Closing with a linger of nothing sends a reset.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                else:
                    self._say(answer)

            def do_GET(self) -> None:
                double.requests.append(Request(self.path, {}, b""))
                self._say(Answer())

            def _say(self, answer: Answer) -> None:
                raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def finish(self) -> None:
                if self.connection.fileno() != -1:
                    super().finish()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
