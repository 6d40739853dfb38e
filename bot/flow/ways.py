"""The ways in which a guard can come to hold: the smallest sets of findings that it needs, each with its exceptions.

But for `not`, guards only ask for more: whoever has a smallest set has the rule, whatever else there is. What a guard
says with `not` is an exception, and so is anything that holds while nothing is known: ``{any: [{not: {onset: gradual}},
{numbness_leg: "yes"}]}`` needs nothing, except that it does not hold for a gradual onset without numbness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import combinations, product

from bot.flow.findings import Facts, FindingType, Value
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
from bot.flow.schema import Flow


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a guard comes to hold.

    Args:
        needs: guards about one value of one finding; all of them hold.
        exceptions: guards of which none may hold.
    """

    needs: tuple[Guard, ...] = ()
    exceptions: tuple[Guard, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether somebody comes this way."""
        return all(need.holds(facts) for need in self.needs) and not any(e.holds(facts) for e in self.exceptions)

    def is_within(self, other: Way) -> bool:
        """Whether everybody who comes the other way comes this way too."""
        return set(self.needs) <= set(other.needs) and set(self.exceptions) <= set(other.exceptions)


def ways_to(flow: Flow, guard: Guard) -> tuple[Way, ...]:
    """Every way in which a guard comes to hold that is not a longer form of another one, in the guard's own order."""
    ways: list[Way] = []
    for way in (_possible(flow, way) for way in _ways(flow, guard)):
        if way is not None and not any(other.is_within(way) for other in ways):
            ways = [*(other for other in ways if not way.is_within(other)), way]
    return tuple(ways)


def facts_of(flow: Flow, needs: Iterable[Guard]) -> dict[str, Value] | None:
    """The findings of somebody who has just what is needed; None when nobody can have it.

    Args:
        flow: the vocabulary.
        needs: guards about one value of one finding.
    """
    facts: dict[str, Value] = {}
    for need in needs:
        match need:
            case OneOf(finding, values) if flow.findings[finding].type is FindingType.MULTI:
                before = facts.get(finding, frozenset())
                facts[finding] = values | before if isinstance(before, frozenset) else values
            case OneOf(finding, values):
                (value,) = values
                if facts.setdefault(finding, value) != value:
                    return None
            case Between(finding, at_least, _):
                number = facts.get(finding, at_least)
                facts[finding] = max(at_least, number) if isinstance(number, int) else at_least
    return facts if all(need.holds(facts) for need in needs) else None


def negated(guard: Guard) -> Guard:
    """The guard that holds exactly when this one does not, with `not` as far inside as it can be."""
    match guard:
        case Not(part):
            return part
        case AllOf(parts):
            return AnyOf(tuple(negated(part) for part in parts))
        case AnyOf(parts, count):
            # When fewer than `count` parts hold, all the others do not.
            failing = len(parts) - count + 1
            opposite = tuple(negated(part) for part in parts)
            return AllOf(opposite) if failing == len(parts) else AnyOf(opposite, failing)
        case _:
            return Not(guard)


def _ways(flow: Flow, guard: Guard) -> Iterator[Way]:
    if guard.holds({}):
        yield Way((), tuple(_alternatives(negated(guard))))
        return
    match guard:
        case OneOf(finding, values):
            options = flow.findings[finding].options or sorted(values)
            yield from (Way((OneOf(finding, frozenset({value})),)) for value in options if value in values)
        case Between():
            yield Way((guard,))
        case AllOf(parts):
            for chosen in product(*(tuple(_ways(flow, part)) for part in parts)):
                yield _joined(chosen)
        case AnyOf(parts, count):
            for some in combinations(parts, count):
                yield from _ways(flow, AllOf(some))
        case Not(part):
            yield from _ways(flow, negated(part))


def _joined(ways: Iterable[Way]) -> Way:
    ways = tuple(ways)
    needs = dict.fromkeys(need for way in ways for need in way.needs)
    exceptions = dict.fromkeys(exception for way in ways for exception in way.exceptions)
    return Way(tuple(needs), tuple(exceptions))


def _alternatives(guard: Guard) -> Iterator[Guard]:
    """What is said with `or`, one by one; what is said with `and`, without brackets in it."""
    match guard:
        case AnyOf(parts, 1):
            for part in parts:
                yield from _alternatives(part)
        case AllOf():
            yield AllOf(tuple(_conjuncts(guard)))
        case _:
            yield guard


def _conjuncts(guard: Guard) -> Iterator[Guard]:
    if isinstance(guard, AllOf):
        for part in guard.parts:
            yield from _conjuncts(part)
    else:
        yield guard


def _possible(flow: Flow, way: Way) -> Way | None:
    """The way without exceptions that cannot come about on it; None when nobody can come this way."""
    facts = facts_of(flow, way.needs)
    if facts is None:
        return None
    open = open_besides(flow, facts)
    truths = [(exception, exception.truth(facts, open)) for exception in way.exceptions]
    if any(truth is True for _, truth in truths):
        return None
    return Way(way.needs, tuple(_shortened(exception, facts, open) for exception, truth in truths if truth is None))


def open_besides(flow: Flow, facts: Facts) -> frozenset[str]:
    """Findings that may be otherwise in somebody who has these: a list may hold more, a number be higher."""
    settled = (FindingType.BOOL, FindingType.SINGLE)
    return frozenset(id for id, finding in flow.findings.items() if id not in facts or finding.type not in settled)


def _shortened(exception: Guard, facts: Facts, open: Set[str]) -> Guard:
    """An exception without those of its parts that hold on this way in any case."""
    if not isinstance(exception, AllOf):
        return exception
    parts = tuple(part for part in exception.parts if part.truth(facts, open) is None)
    return parts[0] if len(parts) == 1 else AllOf(parts)
