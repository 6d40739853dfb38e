"""A loaded flow: frozen values, checked at load, shared by every conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

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


@dataclass(frozen=True)
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

    @cached_property
    def finding_ids(self) -> frozenset[str]:
        """Ids of the findings that it settles."""
        return frozenset(finding.id for finding in self.asks)


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


@dataclass(frozen=True)
class Rule:
    """A red-flag rule: how urgent, and which conditions it puts first when explanations are shown."""

    id: str
    urgency: str
    when: Guard
    conditions: tuple[str, ...]
    sources: tuple[str, ...]

    @cached_property
    def findings(self) -> frozenset[str]:
        """Every finding that it looks at."""
        return self.when.findings()


NOT_COUNTED = ("age_band", "sex")
"""Age and sex order conditions through the prior; sharing them alone is no common feature."""


@dataclass(frozen=True)
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

    @cached_property
    def countable(self) -> Mapping[str, int]:
        """The supporting features that count when they are shared."""
        return {ref: weight for ref, weight in self.supporting.items() if not ref.startswith(NOT_COUNTED)}

    @cached_property
    def expected(self) -> tuple[tuple[str, str, int], ...]:
        """The features that speak against it when they are absent: finding, reference and weight."""
        return tuple((ref.partition(".")[0], ref, weight) for ref, weight in self.opposing_if_absent.items())


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


@dataclass(frozen=True)
class Flow:
    """Everything that decides what is asked and what follows. What is worked out from it is worked out once."""

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
    follow_ups: Mapping[str, int] = field(default_factory=dict)
    intents: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def danger_findings(self) -> tuple[str, ...]:
        """Findings without which no conversation ends in self-care."""
        return tuple(finding.id for finding in self.findings.values() if finding.danger)

    @cached_property
    def rules_of_level(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules of every level, in order."""
        return {level: tuple(rule for rule in self.rules if rule.urgency == level) for level in URGENCIES}

    @cached_property
    def emergency_rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """Of every finding the emergency rules that look at it."""
        rules = self.rules_of_level["emergency_now"]
        return {id: tuple(rule for rule in rules if id in rule.findings) for id in self.findings}
