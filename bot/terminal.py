"""The conversation in a terminal, or through a pipe: one line in, the answer out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

import yaml

from bot.desk import DEFAULT_LANGUAGE, Desk, Reply
from bot.flow import effects as do
from bot.flow.events import Followed, Typed
from bot.line.plain_text import plain_text
from bot.report import assessment_report


@dataclass
class TerminalChat:
    """One patient at a terminal.

    Args:
        desk: the front desk.
        clock: timezone-aware now.
        story: the steps so far, in the form of tests/stories.
    """

    desk: Desk
    clock: Callable[[], datetime]
    story: list[dict[str, Any]] = field(default_factory=list)
    _state: dict[str, Any] | None = None
    _language: str = DEFAULT_LANGUAGE
    _count: int = 0

    def follow(self) -> Reply:
        """Add the account as a friend."""
        reply = self._answer(Followed(self._event_id(), is_unblocked=False))
        self.story.append({"follow": "yes", **_outcome_of(reply)})
        return reply

    def say(self, line: str) -> Reply:
        """Type one line."""
        reply = self._answer(Typed(self._event_id(), line))
        self.story.append({"say": line, **_outcome_of(reply)})
        return reply

    def _answer(self, event: Followed | Typed) -> Reply:
        reply = self.desk.answer(self._state, event, self.clock(), self._language)
        self._language = reply.language
        self._state = None if reply.forgets else reply.state
        return reply

    def _event_id(self) -> str:
        self._count += 1
        return f"terminal{self._count:06}"


def talk(chat: TerminalChat, lines: Iterable[str], out: TextIO, as_json: bool) -> None:
    """Answer every line until there is none left."""
    for line in lines:
        reply = chat.say(line.rstrip("\r\n"))
        for answer in [as_report(chat.desk, line.rstrip("\r\n"), reply)] if as_json else as_text(reply):
            print(answer, file=out, flush=True)


def as_text(reply: Reply) -> Iterator[str]:
    """The answer for a person to read."""
    for message in reply.messages:
        yield plain_text(message)
        yield ""


def as_report(desk: Desk, line: str, reply: Reply) -> str:
    """The answer as one line of JSON.

    Keys: input; question, options (number, id, label) and selected of the open question, null when none is open;
    the keys of ``triage`` when there is an outcome; text and messages as LINE would show them.
    """
    report: dict[str, Any] = {"input": line, "question": None, "options": [], "selected": [], "urgency": None}
    for effect in reply.effects:
        if isinstance(effect, do.Ask):
            question = desk.flow.questions[effect.question]
            renderer = desk.tongue(reply.language).renderer
            labels = [renderer.option_label(question, option) for option in effect.options]
            report["question"] = effect.question
            report["options"] = [
                {"number": i, "id": option, "label": label}
                for i, (option, label) in enumerate(zip(effect.options, labels, strict=True), start=1)
            ]
            report["selected"] = list(effect.selected)
        elif isinstance(effect, do.Finish):
            report.update(assessment_report(effect.assessment))
    report["text"] = "\n\n".join(plain_text(message) for message in reply.messages)
    report["messages"] = reply.messages
    return json.dumps(report, ensure_ascii=False)


def story_yaml(name: str, chat: TerminalChat) -> str:
    """The conversation as a story test."""
    story = {"story": name, "steps": chat.story}
    return str(yaml.safe_dump(story, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100))


def _outcome_of(reply: Reply) -> dict[str, Any]:
    for effect in reply.effects:
        if isinstance(effect, do.Ask):
            return {"question": effect.question}
        if isinstance(effect, do.Finish):
            rules = [rule.id for rule in effect.assessment.rules]
            return {"urgency": effect.assessment.urgency, "rules": rules}
    return {}
