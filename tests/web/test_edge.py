"""The edge by itself: what it lets through, and when it is full. With a real server: `tests/server/test_edge.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import pytest
from werkzeug.test import Client

from bot import edge
from bot.edge import Edge, SlowBodies

PORT = 8000


def echo(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answers with the body that it was sent."""
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]  # type: ignore[attr-defined]


class TestBodies:
    def test_they_reach_the_application(self) -> None:
        client = Client(Edge(echo, SlowBodies(PORT, 1), 1))
        assert client.post("/", data=b"body").data == b"body"
        assert client.get("/").data == b""

    def test_one_that_ends_early_does_not(self) -> None:
        client = Client(Edge(echo, SlowBodies(PORT, 1), 1))
        response = client.post("/", data=b"half", environ_overrides={"CONTENT_LENGTH": "8"})
        assert response.status_code == 408


class TestRoom:
    def test_what_finds_no_room_in_time_is_sent_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(edge, "ROOM_WITHIN", 0.05)
        inside, may_leave = threading.Event(), threading.Event()

        def slow(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
            inside.set()
            may_leave.wait(20)
            return echo(environ, start_response)

        app = Edge(slow, SlowBodies(PORT, 2), 1)
        first = threading.Thread(target=lambda: Client(app).post("/", data=b"1"))
        first.start()
        inside.wait(20)
        assert Client(app).post("/", data=b"2").status_code == 503
        may_leave.set()
        first.join()
        assert Client(app).post("/", data=b"3").status_code == 200

    def test_what_fails_leaves_room_for_others(self) -> None:
        def fail(*_: object) -> Iterable[bytes]:
            raise ZeroDivisionError

        app = Edge(fail, SlowBodies(PORT, 1), 1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                Client(app).post("/", data=b"1")
