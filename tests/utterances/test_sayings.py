"""Short ways to say a danger sign, and what only sounds like one: whatever changes in the words, none may be lost."""

from __future__ import annotations

import pytest

from bot.desk import Desk
from bot.flow.understanding import is_dangerous, read_message
from tests.utterances.corpus import FOLDER


def sayings(name: str) -> list[str]:
    return (FOLDER / "sayings" / f"{name}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(("name", "alarms"), [("danger", True), ("harmless", False)])
def test_every_saying_is_understood(desk: Desk, name: str, alarms: bool) -> None:
    vocabulary = desk.vocabulary
    assert [
        text for text in sayings(name) if is_dangerous(text, read_message(text, vocabulary), vocabulary) is not alarms
    ] == []
