"""What the engine wants to happen, as data. Turned into LINE messages by `bot.line.rendering`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.flow.assessment import Assessment
from bot.flow.conversation import AnswerValue, Conversation, Pending

Wording = Literal["normal", "simpler"]


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a question.

    Args:
        question: question id.
        options: what can be chosen, in the order shown and numbered; includes none, unknown and done.
        selected: options of a checklist chosen so far.
        remaining: about how many questions follow this one.
        wording: simpler after a second failure.
        previous: the answer that was given before going back.
    """

    question: str
    options: tuple[str, ...]
    selected: tuple[str, ...] = ()
    remaining: int = 0
    wording: Wording = "normal"
    previous: AnswerValue | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Ask the yes/no question that is pending."""

    pending: Pending
    old: AnswerValue | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Show a message of the content store; `values` fill its placeholders."""

    message: str
    values: Mapping[str, str | int | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExplainQuestion:
    """Say why a question is asked."""

    question: str


@dataclass(frozen=True, slots=True)
class ExplainTopic:
    """Explain a topic of the content store, such as ``condition.bakers_cyst``.

    Args:
        withheld: the topic is a self-care tip that these answers do not allow, or do not allow yet.
        hidden: all such tips; lists and related entries leave them out.
        urgency: level of the outcome that the patient has got, None before the end.
    """

    topic: str
    withheld: bool = False
    hidden: frozenset[str] = frozenset()
    urgency: str | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """Show the way to emergency help, whatever the state of the conversation."""

    message: str


@dataclass(frozen=True, slots=True)
class Tag:
    """The tags that the answers set, before the `Finish` of an outcome that is new; earlier ones no longer hold.

    A `Finish` without it repeats an outcome.
    """

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Show the outcome."""

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class ExplainOutcome:
    """Say which answers and rules led to the outcome."""

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Memo:
    """Sum up what the patient said in this conversation, for the doctor to read."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class HandOver:
    """The patient asked for a person."""


@dataclass(frozen=True, slots=True)
class News:
    """The patient agrees to messages from the clinic, or asks not to get them any more."""

    agreed: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The patient wants to be asked how it went, or does not any more.

    Args:
        after_days: after the outcome; 0 when not.
    """

    agreed: bool
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class AskFollowUp:
    """Ask how it went. Comes from no step: the day has come."""


@dataclass(frozen=True, slots=True)
class FindClinics:
    """Show the clinics nearest to a place.

    Args:
        where: id of a place of the content store, or latitude and longitude in degrees.
        urgency: level of the outcome that the patient has got, None before the end.
    """

    where: str | tuple[float, float]
    urgency: str | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """From here on the patient is spoken to in this language.

    Args:
        language: folder of content/, such as ``en``; one that is not offered changes nothing.
    """

    language: str


@dataclass(frozen=True, slots=True)
class TellInLanguage:
    """Say where help is, in a language that no conversation is offered in.

    Args:
        language: of other_languages.yaml.
        is_emergency: what to do now; otherwise how to reach the clinic.
    """

    language: str
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete everything that is kept about this patient, now."""


Effect = (
    Ask
    | Tag
    | Confirm
    | Show
    | ExplainQuestion
    | ExplainTopic
    | Emergency
    | Finish
    | ExplainOutcome
    | Memo
    | HandOver
    | News
    | FindClinics
    | FollowUp
    | AskFollowUp
    | Speak
    | TellInLanguage
    | Forget
)
