"""Plays the conversations of tests/stories; how they are written stands in tests/stories/test_stories.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.desk import Desk, Reply
from bot.flow import effects as do
from bot.flow.events import Chose, Event, Followed, Typed, Unsupported
from bot.flow.schema import DONE, NONE, Question, QuestionType
from bot.report import assessment_report

from .answers import answer_to  # relative: the benchmarks are no part of the tests' path

FOLDER = Path(__file__).parent.parent / "stories"

Step = dict[str, Any]


def steps_of(story: str) -> list[Step]:
    """The steps of a story as they are written."""
    steps: list[Step] = yaml.safe_load((FOLDER / f"{story}.yaml").read_text(encoding="utf-8"))["steps"]
    return steps


def single_steps(desk: Desk, story: str) -> list[Step]:
    """A story event by event: ``{"tap": ..., "question": open afterwards, "urgency": of the outcome}``, say, send..."""
    teller = Teller(desk)
    for step in steps_of(story):
        teller.play(step)
    return teller.told


def observed(reply: Reply) -> dict[str, Any]:
    """What a reply shows, by ids."""
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


@dataclass
class Teller:
    """Plays one story.

    `told` holds every event, and what was open or came out after it.
    """

    desk: Desk
    now: datetime = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    state: dict[str, Any] | None = None
    reply: Reply | None = None
    last_question: str = ""
    told: list[Step] = field(default_factory=list)

    def play(self, step: Step) -> Reply | None:
        """Play one step; returns the reply to its last event, None when time passes only."""
        if "wait" in step:
            number, unit = int(step["wait"][:-1]), step["wait"][-1]
            self.now += timedelta(days=number) if unit == "d" else timedelta(hours=number)
            return None
        if "answers" in step:
            self.answer(step["answers"])
        else:
            self.send(next({key: step[key]} for key in ("say", "tap", "send", "follow") if key in step))
        return self.reply

    @property
    def open_question(self) -> str | None:
        """The question that the last event led to."""
        return observed(self.reply)["question"] if self.reply else None

    def answer(self, answers: dict[str, Any]) -> None:
        """Answer the questions as they come, for as long as the open one is among them."""
        while (asked := self.open_question) and (asked in answers or answers.get("others") == "harmless"):
            question = self.desk.flow.questions[asked]
            for option in _taps(question, answer_to(question, answers, self.desk.flow)):
                if self.open_question == asked:
                    self.send({"tap": option})
            assert self.open_question != asked, f"{asked} is still open after {self.told}"

    def send(self, step: Step) -> None:
        """Send one event."""
        self.now += timedelta(seconds=20)
        self.reply = self.desk.answer(self.state, self._event(step), self.now)
        self.state = None if self.reply.forgets else self.reply.state
        seen = observed(self.reply)
        self.last_question = seen["question"] or self.last_question
        self.told.append({**step, **{key: seen[key] for key in ("question", "urgency") if seen[key]}})
        assert 1 <= len(self.reply.messages) <= 5

    def _event(self, step: Step) -> Event:
        id = f"story{len(self.told) + 1:04}"
        if "say" in step:
            return Typed(id, str(step["say"]))
        if "tap" in step:
            assert self.state is not None
            return Chose(id, self.state["id"], self.last_question, str(step["tap"]))
        if "send" in step:
            return Unsupported(id, step["send"])
        return Followed(id, is_unblocked=False)


def _taps(question: Question, answer: Any) -> list[Any]:
    options = answer if isinstance(answer, list) else [answer]
    return [*options, DONE] if question.type is QuestionType.CHECKLIST and answer != NONE else options
