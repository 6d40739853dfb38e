"""The outer edge of the real server: what is slow or too long costs nobody else anything."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3

from bot.edge import LARGEST_BODY
from bot.simulator.webhooks import sign
from tests.server.platform import SECRET, Platform
from tests.server.processes import PATIENCE, Server, serving

MANY = 60
"""More than requests are handled at once, fewer than bodies are waited for."""
IDLE = 300
HUGE = 50_000_000
MEMORY = 30_000_000
"""Bytes that a server may grow by; far less than a huge body."""
EMPTY = b'{"destination":"U1","events":[]}'
POST = b"POST /callback HTTP/1.1\r\nHost: bot\r\n"

Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of them: each of the tests leaves it as it was."""
    folder = tmp_path_factory.mktemp("edge")
    with Platform().running() as platform:
        settings = {**platform.settings, "DATABASE_URL": f"sqlite:///{folder / 'hizaura.db'}"}
        with serving("serve", folder, settings) as server:
            server.wait_until_ready()
            yield server


@pytest.fixture
def connect(server: Server) -> Iterator[Connect]:
    with ExitStack() as opened:

        def connect() -> socket.socket:
            return opened.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))

        yield connect


def post(server: Server, body: bytes = EMPTY, chunked: bool = False) -> int:
    """The status that a good webhook gets; a server that is kept busy by others has none."""
    headers = {"x-line-signature": sign(SECRET, body)}
    with urllib3.PoolManager(retries=False, timeout=PATIENCE) as pool:
        response = pool.request("POST", f"{server.url}/callback", body=body, headers=headers, chunked=chunked)
        return response.status


def answer(connection: socket.socket) -> bytes:
    """All that the server says until it hangs up."""
    said = b""
    try:
        while part := connection.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


def send(connection: socket.socket, head: bytes, part: bytes, bytes_in_all: int) -> int:
    """Send a body for as long as the server takes it; how much it took."""
    connection.sendall(head)
    sent = 0
    try:
        while sent < bytes_in_all:
            connection.sendall(part)
            sent += len(part)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return sent


def memory(server: Server) -> int:
    """Bytes that its processes have in memory."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in server.pids)


class TestSlowClients:
    def test_bodies_that_drip_are_shut_and_meanwhile_others_are_answered(
        self, server: Server, connect: Connect
    ) -> None:
        slow = [connect() for _ in range(MANY)]
        for connection in slow:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
        assert post(server) == 200
        for connection in slow:
            connection.sendall(b" ")
        assert post(server) == 200
        # Each of them is let go of, without a 200; otherwise this waits for ever.
        assert not any(answer(connection).startswith(b"HTTP/1.1 2") for connection in slow)
        assert post(server) == 200

    def test_headers_that_drip_and_clients_that_say_nothing_keep_nobody_out(
        self, server: Server, connect: Connect
    ) -> None:
        idle = [connect() for _ in range(IDLE)]
        for connection in idle[::2]:
            connection.sendall(b"POST /callback HT")
        assert post(server) == 200
        assert [answer(connection) for connection in idle] == [b""] * IDLE


class TestLongBodies:
    def test_a_length_that_is_too_long_is_refused_before_the_body(self, connect: Connect) -> None:
        connection = connect()
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % HUGE)
        assert answer(connection).startswith(b"HTTP/1.1 413 ")

    @pytest.mark.parametrize(
        ("head", "part"),
        [
            (b"Content-Length: %d\r\n\r\n" % HUGE, b" " * 65_536),
            (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n"),
        ],
        ids=["with length", "chunked"],
    )
    def test_a_body_that_is_too_long_is_not_taken_in(
        self, server: Server, connect: Connect, head: bytes, part: bytes
    ) -> None:
        before = memory(server)
        assert send(connect(), POST + head, part, HUGE) < HUGE
        assert memory(server) - before < MEMORY
        assert post(server) == 200

    @pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 200), (LARGEST_BODY + 1, 413)])
    @pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
    def test_the_limit_is_the_same_either_way(self, server: Server, size: int, status: int, chunked: bool) -> None:
        assert post(server, EMPTY + b" " * (size - len(EMPTY)), chunked) == status


class TestHalfRequests:
    @pytest.mark.parametrize(
        "request_",
        [b"Content-Length: -1\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
        ids=["negative", "no number", "no chunk"],
    )
    def test_a_length_that_is_none_is_refused(self, server: Server, connect: Connect, request_: bytes) -> None:
        connection = connect()
        connection.sendall(POST + b"Connection: close\r\n" + request_)
        assert not answer(connection).startswith(b"HTTP/1.1 2")
        assert post(server) == 200

    def test_a_client_that_hangs_up_in_the_middle_of_its_body(self, server: Server, connect: Connect) -> None:
        connection = connect()
        connection.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
        connection.close()
        assert post(server) == 200
