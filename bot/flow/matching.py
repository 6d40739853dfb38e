"""Which conditions to explain: those that a fired rule names, then those whose published features the answers share.

Matching explains and never decides how urgent. No score leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from bot.flow.findings import UNKNOWN, Facts, counted_for_safety, references
from bot.flow.schema import ConditionFeatures, Flow, Rule, urgency_rank

MOST_SHOWN = 3
OTHER = "other_or_unspecified"

_FEWEST_SHARED = 2
_STRONG = 3
_SUPPORTING_RATIO = {3: 6.0, 2: 3.0, 1: 1.6}
_ABSENT_RATIO = {3: 0.15, 2: 0.35, 1: 0.65}
_BY_CHANCE = 0.1
"""How often a finding is there that is no feature of a condition: an estimate, only to choose the next question."""
_LEAST_SHARE = 0.02
_MUCH = 0.1
_LOG_SUPPORTING = {weight: log(ratio) for weight, ratio in _SUPPORTING_RATIO.items()}
_LOG_ABSENT = {weight: log(ratio) for weight, ratio in _ABSENT_RATIO.items()}


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
        fired: rules whose conditions come first, most urgent first; those of one level in the order in which they fit.
            Where a rule holds only because an unsure answer counts to the safe side, its conditions come last.
    """
    present = frozenset(references(facts))
    certain = certain_rules(fired, facts)
    named = _named(certain)

    def by_level_and_fit(id: str) -> tuple[int, int, float, str]:
        return (-urgency_rank(named[id].urgency), *_order(flow, flow.conditions[id], facts, present))

    matched = [
        MatchedCondition(id, _shared(flow.conditions[id], present), named[id].id)
        for id in sorted(named, key=by_level_and_fit)
    ]
    candidates = [
        condition
        for condition in flow.conditions.values()
        if condition.id not in named and not condition.rule_only and _fits(condition, present)
    ]
    candidates.sort(key=lambda condition: _order(flow, condition, facts, present))
    matched += [MatchedCondition(condition.id, _shared(condition, present)) for condition in candidates]
    matched += [
        MatchedCondition(id, _shared(flow.conditions[id], present), rule.id)
        for id, rule in _named(fired).items()
        if id not in {match.id for match in matched}
    ]
    matched = _respecting_order(flow, facts, matched)[:MOST_SHOWN]
    if not matched or (len(matched) < MOST_SHOWN and _may_be_something_else(flow, facts)):
        matched.append(MatchedCondition(OTHER, ()))
    return tuple(matched)


def _may_be_something_else(flow: Flow, facts: Facts) -> bool:
    """Whether what is known leaves much room for none of the conditions that are told apart."""
    return any(condition.id == OTHER and share >= _MUCH for condition, share in likely_conditions(flow, facts))


def certain_rules(fired: Iterable[Rule], facts: Facts) -> tuple[Rule, ...]:
    """The rules that hold by what is known, without an unsure answer that only counted to the safe side."""
    known = {id: value for id, value in facts.items() if value != UNKNOWN}
    return tuple(rule for rule in fired if rule.when.holds(known))


def _named(rules: Iterable[Rule]) -> dict[str, Rule]:
    named: dict[str, Rule] = {}
    for rule in rules:
        for condition in rule.conditions:
            named.setdefault(condition, rule)
    return named


def likely_conditions(flow: Flow, facts: Facts) -> tuple[tuple[ConditionFeatures, float], ...]:
    """The conditions worth telling apart with what is known, each with its share of the whole.

    The shares serve to choose the next question. They are never shown and decide no outcome.
    """
    present = frozenset(references(facts))
    weighed = [(c, exp(_weight(flow, c, facts, present))) for c in flow.conditions.values() if not c.rule_only]
    total = sum(weight for _, weight in weighed)
    worth = [(condition, weight) for condition, weight in weighed if weight >= _LEAST_SHARE * total]
    total = sum(weight for _, weight in worth)
    return tuple((condition, weight / total) for condition, weight in worth)


def likelihood(condition: ConditionFeatures, reference: str) -> float:
    """How likely a finding is there in somebody who has the condition, by the weights of conditions.yaml."""
    if reference in condition.supporting:
        likely = _BY_CHANCE * _SUPPORTING_RATIO[condition.supporting[reference]]
    elif reference in condition.opposing:
        likely = _BY_CHANCE / _SUPPORTING_RATIO[condition.opposing[reference]]
    else:
        likely = _BY_CHANCE
    if reference in condition.opposing_if_absent:
        likely = max(likely, 1 - _ABSENT_RATIO[condition.opposing_if_absent[reference]] * (1 - _BY_CHANCE))
    return likely


def _shared(condition: ConditionFeatures, present: frozenset[str]) -> tuple[str, ...]:
    return tuple(reference for reference in condition.countable if reference in present)


def _fits(condition: ConditionFeatures, present: frozenset[str]) -> bool:
    weights = [weight for reference, weight in condition.countable.items() if reference in present]
    if len(weights) < _FEWEST_SHARED and max(weights, default=0) < _STRONG:
        return False
    return sum(weights) > sum(weight for reference, weight in condition.opposing.items() if reference in present)


def _order(flow: Flow, condition: ConditionFeatures, facts: Facts, present: frozenset[str]) -> tuple[int, float, str]:
    return (-len(_shared(condition, present)), -_weight(flow, condition, facts, present), condition.id)


def _weight(flow: Flow, condition: ConditionFeatures, facts: Facts, present: frozenset[str]) -> float:
    """Logarithm of the joint likelihood ratio; used only to order equals."""
    weight = 0.0
    age = facts.get("age_band")
    if condition.prior and age in flow.age_bands:
        weight += log(max(condition.prior[flow.age_bands.index(str(age))], 0.01))
    for reference, strength in condition.countable.items():
        if reference in present:
            weight += _LOG_SUPPORTING[strength]
    for reference, strength in condition.opposing.items():
        if reference in present:
            weight -= _LOG_SUPPORTING[strength]
    for finding, reference, strength in condition.expected:
        if reference not in present and facts.get(finding, UNKNOWN) != UNKNOWN:
            weight += _LOG_ABSENT[strength]
    return weight


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
