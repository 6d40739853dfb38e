"""What staff pages and statistics keep of an event: who said what, about what, and whether it was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import Tongue
from bot.flow.commands import LANGUAGE, TOPIC
from bot.flow.effects import Effect, Emergency, ExplainTopic, Finish, HandOver, Memo, News, Show
from bot.flow.events import Chose, Command, Event, Followed, Located, Typed, Unsupported
from bot.flow.findings import NO, UNKNOWN, YES
from bot.flow.schema import DONE, NONE, Flow

_NOT_UNDERSTOOD = ("reprompt_first", "reprompt_second", "reprompt_third", "number_out_of_range")
_LONGEST_KEY = 100
_STAFF, _MEMO = "staff", "memo"
"""The commands for a person and for the memo: typed or tapped, they are kept under the same keys."""


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


def record(flow: Flow, tongue: Tongue, event: Event, asked: str, effects: Sequence[Effect]) -> Record:
    """What to keep of an event.

    Args:
        tongue: that the patient is spoken to.
        asked: id of the question that was open when it came, empty when none was.
        effects: what it led to.
    """
    topic = next((effect.topic for effect in effects if isinstance(effect, ExplainTopic)), None)
    match event:
        case Typed(_, text):
            understood = not any(isinstance(e, Show) and e.message in _NOT_UNDERSTOOD for e in effects)
            return Record("typed", _short(_command_of(effects) or topic or asked), understood, text)
        case Chose(_, _, question, option):
            return Record("chose", _short(question), None, _chosen(flow, tongue, question, option))
        case Command(_, name):
            return Record("command", _short(name.removeprefix(TOPIC)), None, _commanded(tongue, name))
        case Followed():
            return Record("followed", None, None, None)
        case Located():
            # Where somebody is, nobody needs to read later.
            return Record("located", None, None, None)
        case Unsupported(_, kind):
            return Record("unsupported", kind, None, None)


def must_be_answered(effects: Sequence[Effect]) -> bool:
    """Whether an answer must reach the patient even while staff talk with them: emergencies, and consent."""
    return any(_must_be_answered(effect) for effect in effects)


def _command_of(effects: Sequence[Effect]) -> str | None:
    """The command that typed words were read as, of those that are kept as such."""
    kept = {HandOver: _STAFF, Memo: _MEMO}
    return next((kept[type(effect)] for effect in effects if type(effect) in kept), None)


def _must_be_answered(effect: Effect) -> bool:
    match effect:
        case Emergency() | News():
            return True
        case Finish(assessment):
            return assessment.urgency == "emergency_now"
        case _:
            return False


def _chosen(flow: Flow, tongue: Tongue, question: str, option: str) -> str:
    """The label of an option; its id when it is one of a former flow."""
    known = flow.questions.get(question)
    if known and option in (*known.options, NONE, DONE, UNKNOWN):
        return tongue.renderer.option_label(known, option)
    return tongue.library.message(option) if option in (YES, NO) else option


def _commanded(tongue: Tongue, name: str) -> str:
    language = name.removeprefix(LANGUAGE)
    if language in tongue.renderer.languages:
        return tongue.renderer.languages[language]
    words = tongue.library.commands.get(name)
    return words.label if words else tongue.library.named(name.removeprefix(TOPIC))


def _short(key: str | None) -> str | None:
    return key[:_LONGEST_KEY] if key else None
