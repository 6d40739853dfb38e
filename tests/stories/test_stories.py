"""Plays every story of this folder: conversations as a patient has them, asserted by ids.

A step does one thing and may expect several:

    say: text typed           tap: option of the open question          send: sticker, image, ...
    wait: 4d / 13h            follow: yes (add the account)

    question: open afterwards          shows: messages and effects, in order
    urgency, rules, conditions, tips, withheld: of the outcome (lists name what must be among them; rules exactly)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.desk import Desk, Reply
from bot.flow import effects as do
from bot.flow.events import Chose, Event, Followed, Typed, Unsupported
from bot.report import assessment_report

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))


@dataclass
class Teller:
    """Plays one story."""

    desk: Desk
    now: datetime = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    state: dict[str, Any] | None = None
    open_question: str = ""
    count: int = 0
    told: list[str] = field(default_factory=list)

    def play(self, step: dict[str, Any]) -> None:
        if "wait" in step:
            number, unit = int(step["wait"][:-1]), step["wait"][-1]
            self.now += timedelta(days=number) if unit == "d" else timedelta(hours=number)
            return
        self.count += 1
        self.now += timedelta(seconds=20)
        reply = self.desk.answer(self.state, self.event(step), self.now)
        self.state = None if reply.forgets else reply.state
        self.told.append(str(step))
        self.compare(step, reply)

    def event(self, step: dict[str, Any]) -> Event:
        id = f"story{self.count:04}"
        if "say" in step:
            return Typed(id, str(step["say"]))
        if "tap" in step:
            assert self.state is not None
            return Chose(id, self.state["id"], self.open_question, str(step["tap"]))
        if "send" in step:
            return Unsupported(id, step["send"])
        return Followed(id, is_unblocked=False)

    def compare(self, step: dict[str, Any], reply: Reply) -> None:
        seen = observed(reply)
        self.open_question = seen["question"] or self.open_question
        where = "\n".join(self.told)
        for key in ("question", "urgency", "rules", "shows"):
            if key in step:
                assert seen[key] == step[key], f"{key} after\n{where}"
        for key in ("conditions", "tips", "withheld"):
            missing = set(step.get(key, ())) - set(seen[key])
            assert not missing, f"{key} lacks {missing} after\n{where}"
        for key in ("no_tips",):
            assert not set(step.get(key, ())) & set(seen["tips"]), f"tips after\n{where}"
        assert 1 <= len(reply.messages) <= 5


def observed(reply: Reply) -> dict[str, Any]:
    seen: dict[str, Any] = {"question": None, "urgency": None, "rules": [], "shows": []}
    seen |= {"conditions": [], "tips": [], "withheld": []}
    for effect in reply.effects:
        if isinstance(effect, do.Ask):
            seen["question"] = effect.question
        elif isinstance(effect, do.Finish):
            report = assessment_report(effect.assessment)
            seen |= {key: report[key] for key in ("urgency", "rules", "conditions", "tips")}
            seen["withheld"] = [tip["tip"] for tip in report["withheld"]]
        elif isinstance(effect, do.Show):
            seen["shows"].append(effect.message)
        else:
            seen["shows"].append(type(effect).__name__)
    return seen


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_story(path: Path, desk: Desk) -> None:
    story = yaml.safe_load(path.read_text(encoding="utf-8"))
    teller = Teller(desk)
    for step in story["steps"]:
        teller.play(step)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 10
