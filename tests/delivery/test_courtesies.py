"""What is kind and not promised: done when there is time, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bot.delivery.courtesies import MOST_WAITING, Courtesies
from tests.delivery.doubles import wait_until


@dataclass
class Line:
    """A LINE that remembers what it was asked for.

    Args:
        by_hand: whether LINE leaves marking as read to us.
        fails: whether every call fails.
    """

    by_hand: bool = True
    fails: bool = False
    asked: list[str] = field(default_factory=list)

    def show_loading(self, user_id: str) -> None:
        self._note(f"loading {user_id}")

    def mark_as_read(self, token: str) -> None:
        self._note(f"read {token}")

    def is_read_by_hand(self) -> bool:
        self._note("info")
        return self.by_hand

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.fails:
            raise ConnectionError


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def courtesies(line: Line) -> Iterator[Courtesies]:
    courtesies = Courtesies(line)
    courtesies.start()
    yield courtesies
    courtesies.stop(10)


def test_messages_are_marked_as_read_and_line_is_asked_once_whether_to(line: Line, courtesies: Courtesies) -> None:
    courtesies.read("first")
    courtesies.read("second")
    wait_until(lambda: line.asked == ["info", "read first", "read second"])


def test_line_marks_messages_by_itself_when_nobody_answers_by_hand(line: Line, courtesies: Courtesies) -> None:
    line.by_hand = False
    courtesies.read("first")
    courtesies.read("second")
    courtesies.keep_waiting("U1")
    wait_until(lambda: line.asked == ["info", "loading U1"])


def test_who_has_to_wait_sees_it(line: Line, courtesies: Courtesies) -> None:
    courtesies.keep_waiting("U1")
    wait_until(lambda: "loading U1" in line.asked)


def test_a_failure_is_the_end_of_that_one_only(line: Line, courtesies: Courtesies) -> None:
    line.fails = True
    courtesies.keep_waiting("U1")
    wait_until(lambda: "loading U1" in line.asked)
    line.fails = False
    courtesies.keep_waiting("U2")
    wait_until(lambda: "loading U2" in line.asked)


def test_what_is_too_much_is_left_out(line: Line) -> None:
    courtesies = Courtesies(line)
    for number in range(MOST_WAITING + 50):
        courtesies.keep_waiting(f"U{number}")
    courtesies.start()
    wait_until(lambda: len(line.asked) == MOST_WAITING)
    courtesies.stop(10)
