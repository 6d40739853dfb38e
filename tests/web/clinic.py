"""A whole clinic in one process: the web application, its database, its sender, and the LINE that patients hold."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import Table, func, select
from werkzeug.test import TestResponse

from bot.delivery.sender import Sender
from bot.desk import Desk
from bot.flow.events import Chose
from bot.inbox_sweeper import InboxSweeper
from bot.line.client import Receipt, Sent
from bot.line.postback import read_postback
from bot.live_desk import LiveDesk
from bot.reception import Reception
from bot.simulator.fake_line import FakeLine
from bot.simulator.messaging_api import Answer
from bot.simulator.webhooks import new_event, sign, webhook_body
from bot.storage import inbox, outbox
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import inbox as inbox_rows
from bot.web import create_app
from tests.delivery.doubles import PATIENCE, wait_until
from tests.line.reading import actions

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
JSON = {"content-type": "application/json; charset=utf-8"}

Clock = Callable[[], int]
"""Milliseconds since 1970."""


def real_clock() -> int:
    return time.time_ns() // 1_000_000


class Calls:
    """The sender's calls, straight into a fake LINE; `trouble` is what the next ones meet instead."""

    def __init__(self, fake: FakeLine) -> None:
        self._fake = fake
        self.trouble: deque[Sent] = deque()
        self.on_its_way = threading.Event()
        """Set when a call has come that is held."""
        self._gate: threading.Event | None = None

    def hold_next(self) -> threading.Event:
        """Keep the next call waiting until the event is set."""
        self._gate = threading.Event()
        return self._gate

    def reply(self, reply_token: str, messages: str) -> Receipt:
        return self._call(lambda: self._fake.reply({"replyToken": reply_token, "messages": json.loads(messages)}))

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt:
        return self._call(lambda: self._fake.push({"to": user_id, "messages": json.loads(messages)}, retry_key))

    def _call(self, call: Callable[[], Answer]) -> Receipt:
        gate, self._gate = self._gate, None
        if gate:
            self.on_its_way.set()
            gate.wait(PATIENCE)
        if self.trouble:
            return Receipt(self.trouble.popleft(), 0, "")
        status = call().status
        return Receipt(Sent.ACCEPTED if status in (200, 409) else Sent.REFUSED, status, "")


def standing(desk: Desk) -> LiveDesk:
    """A live desk whose files never change."""
    return LiveDesk(lambda: desk, lambda: frozenset())


class Clinic:
    """What the tests of the web application talk to."""

    def __init__(
        self,
        desk: Desk | LiveDesk,
        url: str,
        *,
        secrets: tuple[str, ...] = (SECRET,),
        clock: Clock = real_clock,
        sender: type[Sender] = Sender,
    ) -> None:
        self.database = Database(url)
        migrate(self.database)
        self.fake = FakeLine(SECRET, lambda: datetime.now(UTC), self.deliver)
        self.calls = Calls(self.fake)
        self.sender = sender(self.database, self.calls, "me", 32, clock)
        live = desk if isinstance(desk, LiveDesk) else standing(desk)
        reception = Reception(live, self.database, self.sender, lambda: datetime.fromtimestamp(clock() / 1000, UTC))
        self.sweeper = InboxSweeper(self.database, reception.answer_all, clock)
        self.app: Flask = create_app(reception, secrets)
        self.sender.start()

    def close(self) -> None:
        self.sender.stop(timeout=20)
        self.database.close()

    def patient(self, name: str = "Hanako") -> Patient:
        """Somebody who has just added the account."""
        patient = Patient(self, self.fake.add_user(name))
        assert self.fake.follow(patient.id) == 200
        self.wait_until_sent()
        return patient

    # -- the door ------------------------------------------------------------------------------------

    def post(self, body: bytes, signature: str | None) -> TestResponse:
        headers = JSON if signature is None else {**JSON, "x-line-signature": signature}
        return self.app.test_client().post("/callback", data=body, headers=headers)

    def post_signed(self, body: bytes) -> TestResponse:
        return self.post(body, sign(SECRET, body))

    def post_events(self, *events: object) -> int:
        return self.post_signed(webhook_body(self.fake.bot_user_id, events)).status_code  # type: ignore[arg-type]

    def deliver(self, body: bytes, signature: str) -> int:
        return self.post(body, signature).status_code

    def text_event(self, user_id: str, text: str, **other: object) -> dict[str, Any]:
        """A text message that reaches the bot without standing in the fake LINE's chat; its answer is pushed."""
        return {**new_event("message", user_id, datetime.now(UTC), message={"type": "text", "text": text}), **other}

    # -- what is stored ------------------------------------------------------------------------------

    def count(self, table: Table) -> int:
        return int(self.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()))

    def rows(self, table: Table) -> list[dict[str, Any]]:
        return self.database.read(lambda c: [dict(row._mapping) for row in c.execute(select(table))])

    def wait_until_answered(self) -> None:
        """Everything that was kept has its answer in the outbox."""
        wait_until(lambda: not self.database.read(inbox.waiting))

    def answer_again(self) -> None:
        """What could not be answered before, now instead of a while later."""
        wait_until(lambda: any(row["attempts"] for row in self.rows(inbox_rows)))
        assert self.answer_all()

    def answer_all(self) -> int:
        """The patients who wait are answered, soon."""
        self.database.transact(lambda connection: inbox.make_all_due(connection, 0))
        return self.sweeper.sweep_once()

    def sweep_until_answered(self) -> None:
        """The sweeper looks again and again, as it does for as long as anything waits: what was on its way may fail."""

        def is_answered() -> bool:
            self.answer_all()
            return not self.database.read(inbox.waiting)

        wait_until(is_answered)

    def wait_until_sent(self) -> None:
        """Everything that was promised is answered and sent."""
        self.wait_until_answered()
        wait_until(lambda: not self.database.read(outbox.waiting))


class Patient:
    """One phone. Every method waits until the answer is there."""

    def __init__(self, clinic: Clinic, id: str) -> None:
        self.clinic = clinic
        self.id = id

    def say(self, text: str) -> int | None:
        return self.do(lambda: self.clinic.fake.send_text(self.id, text))

    def tap(self, option: str) -> int | None:
        """Tap an option of the newest question."""
        for action in reversed(actions(self.answers)):
            event = read_postback("", action.get("data", ""))
            if isinstance(event, Chose) and event.option == option:
                return self.do(partial(self.clinic.fake.tap, self.id, action["data"], action["displayText"]))
        raise AssertionError(f"there is no {option} to tap")

    def do(self, act: Callable[[], int | None]) -> int | None:
        status = act()
        self.clinic.wait_until_sent()
        return status

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Every message of the bot, oldest first."""
        return [entry["message"] for entry in self.clinic.fake.chat(self.id) if entry["from"] == "bot"]

    @property
    def question(self) -> str:
        """The question that was asked last."""
        return asked(self.answers)[-1]


def asked(messages: Sequence[dict[str, Any]]) -> list[str]:
    """The questions that messages ask, in order."""
    return [question for message in messages for question in _asked_by(message)]


def _asked_by(message: dict[str, Any]) -> dict[str, None]:
    events = [read_postback("", action.get("data", "")) for action in actions(message)]
    return {event.question: None for event in events if isinstance(event, Chose)}


def texts(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages if message["type"] == "text"]
