"""What holds for every patient, whatever is known about them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.desk import Desk
from bot.flow.assessment import assess
from bot.flow.findings import NO, UNKNOWN, YES, Finding, FindingType, Value
from bot.flow.schema import URGENCIES, urgency_rank
from support.strategies import some_facts

EXPLAINS_ITSELF = {"recent_overuse", "pain_trigger"}
"""Effort explains a pain, so that naming it may make a young patient's pain less urgent (rule S8)."""


def absent(finding: Finding) -> Value:
    """The value of a finding that is not there."""
    return NO if finding.type is FindingType.BOOL else frozenset()


def drawn_finding(desk: Desk, data: st.DataObject, danger: bool = False) -> Finding:
    """A yes/no or list finding."""
    kinds = (FindingType.BOOL, FindingType.MULTI)
    findings = [f for f in desk.flow.findings.values() if f.type in kinds and f.id not in EXPLAINS_ITSELF]
    return data.draw(st.sampled_from([finding for finding in findings if finding.danger or not danger]))


def with_one_more(finding: Finding, facts: dict[str, Value], data: st.DataObject) -> dict[str, Value]:
    """The same facts, with a finding present, or one option of it more."""
    if finding.type is FindingType.BOOL:
        return {**facts, finding.id: YES}
    before = facts.get(finding.id, frozenset())
    assert isinstance(before, frozenset)
    return {**facts, finding.id: before | {data.draw(st.sampled_from(finding.options))}}


@given(st.data())
def test_a_danger_sign_more_never_lowers_the_urgency(desk: Desk, data: st.DataObject) -> None:
    facts, finding = data.draw(some_facts(desk.flow)), drawn_finding(desk, data, danger=True)
    facts = {id: value for id, value in facts.items() if id != finding.id or value != UNKNOWN}
    more = with_one_more(finding, facts, data)
    assert urgency_rank(assess(desk.flow, more).urgency) >= urgency_rank(assess(desk.flow, facts).urgency)


@given(st.data())
def test_nor_does_any_other_finding_more_and_it_brings_no_tip(desk: Desk, data: st.DataObject) -> None:
    facts, finding = data.draw(some_facts(desk.flow)), drawn_finding(desk, data)
    facts = {**facts, finding.id: facts.get(finding.id, absent(finding))}
    if facts[finding.id] == UNKNOWN:
        facts[finding.id] = absent(finding)
    before, after = assess(desk.flow, facts), assess(desk.flow, with_one_more(finding, facts, data))
    assert urgency_rank(after.urgency) >= urgency_rank(before.urgency)
    assert {tip.id for tip in after.tips} <= {tip.id for tip in before.tips}


@given(st.data())
def test_unsure_is_never_less_urgent_than_no_and_brings_no_tip(desk: Desk, data: st.DataObject) -> None:
    facts, finding = data.draw(some_facts(desk.flow)), drawn_finding(desk, data)
    no = assess(desk.flow, {**facts, finding.id: absent(finding)})
    unsure = assess(desk.flow, {**facts, finding.id: UNKNOWN})
    assert urgency_rank(unsure.urgency) >= urgency_rank(no.urgency)
    assert {tip.id for tip in unsure.tips} <= {tip.id for tip in no.tips}


@given(st.data())
def test_every_tip_is_either_offered_or_withheld_with_a_reason(desk: Desk, data: st.DataObject) -> None:
    assessment = assess(desk.flow, data.draw(some_facts(desk.flow)))
    offered = [tip.id for tip in assessment.tips]
    withheld = [tip.id for tip in assessment.withheld]
    assert sorted(offered + withheld) == sorted(desk.flow.tips)
    assert all(tip.reasons for tip in assessment.withheld)
    assert all(set(tip.instead) <= set(offered) for tip in assessment.withheld)


@given(st.data())
def test_no_tip_at_the_two_urgent_levels(desk: Desk, data: st.DataObject) -> None:
    assessment = assess(desk.flow, data.draw(some_facts(desk.flow)))
    if assessment.urgency in ("emergency_now", "same_day"):
        assert assessment.tips == ()


@given(st.data())
def test_the_urgency_is_that_of_the_most_urgent_rule(desk: Desk, data: st.DataObject) -> None:
    assessment = assess(desk.flow, data.draw(some_facts(desk.flow)))
    levels = [urgency_rank(rule.urgency) for rule in assessment.rules]
    assert levels == sorted(levels, reverse=True)
    assert assessment.urgency == (assessment.rules[0].urgency if assessment.rules else "self_care_watch")


@given(st.data(), st.sampled_from(URGENCIES))
def test_nothing_comes_out_milder_than_asked_for(desk: Desk, data: st.DataObject, level: str) -> None:
    facts = data.draw(some_facts(desk.flow))
    assert urgency_rank(assess(desk.flow, facts, at_least=level).urgency) >= urgency_rank(level)


@given(st.data())
def test_one_to_three_conditions_each_once_and_known(desk: Desk, data: st.DataObject) -> None:
    conditions = [condition.id for condition in assess(desk.flow, data.draw(some_facts(desk.flow))).conditions]
    assert 1 <= len(conditions) <= 3
    assert len(conditions) == len(set(conditions))
    assert set(conditions) <= set(desk.flow.conditions)


@given(st.data())
def test_congestion_never_stands_above_a_clot_unless_both_legs_are_swollen(desk: Desk, data: st.DataObject) -> None:
    facts = data.draw(some_facts(desk.flow))
    conditions = [condition.id for condition in assess(desk.flow, facts).conditions]
    if facts.get("laterality") != "both_legs" and {"lymphatic_congestion", "deep_vein_thrombosis"} <= set(conditions):
        assert conditions.index("deep_vein_thrombosis") < conditions.index("lymphatic_congestion")


@given(st.data())
def test_shared_features_and_evidence_are_answers(desk: Desk, data: st.DataObject) -> None:
    facts = data.draw(some_facts(desk.flow))
    assessment = assess(desk.flow, facts)
    for condition in assessment.conditions:
        assert all(facts[reference.partition(".")[0]] not in (NO, UNKNOWN) for reference in condition.shared)
    for rule in assessment.rules:
        assert {reference.partition(".")[0] for reference in rule.evidence} <= set(facts)


@given(st.data())
def test_unanswered_are_the_danger_signs_that_are_not_known(desk: Desk, data: st.DataObject) -> None:
    facts = data.draw(some_facts(desk.flow))
    assert set(assess(desk.flow, facts).unanswered) == set(desk.flow.danger_findings) - set(facts)
