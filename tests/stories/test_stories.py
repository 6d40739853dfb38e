"""Plays every story of this folder: conversations as a patient has them, asserted by ids.

A step does one thing and may expect several:

    say: text typed           tap: option of the open question          send: sticker, image, ...
    wait: 4d / 13h            follow: yes (add the account)

    answers: {question: option, or a list of options}
        answers the questions as they come, for as long as the open one is among them. With `others: harmless` all
        others are answered as if nothing were the matter, to the end: so a story names only what it is about.

    question: open afterwards          shows: messages and effects, in order
    urgency, rules, conditions, tips, withheld: of the outcome (lists name what must be among them; rules exactly)
"""

from __future__ import annotations

from typing import Any

import pytest
from support.story import FOLDER, Teller, observed, steps_of

from bot.desk import Desk, Reply

STORIES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def compare(step: dict[str, Any], reply: Reply, told: list[dict[str, Any]]) -> None:
    """What a step expects is what the reply shows."""
    seen = observed(reply)
    where = "\n".join(map(str, told))
    for key in ("question", "urgency", "rules", "shows"):
        if key in step:
            assert seen[key] == step[key], f"{key} after\n{where}"
    for key in ("conditions", "tips", "withheld"):
        missing = set(step.get(key, ())) - set(seen[key])
        assert not missing, f"{key} lacks {missing} after\n{where}"
    for key in ("no_tips",):
        assert not set(step.get(key, ())) & set(seen["tips"]), f"tips after\n{where}"


@pytest.mark.parametrize("story", STORIES)
def test_story(story: str, desk: Desk) -> None:
    teller = Teller(desk)
    for step in steps_of(story):
        reply = teller.play(step)
        if reply is not None:
            compare(step, reply, teller.told)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 10
