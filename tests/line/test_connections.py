"""Connections that are kept: which one is used again, and which never."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from bot.line.connections import IDLE_AT_MOST, Connections, NoAnswer, NotConnected

ANSWER = b"HTTP/1.1 200 OK\r\nX-Line-Request-Id: R1\r\nContent-Length: 2\r\n\r\n{}"
LAST_ANSWER = ANSWER.replace(b"Content-Length", b"Connection: close\r\nContent-Length")
PATIENCE = 10.0


@dataclass
class Server:
    """Says the same to every request, and remembers which connection it came by.

    Args:
        answer: what it says.
        ends_after: requests after which it closes a connection without a word.
    """

    answer: bytes = ANSWER
    ends_after: int = 1_000
    used: list[int] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @contextmanager
    def running(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(32) as threads:
            threads.submit(self._accept, listening, threads)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            listening.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket, threads: ThreadPoolExecutor) -> None:
        number = 0
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.submit(self._serve, connection, number)
            number += 1

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(PATIENCE)
        with connection:
            for _ in range(self.ends_after):
                if not connection.recv(65536):
                    return
                self.used.append(number)
                connection.sendall(self.answer)
        self.ended.release()


def ask(connections: Connections) -> int:
    return connections.request("GET", "/", {}).status


def asked_by_threads(url: str) -> set[int]:
    connections = Connections(url, kept=2)
    with ThreadPoolExecutor(8) as threads:
        return set(threads.map(lambda _: ask(connections), range(80)))


def test_one_call_after_the_other_goes_through_the_same_connection() -> None:
    server = Server()
    with server.running() as url:
        connections = Connections(url, kept=2)
        assert [ask(connections) for _ in range(3)] == [200, 200, 200]
        del connections
    assert server.used == [0, 0, 0]


def test_header_names_are_found_in_any_case() -> None:
    with Server().running() as url:
        connections = Connections(url, kept=1)
        assert connections.request("GET", "/", {}).headers.get("x-line-request-id") == "R1"
        del connections


def test_a_connection_that_the_server_has_ended_is_not_used_again() -> None:
    server = Server(ends_after=1)
    with server.running() as url:
        connections = Connections(url, kept=2)
        for _ in range(3):
            ask(connections)
            assert server.ended.acquire(timeout=PATIENCE)
    assert server.used == [0, 1, 2]


def test_a_connection_that_the_server_will_end_is_not_kept() -> None:
    server = Server(answer=LAST_ANSWER)
    with server.running() as url:
        connections = Connections(url, kept=2)
        assert [ask(connections) for _ in range(2)] == [200, 200]
    assert server.used == [0, 1]


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr("bot.line.connections.time", SimpleNamespace(monotonic=lambda: clock.now))
    server = Server()
    with server.running() as url:
        connections = Connections(url, kept=2)
        ask(connections)
        clock.now += IDLE_AT_MOST - 1
        ask(connections)
        clock.now += IDLE_AT_MOST + 1
        ask(connections)
        del connections
    assert server.used == [0, 0, 1]


def test_threads_never_share_a_connection_at_the_same_time() -> None:
    server = Server()
    with server.running() as url:
        assert asked_by_threads(url) == {200}
    assert len(server.used) == 80


@pytest.mark.parametrize(
    "answer", [b"no http\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b""], ids=repr
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    with Server(answer, ends_after=1).running() as url, pytest.raises(NoAnswer):
        ask(Connections(url, kept=1))


def test_without_a_server_nothing_has_left() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(NotConnected):
            ask(Connections(f"http://127.0.0.1:{nobody.getsockname()[1]}", kept=1))


def test_who_speaks_no_tls_gets_nothing_to_read() -> None:
    server = Server(ends_after=1)
    with server.running() as url, pytest.raises(NotConnected):
        ask(Connections(url.replace("http", "https"), kept=1))
