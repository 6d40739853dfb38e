"""The memo for the doctor: a patient's own answers in the order in which a doctor wants them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.flow.assessment import Assessment, assess_conversation
from bot.flow.conversation import Conversation
from bot.flow.findings import NO, UNKNOWN, YES, Facts, Finding, Value
from bot.flow.replay import replay
from bot.flow.schema import ASSESSMENT, NONE, Flow
from bot.library.clinic import WEEKDAYS
from bot.library.library import Library

MOST_REASONS = 5
"""On the memo. Patients have one or two as a rule; whoever has more has them because the same signs satisfy several."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the patient said.

    Args:
        value: empty when the name says it all.
    """

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What the patient said about one thing that a doctor asks."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it was advised, and the answers behind it."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What was advised.

    Args:
        urgency: one of the four levels.
        at: when it was told.
        reasons: the first rules that decided; without any, what the level says of itself.
        more: number of further rules that decided.
    """

    urgency: str
    at: datetime
    reasons: tuple[Reason, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Memo:
    """The memo in one language. Moments are timezone-aware.

    Args:
        sections: what the patient said, without what is not there or not known; empty ones are left out.
        since: the answers that say since when it hurts and how it began.
        denied_danger, denied: what the patient was asked about and does not have.
        unsure: what the patient could not say.
        not_asked: danger signs that were not asked about.
        leaves_out: whether some answers are missing because their questions have changed.
        began: when the questions began.
        changed: when the last of the answers was given.
        advice: None before the end of the questions.
    """

    sections: tuple[Section, ...]
    since: tuple[str, ...]
    denied_danger: tuple[str, ...]
    denied: tuple[str, ...]
    unsure: tuple[str, ...]
    not_asked: tuple[str, ...]
    leaves_out: bool
    began: datetime
    changed: datetime
    advice: Advice | None


def make_memo(flow: Flow, library: Library, conversation: Conversation) -> Memo | None:
    """The memo of a conversation.

    Args:
        flow: the flow as it is now; answers to questions that have changed since are left out.
        library: of the language in which it is read.

    Returns:
        None while there is nothing that a doctor could want to read.
    """
    finished = conversation.finished
    changed = _last_answer(conversation)
    # What was true when it was said does not leave the memo for being old.
    position = replay(flow, conversation, finished.at if finished else changed)
    facts = position.facts
    in_order = [flow.findings[id] for section in library.memo.sections for id in section.findings]
    if (finished and finished.ending != ASSESSMENT) or not any(finding.id in facts for finding in in_order):
        return None
    denied = [finding for finding in in_order if _is_denied(facts.get(finding.id))]
    said_no = [reference for reference in conversation.denied if reference.partition(".")[0] not in facts]
    return Memo(
        sections=tuple(_sections(flow, library, facts)),
        since=tuple(_said(library, flow.findings[id], facts[id]).value for id in _known(library, facts)),
        denied_danger=(
            *(library.findings[finding.id].label for finding in denied if finding.danger),
            *(library.reads(reference) for reference in said_no),
        ),
        denied=tuple(library.findings[finding.id].label for finding in denied if not finding.danger),
        unsure=tuple(library.findings[finding.id].label for finding in in_order if facts.get(finding.id) == UNKNOWN),
        not_asked=tuple(
            library.findings[finding.id].label
            for finding in in_order
            if finding.danger and finding.id not in facts and finding.id not in said_no
        ),
        leaves_out=bool(position.dropped),
        began=conversation.started_at,
        changed=changed,
        advice=_advice(flow, library, conversation, facts),
    )


def moment_words(library: Library, moment: datetime) -> str:
    """A moment as the memo shows it.

    Args:
        moment: clinic-local.
    """
    values = {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "weekday": library.message(f"day_{WEEKDAYS[moment.weekday()]}"),
        "date": moment.date().isoformat(),
        "time": f"{moment:%H:%M}",
    }
    return filled(library.memo.moment, **values)


def filled(text: str, **values: object) -> str:
    """Words of the memo with their placeholders filled."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _last_answer(conversation: Conversation) -> datetime:
    moments = [answer.answered_at for answer in conversation.answers.values()]
    if conversation.volunteered_at:
        moments.append(conversation.volunteered_at)
    return max(moments, default=conversation.started_at)


def _sections(flow: Flow, library: Library, facts: Facts) -> Iterator[Section]:
    for section in library.memo.sections:
        known = [id for id in section.findings if id in facts and not _is_open(facts[id])]
        if known:
            yield Section(section.title, tuple(_said(library, flow.findings[id], facts[id]) for id in known))


def _known(library: Library, facts: Facts) -> Iterable[str]:
    return (id for id in library.memo.timeline.findings if id in facts and not _is_open(facts[id]))


def _said(library: Library, finding: Finding, value: Value) -> Line:
    words = library.findings[finding.id]
    if value == YES:
        return Line(words.label)
    if isinstance(value, int):
        bounds = {"minimum": finding.minimum, "maximum": finding.maximum}
        return Line(words.label, filled(library.memo.number, value=value, **bounds))
    chosen = [value] if isinstance(value, str) else [option for option in finding.options if option in value]
    return Line(words.label, library.listed(words.options[option].label for option in chosen))


def _is_open(value: Value) -> bool:
    """Whether a finding is not there, or not known."""
    return value == UNKNOWN or _is_denied(value)


def _is_denied(value: Value | None) -> bool:
    return value in (NO, NONE, frozenset())


def _advice(flow: Flow, library: Library, conversation: Conversation, facts: Facts) -> Advice | None:
    finished = conversation.finished
    if finished is None or finished.urgency is None:
        return None
    assessment = assess_conversation(flow, facts, finished.urgency)
    reasons = tuple(_reasons(library, assessment))
    return Advice(assessment.urgency, finished.at, reasons[:MOST_REASONS], len(reasons[MOST_REASONS:]))


def _reasons(library: Library, assessment: Assessment) -> Iterator[Reason]:
    deciding = [rule for rule in assessment.rules if rule.urgency == assessment.urgency]
    for rule in deciding:
        yield Reason(library.rules[rule.id], tuple(library.reads(reference) for reference in rule.evidence))
    if not deciding:
        yield Reason(library.outcomes[assessment.urgency].headline, ())
