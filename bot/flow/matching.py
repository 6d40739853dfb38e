"""Which conditions to explain: those that a fired rule names, then those whose published features the answers share.

Matching explains and never decides how urgent. No score leaves this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from bot.flow.findings import UNKNOWN, Facts, counted_for_safety, references
from bot.flow.schema import ConditionFeatures, Flow, Rule

MOST_SHOWN = 3
OTHER = "other_or_unspecified"

_FEWEST_SHARED = 2
_STRONG = 3
_SUPPORTING_RATIO = {3: 6.0, 2: 3.0, 1: 1.6}
_ABSENT_RATIO = {3: 0.15, 2: 0.35, 1: 0.65}
NOT_COUNTED = ("age_band", "sex")
"""Age and sex order conditions through the prior; sharing them alone is no common feature."""


@dataclass(frozen=True, slots=True)
class MatchedCondition:
    """A condition to explain.

    Args:
        id: condition id.
        shared: references of the answers that are published features of it.
        rule: id of the rule that names it, None when it is here for its features alone.
    """

    id: str
    shared: tuple[str, ...]
    rule: str | None = None


def match_conditions(flow: Flow, facts: Facts, fired: tuple[Rule, ...]) -> tuple[MatchedCondition, ...]:
    """At most three conditions to explain, best first.

    Args:
        flow: the published features.
        facts: what is known; unsure is no feature.
        fired: rules whose conditions come first, in this order.
    """
    present = frozenset(references(facts))
    named: dict[str, str] = {}
    for rule in fired:
        for condition in rule.conditions:
            named.setdefault(condition, rule.id)
    matched = [MatchedCondition(id, _shared(flow.conditions[id], present), rule) for id, rule in named.items()]
    candidates = [
        condition
        for condition in flow.conditions.values()
        if condition.id not in named and not condition.rule_only and _fits(condition, present)
    ]
    candidates.sort(key=lambda condition: _order(flow, condition, facts, present))
    matched += [MatchedCondition(condition.id, _shared(condition, present)) for condition in candidates]
    matched = _respecting_order(flow, facts, matched)[:MOST_SHOWN]
    return tuple(matched) or (MatchedCondition(OTHER, ()),)


def _shared(condition: ConditionFeatures, present: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        reference
        for reference in condition.supporting
        if reference in present and not reference.startswith(NOT_COUNTED)
    )


def _fits(condition: ConditionFeatures, present: frozenset[str]) -> bool:
    shared = _shared(condition, present)
    for_it = sum(condition.supporting[reference] for reference in shared)
    against = sum(weight for reference, weight in condition.opposing.items() if reference in present)
    enough = len(shared) >= _FEWEST_SHARED or any(condition.supporting[ref] >= _STRONG for ref in shared)
    return enough and for_it > against


def _order(flow: Flow, condition: ConditionFeatures, facts: Facts, present: frozenset[str]) -> tuple[int, float, str]:
    return (-len(_shared(condition, present)), -_weight(flow, condition, facts, present), condition.id)


def _weight(flow: Flow, condition: ConditionFeatures, facts: Facts, present: frozenset[str]) -> float:
    """Logarithm of the joint likelihood ratio; used only to order equals."""
    weight = 0.0
    age = facts.get("age_band")
    if condition.prior and age in flow.age_bands:
        weight += log(max(condition.prior[flow.age_bands.index(str(age))], 0.01))
    for reference in _shared(condition, present):
        weight += log(_SUPPORTING_RATIO[condition.supporting[reference]])
    for reference, strength in condition.opposing.items():
        if reference in present:
            weight -= log(_SUPPORTING_RATIO[strength])
    for reference, strength in condition.opposing_if_absent.items():
        if _is_absent(reference, facts, present):
            weight += log(_ABSENT_RATIO[strength])
    return weight


def _is_absent(reference: str, facts: Facts, present: frozenset[str]) -> bool:
    value = facts.get(reference.partition(".")[0])
    return value is not None and value != UNKNOWN and reference not in present


def _respecting_order(flow: Flow, facts: Facts, matched: list[MatchedCondition]) -> list[MatchedCondition]:
    """Put a condition behind the one that it must never stand above."""
    safe = counted_for_safety(flow.findings, facts)
    for condition in flow.conditions.values():
        ids = [match.id for match in matched]
        other = condition.never_above
        if other is None or condition.id not in ids or other not in ids or condition.never_above_when is None:
            continue
        if ids.index(condition.id) < ids.index(other) and condition.never_above_when.holds(safe):
            moved = matched.pop(ids.index(condition.id))
            matched.insert(matched.index(next(m for m in matched if m.id == other)) + 1, moved)
    return matched
