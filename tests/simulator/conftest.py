"""A fake LINE with a clock that only moves when told, and a bot that only listens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.simulator.fake_line import FakeLine
from bot.simulator.messaging_api import Answer

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Inbox:
    """A bot's webhook that keeps what it is given and answers with `status`."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.requests: list[tuple[bytes, str]] = []

    def __call__(self, body: bytes, signature: str) -> int | None:
        self.requests.append((body, signature))
        return self.status

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.requests]

    @property
    def last(self) -> dict[str, Any]:
        """The only event of the newest request."""
        events: list[dict[str, Any]] = self.bodies[-1]["events"]
        assert len(events) == 1
        return events[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def fake(clock: Clock, inbox: Inbox) -> FakeLine:
    return FakeLine(SECRET, clock, inbox)


@pytest.fixture
def friend(fake: FakeLine) -> str:
    """A user who has added the account."""
    user_id = fake.add_user("Hanako")
    fake.follow(user_id)
    return user_id


@pytest.fixture
def token(fake: FakeLine, friend: str, inbox: Inbox) -> Callable[[], str]:
    """Makes the friend write, and gives the reply token of that event."""

    def write() -> str:
        fake.send_text(friend, "hello")
        return str(inbox.last["replyToken"])

    return write


def text(words: str) -> dict[str, str]:
    """A text message object."""
    return {"type": "text", "text": words}


def reply(fake: FakeLine, token: str, *messages: dict[str, str]) -> Answer:
    """The API's answer to a reply with these messages, or just one."""
    return fake.reply({"replyToken": token, "messages": list(messages) or [text("hi")]})


def push(fake: FakeLine, to: str, retry_key: str | None = None) -> Answer:
    """The API's answer to a push of one text."""
    return fake.push({"to": to, "messages": [text("hi")]}, retry_key)
