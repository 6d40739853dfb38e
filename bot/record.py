"""What staff pages and statistics keep of an event: who said what, about what, and whether it was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import Desk
from bot.flow.commands import TOPIC
from bot.flow.effects import Effect, Emergency, ExplainTopic, Finish, HandOver, News, Show
from bot.flow.events import Chose, Command, Event, Followed, Typed, Unsupported
from bot.flow.findings import NO, UNKNOWN, YES
from bot.flow.schema import DONE, NONE

_NOT_UNDERSTOOD = ("reprompt_first", "reprompt_second", "reprompt_third", "number_out_of_range")
_LONGEST_KEY = 100
_STAFF = "staff"
"""The command for a person: typed or tapped, it is kept under the same key."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it is kept.

    Args:
        kind: typed, chose, command, followed or unsupported.
        key: the question, command or topic (``guidebook.self_care``) that it was about.
        understood: of typed words; None for anything else.
        said: as the patient saw it.
    """

    kind: str
    key: str | None
    understood: bool | None
    said: str | None


def record(desk: Desk, event: Event, asked: str, effects: Sequence[Effect]) -> Record:
    """What to keep of an event.

    Args:
        asked: id of the question that was open when it came, empty when none was.
        effects: what it led to.
    """
    topic = next((effect.topic for effect in effects if isinstance(effect, ExplainTopic)), None)
    match event:
        case Typed(_, text):
            understood = not any(isinstance(e, Show) and e.message in _NOT_UNDERSTOOD for e in effects)
            about = _STAFF if any(isinstance(effect, HandOver) for effect in effects) else topic or asked
            return Record("typed", _short(about), understood, text)
        case Chose(_, _, question, option):
            return Record("chose", _short(question), None, _chosen(desk, question, option))
        case Command(_, name):
            return Record("command", _short(name.removeprefix(TOPIC)), None, _commanded(desk, name))
        case Followed():
            return Record("followed", None, None, None)
        case Unsupported(_, kind):
            return Record("unsupported", kind, None, None)


def must_be_answered(effects: Sequence[Effect]) -> bool:
    """Whether an answer must reach the patient even while staff talk with them: emergencies, and consent."""
    return any(_must_be_answered(effect) for effect in effects)


def _must_be_answered(effect: Effect) -> bool:
    match effect:
        case Emergency() | News():
            return True
        case Finish(assessment):
            return assessment.urgency == "emergency_now"
        case _:
            return False


def _chosen(desk: Desk, question: str, option: str) -> str:
    """The label of an option; its id when it is one of a former flow."""
    known = desk.flow.questions.get(question)
    if known and option in (*known.options, NONE, DONE, UNKNOWN):
        return desk.renderer.option_label(known, option)
    return desk.library.message(option) if option in (YES, NO) else option


def _commanded(desk: Desk, name: str) -> str:
    words = desk.library.commands.get(name)
    return words.label if words else desk.library.named(name.removeprefix(TOPIC))


def _short(key: str | None) -> str | None:
    return key[:_LONGEST_KEY] if key else None
