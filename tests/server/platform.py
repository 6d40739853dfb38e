"""A LINE platform on 127.0.0.1: the fake Messaging API over HTTP, and phones that write to a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import urllib3
from flask import Flask, abort, request
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.flow.events import Chose
from bot.line.postback import read_postback
from bot.simulator.api_routes import api_blueprint
from bot.simulator.fake_line import FakeLine
from tests.delivery.doubles import wait_until
from tests.line.reading import actions
from tests.server.processes import PATIENCE, Server

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Platform:
    """LINE. `server` is the bot that the webhooks go to; while `open` is not set, calls are left waiting."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.fake = FakeLine(SECRET, lambda: datetime.now(UTC), self._deliver)
        self.open = threading.Event()
        self.open.set()
        self.loses_calls = False
        """Whether calls that waited are lost instead of being accepted in the end."""
        self.arrived = 0
        """How many calls with messages have come so far, answered or not."""
        self._pool = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        app = Flask("line")
        app.before_request(self._wait)
        app.register_blueprint(api_blueprint(self.fake))
        self._http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))

    @contextmanager
    def running(self) -> Iterator[Platform]:
        self._thread.start()
        try:
            yield self
        finally:
            self.open.set()
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()
            self._pool.clear()

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to be the bot of this platform."""
        return {
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": "token",
            "LINE_API_BASE_URL": f"http://127.0.0.1:{self._http.server_port}/simulator/line",
        }

    def patient(self, name: str = "Hanako") -> Patient:
        """Somebody who has just added the account, and has been welcomed."""
        patient = Patient(self, self.fake.add_user(name))
        patient.do(self.fake.follow)
        return patient

    def _wait(self) -> None:
        request.get_data()
        waited = not self.open.is_set()
        self.arrived += "/message/" in request.path
        self.open.wait(PATIENCE)
        if waited and self.loses_calls:
            abort(503)

    def _deliver(self, body: bytes, signature: str) -> int:
        assert self.server is not None
        headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": signature}
        return self._pool.request("POST", f"{self.server.url}/callback", body=body, headers=headers).status


class Patient:
    """One phone."""

    def __init__(self, platform: Platform, id: str) -> None:
        self.platform = platform
        self.id = id

    def do(self, act: Callable[..., int | None], *arguments: Any) -> None:
        """Do something on the phone, and wait for the answer."""
        before = len(self.answers)
        assert act(self.id, *arguments) == 200
        wait_until(lambda: len(self.answers) > before, PATIENCE)

    def say(self, text: str) -> None:
        self.do(self.platform.fake.send_text, text)

    def tap(self, option: str) -> None:
        """Tap an option of the newest question."""
        for action in reversed(actions(self.answers)):
            event = read_postback("", action.get("data", ""))
            if isinstance(event, Chose) and event.option == option:
                self.do(self.platform.fake.tap, action["data"], action["displayText"])
                return
        raise AssertionError(f"there is no {option} to tap")

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [entry["message"] for entry in self.platform.fake.chat(self.id) if entry["from"] == "bot"]

    @property
    def questions(self) -> list[str]:
        """Every question that was asked, in order."""
        asked = []
        for message in self.answers:
            events = [read_postback("", action.get("data", "")) for action in actions(message)]
            asked += list(dict.fromkeys(event.question for event in events if isinstance(event, Chose)))
        return asked
