"""From facts to an assessment: how urgent, which conditions to explain, which tips to offer. Pure and explainable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.flow.findings import Facts, counted_for_safety
from bot.flow.matching import MatchedCondition, match_conditions
from bot.flow.schema import URGENCIES, Flow, Rule, TipGate, urgency_rank


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that holds, and the finding references that made it hold."""

    id: str
    urgency: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferedTip:
    """A tip that is safe for these answers; `caution` when its caution must be shown with it."""

    id: str
    caution: bool


@dataclass(frozen=True, slots=True)
class WithheldTip:
    """A tip that is not shown.

    Args:
        reasons: finding references, ``urgency.<level>`` or ``unanswered.<finding>``.
        instead: tips offered that take its place.
    """

    id: str
    reasons: tuple[str, ...]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What follows from the facts.

    Args:
        urgency: one of the four levels; the most urgent rule that fired decides.
        rules: fired rules, most urgent first.
        conditions: at most three conditions to explain, best first.
        tips, withheld: every self-care tip is in exactly one of them.
        unanswered: danger findings that are not known.
    """

    urgency: str
    rules: tuple[FiredRule, ...]
    conditions: tuple[MatchedCondition, ...]
    tips: tuple[OfferedTip, ...]
    withheld: tuple[WithheldTip, ...]
    unanswered: tuple[str, ...]


def assess(flow: Flow, facts: Facts, at_least: str = URGENCIES[0]) -> Assessment:
    """Assess what is known.

    Args:
        flow: rules, conditions and gates.
        facts: what is known; unsure counts to the safe side for rules and gates, and as no feature.
        at_least: the mildest level that may come out.
    """
    safe = counted_for_safety(flow.findings, facts)
    fired = tuple(
        sorted(
            (rule for rule in flow.rules if rule.when.holds(safe)),
            key=lambda rule: -urgency_rank(rule.urgency),
        )
    )
    urgency = max((at_least, *(rule.urgency for rule in fired)), key=urgency_rank)
    offered, withheld = _tips(flow, facts, safe, urgency)
    return Assessment(
        urgency=urgency,
        rules=tuple(FiredRule(rule.id, rule.urgency, rule.when.evidence(safe)) for rule in fired),
        conditions=match_conditions(flow, facts, _deciding(fired, urgency)),
        tips=offered,
        withheld=withheld,
        unanswered=tuple(id for id in flow.danger_findings if id not in facts),
    )


def assess_conversation(flow: Flow, facts: Facts, at_least: str = URGENCIES[0]) -> Assessment:
    """Assess a conversation: it never ends in self-care while a danger question is unanswered."""
    assessment = assess(flow, facts, at_least)
    if assessment.unanswered and assessment.urgency == "self_care_watch":
        return assess(flow, facts, at_least="soon_2w")
    return assessment


def _deciding(fired: tuple[Rule, ...], urgency: str) -> tuple[Rule, ...]:
    """At an emergency only the emergency's own conditions are named; otherwise those of every fired rule."""
    if urgency == "emergency_now":
        return tuple(rule for rule in fired if rule.urgency == urgency)
    return fired


def _tips(
    flow: Flow, facts: Facts, safe: Facts, urgency: str
) -> tuple[tuple[OfferedTip, ...], tuple[WithheldTip, ...]]:
    offered: list[OfferedTip] = []
    withheld: list[WithheldTip] = []
    for gate in flow.tips.values():
        reasons = _reasons_to_withhold(gate, facts, safe, urgency)
        if reasons:
            withheld.append(WithheldTip(gate.id, reasons))
        else:
            offered.append(OfferedTip(gate.id, any(guard.holds(safe) for guard in gate.caution_if)))
    names = {tip.id for tip in offered}
    return tuple(offered), tuple(
        replace(tip, instead=tuple(id for id in flow.tips[tip.id].instead if id in names)) for tip in withheld
    )


def _reasons_to_withhold(gate: TipGate, facts: Facts, safe: Facts, urgency: str) -> tuple[str, ...]:
    if urgency_rank(urgency) > urgency_rank(gate.up_to):
        return (f"urgency.{urgency}",)
    reasons: list[str] = []
    for guard in gate.withhold_if:
        if guard.holds(safe):
            reasons.extend(guard.evidence(safe) or sorted(guard.findings()))
    reasons.extend(f"unanswered.{id}" for id in gate.needs if id not in facts)
    return tuple(dict.fromkeys(reasons))
