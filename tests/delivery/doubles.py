"""A LINE that answers as told and remembers every call, a clock that is moved by hand, and patience."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.line.client import Limit, Receipt, Sent
from bot.line.written import written

PATIENCE = 20.0
"""Seconds; a bound for something broken, never a measurement."""

_STATUS = {Sent.ACCEPTED: 200, Sent.UNCERTAIN: 500, Sent.BUSY: 429, Sent.REFUSED: 400, Sent.LOCKED_OUT: 401}

DOWN = Receipt(Sent.BUSY, 0, "")
"""Nothing listens there."""
OVER_RATE = Receipt(Sent.BUSY, 429, "R1", Limit.RATE)
OVER_QUOTA = Receipt(Sent.BUSY, 429, "R1", Limit.QUOTA)
TOO_MUCH = Receipt(Sent.BUSY, 429, "R1", Limit.UNTOLD)
"""A 429 that does not say why, such as that of one user who got too many messages."""

Given = Sent | Receipt | Exception
"""What `RecordingLine` may be told to answer."""


class FakeClock:
    """Milliseconds that stand still until they are moved."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds


@dataclass(frozen=True)
class Call:
    """One call: ``reply`` with its token, or ``push`` with user and retry key."""

    method: str
    to: str
    words: str
    retry_key: str = ""


class RecordingLine:
    """Accepts everything unless told otherwise."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: deque[Given] = deque()
        """What to answer to the next replies, in order."""
        self.pushes: deque[Given] = deque()
        """What to answer to the next pushes, in order."""
        self.is_down = False
        """While it is set every call fails, and `replies` and `pushes` stay as they are."""
        self.most_at_once = 0
        self._held: dict[str, threading.Event] = {}
        self._gates: list[threading.Event] = []
        self._at_once = 0
        self._lock = threading.Lock()

    def reply(self, reply_token: str, messages: str) -> Receipt:
        return self._answer(Call("reply", reply_token, words_of(messages)), self.replies)

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt:
        return self._answer(Call("push", user_id, words_of(messages), retry_key), self.pushes)

    def hold(self, words: str) -> threading.Event:
        """Answer the next call with these words only once the event is set."""
        gate = self._held[words] = threading.Event()
        self._gates.append(gate)
        return gate

    @property
    def methods(self) -> list[str]:
        return [call.method for call in self.calls]

    @property
    def words(self) -> list[str]:
        return [call.words for call in self.calls]

    def let_go(self) -> None:
        """Hold nothing any more."""
        for gate in self._gates:
            gate.set()

    def _answer(self, call: Call, answers: deque[Given]) -> Receipt:
        with self._lock:
            self.calls.append(call)
            answer = DOWN if self.is_down else answers.popleft() if answers else Sent.ACCEPTED
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            gate = self._held.pop(call.words, None)
        if gate:
            gate.wait(PATIENCE)
        with self._lock:
            self._at_once -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Receipt) else Receipt(answer, _STATUS[answer], "R1")


def words(text: str) -> str:
    """Messages that can be told apart."""
    return written([{"type": "text", "text": text}])


def words_of(messages: str) -> str:
    first = json.loads(messages)[0]
    return str(first.get("text", first.get("altText", "")))


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
