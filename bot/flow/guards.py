"""Guards: the closed vocabulary of conditions that rules, routes and gates may use.

``{finding: value}`` equals · ``{finding: [a, b]}`` one of / includes any · ``{finding: any}`` anything but none ·
``{finding: {at_least: n, at_most: n}}`` · ``{all: [...]}`` · ``{any: [...]}`` · ``{not: ...}`` ·
``{at_least: n, of: [...]}`` · ``{matches: rule or named guard}`` · ``{urgency_at_least: level}``

A guard about a finding that is not known does not hold. While findings are still open (they may be asked), a guard
can be neither certain nor impossible: `truth` then is None, as in Kleene's logic of three values
(https://plato.stanford.edu/entries/logic-manyvalued/). No expression is ever evaluated as text.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol

from bot.flow.findings import NO, Facts


class Guard(Protocol):
    """A condition on facts."""

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is met."""
        ...

    def evidence(self, facts: Facts) -> tuple[str, ...]:
        """References to the facts that meet the condition; empty when it does not hold or rests on an absence."""
        ...

    def findings(self) -> frozenset[str]:
        """Every finding that the condition looks at."""
        ...

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        """Whether the condition is met whatever the open findings turn out to be; None when they decide it."""
        ...

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:
        """The open findings that may still decide whether the condition is met."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """The finding has one of the values, or includes any of them."""

    finding: str
    values: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        value = facts.get(self.finding)
        if isinstance(value, frozenset):
            return not self.values.isdisjoint(value)
        return value in self.values

    def evidence(self, facts: Facts) -> tuple[str, ...]:
        value = facts.get(self.finding)
        if isinstance(value, frozenset):
            return tuple(f"{self.finding}.{option}" for option in sorted(value & self.values))
        if value not in self.values or value == NO:
            return ()
        return (self.finding,) if value == "yes" else (f"{self.finding}.{value}",)

    def findings(self) -> frozenset[str]:
        return frozenset({self.finding})

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        value = facts.get(self.finding)
        if value in self.values or (isinstance(value, frozenset) and not self.values.isdisjoint(value)):
            return True
        return None if self.finding in open else False

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:
        return self.findings() if self.truth(facts, open) is None else _NOTHING


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies between the bounds, both included."""

    finding: str
    at_least: int
    at_most: int

    def holds(self, facts: Facts) -> bool:
        value = facts.get(self.finding)
        return isinstance(value, int) and self.at_least <= value <= self.at_most

    def evidence(self, facts: Facts) -> tuple[str, ...]:
        return (f"{self.finding}.{facts[self.finding]}",) if self.holds(facts) else ()

    def findings(self) -> frozenset[str]:
        return frozenset({self.finding})

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        return None if self.finding in open else self.holds(facts)

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:  # noqa: ARG002
        return self.findings() & open


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Guard, ...]

    def holds(self, facts: Facts) -> bool:
        for part in self.parts:  # noqa: SIM110 - a loop takes half the time of all(), and rules are most of a step
            if not part.holds(facts):
                return False
        return True

    def evidence(self, facts: Facts) -> tuple[str, ...]:
        return _joined(self.parts, facts) if self.holds(facts) else ()

    def findings(self) -> frozenset[str]:
        return frozenset().union(*(part.findings() for part in self.parts))

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        truth: bool | None = True
        for part in self.parts:
            of_part = part.truth(facts, open)
            if of_part is False:
                return False
            truth = truth and of_part
        return truth

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:
        return _undecided(self, self.parts, facts, open)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least `count` parts hold."""

    parts: tuple[Guard, ...]
    count: int = 1

    def holds(self, facts: Facts) -> bool:
        missing = self.count
        for part in self.parts:
            if part.holds(facts):
                missing -= 1
                if missing == 0:
                    return True
        return False

    def evidence(self, facts: Facts) -> tuple[str, ...]:
        return _joined(self.parts, facts) if self.holds(facts) else ()

    def findings(self) -> frozenset[str]:
        return frozenset().union(*(part.findings() for part in self.parts))

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        missing, undecided = self.count, 0
        for part in self.parts:
            truth = part.truth(facts, open)
            if truth:
                missing -= 1
                if missing == 0:
                    return True
            elif truth is None:
                undecided += 1
        return None if undecided >= missing else False

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:
        return _undecided(self, self.parts, facts, open)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; also when what it looks at is not known."""

    part: Guard

    def holds(self, facts: Facts) -> bool:
        return not self.part.holds(facts)

    def evidence(self, facts: Facts) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def findings(self) -> frozenset[str]:
        return self.part.findings()

    def truth(self, facts: Facts, open: Set[str]) -> bool | None:
        truth = self.part.truth(facts, open)
        return None if truth is None else not truth

    def undecided(self, facts: Facts, open: Set[str]) -> frozenset[str]:
        return self.part.undecided(facts, open)


_NOTHING: frozenset[str] = frozenset()


def _undecided(whole: Guard, parts: tuple[Guard, ...], facts: Facts, open: Set[str]) -> frozenset[str]:
    if whole.truth(facts, open) is not None:
        return _NOTHING
    return _NOTHING.union(*(part.undecided(facts, open) for part in parts))


def _joined(parts: tuple[Guard, ...], facts: Facts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref for part in parts for ref in part.evidence(facts)))
