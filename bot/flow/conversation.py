"""What is kept of one conversation: answers keyed by question, never a position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from bot.flow.findings import NO, UNKNOWN, YES, Facts, Finding, FindingType, Value

AnswerValue = str | int | tuple[str, ...]
"""choice: an option or unknown; checklist: the chosen options (empty: none of them) or unknown; number."""

ABSENT = ":-"
"""Behind a reference: the patient said that it is not there."""

FORMAT = 1
"""Version of the stored form; older ones are converted in `from_data`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Args:
        value: what was answered.
        answered_at: when, timezone-aware.
        fingerprint: of the question as it was asked; another one means that it must be asked again.
    """

    value: AnswerValue
    answered_at: datetime
    fingerprint: str


PendingKind = Literal["danger", "change", "resume"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A yes/no question that stands before the current one.

    Args:
        kind: danger: is this finding present now? change: replace an earlier answer? resume: go on after days?
        subject: finding reference for danger, question id for change.
        option: the new option for change.
    """

    kind: PendingKind
    subject: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a conversation ended."""

    ending: str
    urgency: str | None
    at: datetime
    flow_version: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of one patient.

    Args:
        id: id of the event that began it; buttons carry it.
        answers: question id to answer.
        volunteered: finding references that words brought up, in the order of the messages; with `ABSENT` behind those
            that words denied.
        volunteered_at: when the last of them came up.
        last_said: those of them that the last such message brought up; they can be taken back.
        denied: finding references that the patient was asked about and denied; not asked about again.
        selected: options tapped so far in the open checklist.
        asking: the question that was last asked: typed words answer it and no other.
        failed_attempts: answers to the current question that were not understood, in a row.
    """

    id: str
    flow: str
    flow_version: int
    started_at: datetime
    updated_at: datetime
    language: str = "ja"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    volunteered: tuple[str, ...] = ()
    volunteered_at: datetime | None = None
    last_said: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()
    asking: str = ""
    failed_attempts: int = 0
    pending: Pending | None = None
    finished: Finished | None = None
    stopped: bool = False
    greeted: bool = False

    def with_answer(self, question: str, answer: Answer) -> Conversation:
        """The conversation with one answer more, or another one."""
        return self._moved({**self.answers, question: answer})

    def without_answer(self, question: str) -> Conversation:
        """The conversation with one answer fewer."""
        return self._moved({id: answer for id, answer in self.answers.items() if id != question})

    def _moved(self, answers: Mapping[str, Answer]) -> Conversation:
        return replace(self, answers=answers, selected=(), failed_attempts=0, pending=None, finished=None)


def volunteered_facts(findings: Mapping[str, Finding], references: Iterable[str]) -> dict[str, Value]:
    """Finding references as facts; of a finding with one value the last counts.

    Args:
        findings: the vocabulary of the flow.
        references: as in `Conversation.volunteered`; what the vocabulary no longer has is passed over.
    """
    facts: dict[str, Value] = {}
    for reference in references:
        id, _, option = reference.removesuffix(ABSENT).partition(".")
        finding = findings.get(id)
        if finding is None:
            continue
        value = _fact(finding, option, reference.endswith(ABSENT), facts.get(id))
        if finding.accepts(value):
            facts[id] = value
    return facts


def _fact(finding: Finding, option: str, is_absent: bool, before: Value | None) -> Value:
    match finding.type:
        case FindingType.BOOL:
            return NO if is_absent else YES
        case FindingType.SINGLE:
            return option
        case FindingType.NUMBER:
            return int(option) if option.isdigit() else UNKNOWN
        case FindingType.MULTI:
            return frozenset({option}) | (before if isinstance(before, frozenset) else frozenset())


def merged(settled: Facts, known: Facts) -> dict[str, Value]:
    """`settled` added to `known`: what is known stays, lists of one finding are joined."""
    facts = dict(known)
    for id, value in settled.items():
        facts[id] = joined(value, known.get(id))
    return facts


def joined(value: Value, before: Value | None) -> Value:
    """What is known of a finding when `value` is added to what was known of it `before`."""
    if before is None:
        return value
    if isinstance(before, frozenset) and isinstance(value, frozenset):
        return before | value
    return before


def to_data(conversation: Conversation) -> dict[str, Any]:
    """The conversation as plain JSON data."""
    return {
        "format": FORMAT,
        "id": conversation.id,
        "flow": conversation.flow,
        "flow_version": conversation.flow_version,
        "started_at": conversation.started_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "language": conversation.language,
        "answers": {
            id: [answer.value, answer.answered_at.isoformat(), answer.fingerprint]
            for id, answer in conversation.answers.items()
        },
        "volunteered": conversation.volunteered,
        "volunteered_at": conversation.volunteered_at and conversation.volunteered_at.isoformat(),
        "last_said": conversation.last_said,
        "denied": conversation.denied,
        "selected": conversation.selected,
        "asking": conversation.asking,
        "failed_attempts": conversation.failed_attempts,
        "pending": conversation.pending
        and [conversation.pending.kind, conversation.pending.subject, conversation.pending.option],
        "finished": conversation.finished
        and [
            conversation.finished.ending,
            conversation.finished.urgency,
            conversation.finished.at.isoformat(),
            conversation.finished.flow_version,
        ],
        "stopped": conversation.stopped,
        "greeted": conversation.greeted,
    }


def from_data(data: Mapping[str, Any]) -> Conversation:
    """The conversation that `to_data` made."""
    pending, finished = data["pending"], data["finished"]
    return Conversation(
        id=data["id"],
        flow=data["flow"],
        flow_version=data["flow_version"],
        started_at=datetime.fromisoformat(data["started_at"]),
        updated_at=datetime.fromisoformat(data["updated_at"]),
        language=data["language"],
        answers={
            id: Answer(tuple(value) if isinstance(value, list) else value, datetime.fromisoformat(at), fingerprint)
            for id, (value, at, fingerprint) in data["answers"].items()
        },
        volunteered=tuple(data["volunteered"]),
        volunteered_at=datetime.fromisoformat(data["volunteered_at"]) if data["volunteered_at"] else None,
        last_said=tuple(data.get("last_said", ())),
        denied=tuple(data["denied"]),
        selected=tuple(data["selected"]),
        asking=data["asking"],
        failed_attempts=data["failed_attempts"],
        pending=Pending(*pending) if pending else None,
        finished=Finished(finished[0], finished[1], datetime.fromisoformat(finished[2]), finished[3])
        if finished
        else None,
        stopped=data["stopped"],
        greeted=data["greeted"],
    )
