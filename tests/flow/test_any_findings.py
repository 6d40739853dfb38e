"""What holds for every patient, whatever is known about them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import some_facts

from bot.desk import Desk
from bot.flow.assessment import Assessment, assess, assess_conversation
from bot.flow.findings import NO, UNKNOWN, YES, Facts, Finding, FindingType, Value
from bot.flow.schema import URGENCIES, urgency_rank

EXPLAINS_ITSELF = {"recent_overuse", "pain_trigger"}
"""Effort explains a pain, so that naming it may make a young patient's pain less urgent (rule S8)."""


def absent(finding: Finding) -> Value:
    """The value of a finding that is not there."""
    return NO if finding.type is FindingType.BOOL else frozenset()


def findings(desk: Desk, danger: bool = False) -> st.SearchStrategy[Finding]:
    """A yes/no or list finding, perhaps a danger sign."""
    kinds = (FindingType.BOOL, FindingType.MULTI)
    some = [f for f in desk.flow.findings.values() if f.type in kinds and f.id not in EXPLAINS_ITSELF]
    return st.sampled_from([finding for finding in some if finding.danger or not danger])


def with_one_more(facts: Facts, finding: Finding, which: int) -> dict[str, Value]:
    """The same facts, with a finding present, or one option of it more."""
    if finding.type is FindingType.BOOL:
        return {**facts, finding.id: YES}
    before = facts.get(finding.id)
    known = before if isinstance(before, frozenset) else frozenset()
    return {**facts, finding.id: known | {finding.options[which % len(finding.options)]}}


def tips(assessment: Assessment) -> set[str]:
    """Ids of the tips offered."""
    return {tip.id for tip in assessment.tips}


def test_a_danger_sign_more_never_lowers_the_urgency(desk: Desk) -> None:
    @given(some_facts(desk.flow), findings(desk, danger=True), st.integers(0, 9))
    def is_as_urgent(facts: dict[str, Value], finding: Finding, which: int) -> None:
        if facts.get(finding.id) == UNKNOWN:
            del facts[finding.id]
        before, after = assess(desk.flow, facts), assess(desk.flow, with_one_more(facts, finding, which))
        assert urgency_rank(after.urgency) >= urgency_rank(before.urgency)

    is_as_urgent()


def test_nor_does_any_other_finding_more_and_it_brings_no_tip(desk: Desk) -> None:
    @given(some_facts(desk.flow), findings(desk), st.integers(0, 9))
    def is_as_urgent(facts: dict[str, Value], finding: Finding, which: int) -> None:
        if facts.get(finding.id, UNKNOWN) == UNKNOWN:
            facts[finding.id] = absent(finding)
        before, after = assess(desk.flow, facts), assess(desk.flow, with_one_more(facts, finding, which))
        assert urgency_rank(after.urgency) >= urgency_rank(before.urgency)
        assert tips(after) <= tips(before)

    is_as_urgent()


def test_unsure_is_never_less_urgent_than_no_and_brings_no_tip(desk: Desk) -> None:
    @given(some_facts(desk.flow), findings(desk))
    def is_as_urgent(facts: dict[str, Value], finding: Finding) -> None:
        no = assess(desk.flow, {**facts, finding.id: absent(finding)})
        unsure = assess(desk.flow, {**facts, finding.id: UNKNOWN})
        assert urgency_rank(unsure.urgency) >= urgency_rank(no.urgency)
        assert tips(unsure) <= tips(no)

    is_as_urgent()


def test_a_danger_question_left_unanswered_is_never_less_urgent_than_one_answered_with_no(desk: Desk) -> None:
    @given(some_facts(desk.flow), findings(desk, danger=True))
    def is_as_urgent(facts: dict[str, Value], finding: Finding) -> None:
        unanswered = {id: value for id, value in facts.items() if id != finding.id}
        no = assess_conversation(desk.flow, {**facts, finding.id: absent(finding)})
        left_out = assess_conversation(desk.flow, unanswered)
        assert urgency_rank(left_out.urgency) >= urgency_rank(no.urgency)
        assert tips(left_out) <= tips(no)

    is_as_urgent()


def test_the_order_in_which_things_become_known_does_not_matter(desk: Desk) -> None:
    @given(some_facts(desk.flow), st.randoms(use_true_random=False))
    def is_the_same(facts: dict[str, Value], order: Random) -> None:
        ids = list(facts)
        order.shuffle(ids)
        assert assess(desk.flow, {id: facts[id] for id in ids}) == assess(desk.flow, facts)

    is_the_same()


def every_tip_is_offered_or_withheld_with_a_reason(desk: Desk, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    offered, withheld = [tip.id for tip in assessment.tips], [tip.id for tip in assessment.withheld]
    assert sorted(offered + withheld) == sorted(desk.flow.tips)
    assert all(tip.reasons for tip in assessment.withheld)
    assert all(set(tip.instead) <= set(offered) for tip in assessment.withheld)


def no_tip_at_the_two_urgent_levels(desk: Desk, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    if assessment.urgency in ("emergency_now", "same_day"):
        assert assessment.tips == ()


def the_most_urgent_rule_decides(desk: Desk, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    levels = [urgency_rank(rule.urgency) for rule in assessment.rules]
    assert levels == sorted(levels, reverse=True)
    assert assessment.urgency == (assessment.rules[0].urgency if assessment.rules else "self_care_watch")


def nothing_comes_out_milder_than_asked_for(desk: Desk, facts: Facts) -> None:
    for level in URGENCIES:
        assert urgency_rank(assess(desk.flow, facts, at_least=level).urgency) >= urgency_rank(level)


def one_to_three_known_conditions_each_once(desk: Desk, facts: Facts) -> None:
    conditions = [condition.id for condition in assess(desk.flow, facts).conditions]
    assert 1 <= len(conditions) <= 3
    assert len(conditions) == len(set(conditions))
    assert set(conditions) <= set(desk.flow.conditions)


def congestion_never_stands_above_a_clot_unless_both_legs_hurt(desk: Desk, facts: Facts) -> None:
    conditions = [condition.id for condition in assess(desk.flow, facts).conditions]
    if facts.get("laterality") != "both_legs" and {"lymphatic_congestion", "deep_vein_thrombosis"} <= set(conditions):
        assert conditions.index("deep_vein_thrombosis") < conditions.index("lymphatic_congestion")


def shared_features_and_evidence_are_answers(desk: Desk, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    for condition in assessment.conditions:
        assert all(facts[reference.partition(".")[0]] not in (NO, UNKNOWN) for reference in condition.shared)
    for rule in assessment.rules:
        assert {reference.partition(".")[0] for reference in rule.evidence} <= set(facts)


def unanswered_are_the_danger_signs_not_known(desk: Desk, facts: Facts) -> None:
    assert set(assess(desk.flow, facts).unanswered) == set(desk.flow.danger_findings) - set(facts)


@pytest.mark.parametrize(
    "holds",
    [
        every_tip_is_offered_or_withheld_with_a_reason,
        no_tip_at_the_two_urgent_levels,
        the_most_urgent_rule_decides,
        nothing_comes_out_milder_than_asked_for,
        one_to_three_known_conditions_each_once,
        congestion_never_stands_above_a_clot_unless_both_legs_hurt,
        shared_features_and_evidence_are_answers,
        unanswered_are_the_danger_signs_not_known,
    ],
    ids=lambda holds: holds.__name__,
)
def test_whatever_is_known(desk: Desk, holds: Callable[[Desk, Facts], None]) -> None:
    @given(some_facts(desk.flow))
    def it_holds(facts: dict[str, Value]) -> None:
        holds(desk, facts)

    it_holds()
