"""A loaded flow: frozen values, checked at load, shared by every conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.flow.findings import Finding
from bot.flow.guards import Guard

DONE = "done"
NONE = "none"

URGENCIES = ("self_care_watch", "soon_2w", "same_day", "emergency_now")
"""The four levels, mildest first."""

ASSESSMENT = "assessment"
"""The ending at which the rules decide how urgent it is."""


def urgency_rank(urgency: str) -> int:
    """Position of a level on the scale, 0 for the mildest."""
    return URGENCIES.index(urgency)


class QuestionType(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    CHECKLIST = "checklist"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Edge:
    """One line of a `next`: where to go when `when` holds (always, when it is None)."""

    to: str
    when: Guard | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        id: id as in the flow file.
        type: how it is answered.
        asks: findings that it settles; empty when it has options of its own.
        options: ids a patient can choose: option ids, ``yes``/``no``, or finding ids for a list of bool findings.
        unsure: findings that an unsure answer leaves unknown; empty when it is not offered.
        ask_when: passed over when this does not hold.
        valid_for: how long an answer stays true.
        next: routes, in order; the last has no condition. From a question of a pool it leads back to the pool.
        kept_on_restart: the answer outlives a restart.
        has_own_options: settles no finding of the vocabulary, such as the consent.
        fingerprint: changes when type, options or meaning change; not when the wording does.
    """

    id: str
    type: QuestionType
    asks: tuple[Finding, ...]
    options: tuple[str, ...]
    unsure: tuple[str, ...]
    ask_when: Guard | None
    valid_for: timedelta | None
    next: tuple[Edge, ...]
    kept_on_restart: bool
    fingerprint: str
    has_own_options: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """Questions of which the next one is chosen by what is known already; see `bot.flow.asking`.

    Args:
        questions: ids, in the order in which equals are asked.
        then: question or ending that follows when nothing that is left can change the outcome.
        least_information: bits about the conditions that a question must promise to be asked for their sake alone.
    """

    id: str
    questions: tuple[str, ...]
    then: str
    least_information: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A red-flag rule: how urgent, and which conditions it puts first when explanations are shown."""

    id: str
    urgency: str
    when: Guard
    conditions: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionFeatures:
    """Which findings are published features of a condition, by reference, with weights 1 to 3.

    Args:
        urgency: how soon it is seen when it is there; decides no outcome.
    """

    id: str
    urgency: str
    rule_only: bool
    prior: tuple[float, ...]
    supporting: Mapping[str, int]
    opposing: Mapping[str, int]
    opposing_if_absent: Mapping[str, int]
    never_above: str | None
    never_above_when: Guard | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TipGate:
    """When a self-care tip is withheld."""

    id: str
    up_to: str
    withhold_if: tuple[Guard, ...]
    caution_if: tuple[Guard, ...]
    needs: tuple[str, ...]
    instead: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """A guidebook so many days after the outcome."""

    after_days: int
    guidebook: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """What follows an outcome of some levels, day by day."""

    outcomes: tuple[str, ...]
    steps: tuple[SequenceStep, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything that decides what is asked and what follows."""

    id: str
    version: int
    start: str
    expires_after: timedelta
    endings: tuple[str, ...]
    findings: Mapping[str, Finding]
    questions: Mapping[str, Question]
    rules: tuple[Rule, ...]
    conditions: Mapping[str, ConditionFeatures]
    age_bands: tuple[str, ...]
    tips: Mapping[str, TipGate]
    pools: Mapping[str, Pool] = field(default_factory=dict)
    tags: Mapping[str, Guard] = field(default_factory=dict)
    sequences: Mapping[str, Sequence] = field(default_factory=dict)
    emergency_rules_by_finding: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    @property
    def danger_findings(self) -> tuple[str, ...]:
        """Findings without which no conversation ends in self-care."""
        return tuple(finding.id for finding in self.findings.values() if finding.danger)
