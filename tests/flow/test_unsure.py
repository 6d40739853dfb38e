"""「わからない」 counts to the safe side for rules and self-care, and never as a feature of a condition."""

from __future__ import annotations

import pytest
from support.findings import having
from support.patient import Patient
from support.toy_flow import lives, toy_flow

from bot.desk import Desk
from bot.flow.assessment import assess, assess_conversation
from bot.flow.findings import NO, UNKNOWN, YES, Facts, FindingType
from bot.flow.replay import open_options
from bot.flow.schema import urgency_rank

DANGER_QUESTIONS = ("chest", "leg_danger", "skin", "whole_body", "cauda_equina", "swelling")


def test_every_danger_finding_can_be_unsure_and_says_what_that_counts_as(desk: Desk) -> None:
    assert desk.flow.danger_findings
    assert all(desk.flow.findings[id].unsure_counts_as is not None for id in desk.flow.danger_findings)


def test_unsure_about_a_danger_sign_is_at_least_as_urgent_as_any_form_of_it(desk: Desk) -> None:
    for id in desk.flow.danger_findings:
        finding = desk.flow.findings[id]
        forms = [YES] if finding.type is FindingType.BOOL else [frozenset({option}) for option in finding.options]
        unsure = urgency_rank(assess(desk.flow, {id: UNKNOWN}).urgency)
        for form in forms:
            assert unsure >= urgency_rank(assess(desk.flow, {id: form}).urgency), (id, form)


@pytest.mark.parametrize(
    ("finding", "option", "others"),
    [
        ("skin_change", "pale", having(onset="sudden_no_injury", pain_nrs=7)),
        ("skin_change", "blister_black", having("fever_chills")),
        ("swelling_kind", "calf", having(laterality="one_leg")),
        ("swelling_kind", "knee_joint", having("warmth", laterality="both_legs", duration="h48")),
    ],
)
def test_unsure_is_as_urgent_as_the_form_that_matters_beside_the_other_findings(
    desk: Desk, finding: str, option: str, others: Facts
) -> None:
    sure = assess(desk.flow, {**others, finding: frozenset({option})})
    unsure = assess(desk.flow, {**others, finding: UNKNOWN})
    assert urgency_rank(unsure.urgency) >= urgency_rank(sure.urgency)


@pytest.mark.parametrize("question", DANGER_QUESTIONS)
def test_unsure_at_a_danger_question_never_ends_milder_than_today(desk: Desk, question: str) -> None:
    outcome = Patient(desk).finishes(**{question: UNKNOWN}).outcome
    assert urgency_rank(outcome.urgency) >= urgency_rank("same_day")


@pytest.mark.parametrize(("question", "rule"), [("chest", "E1"), ("cauda_equina", "E3"), ("leg_danger", "E2")])
def test_unsure_about_an_emergency_is_one(desk: Desk, question: str, rule: str) -> None:
    Patient(desk).goes_to(question).say("わからない").expect_outcome("emergency_now", rules=[rule])


@pytest.mark.parametrize(
    ("question", "harmless"),
    [
        ("duration", "m3p"),
        ("onset", "gradual"),
        ("pain", 0),
        ("background", "none"),
        ("joint", "none"),
        ("whole_body", "none"),
        ("body", "none"),
        ("advice_gate", "none"),
    ],
)
def test_unsure_never_ends_milder_than_the_harmless_answer(desk: Desk, question: str, harmless: str | int) -> None:
    unsure = Patient(desk).finishes(**{question: UNKNOWN}).outcome
    sure = Patient(desk).finishes(**{question: harmless}).outcome
    assert urgency_rank(unsure.urgency) >= urgency_rank(sure.urgency)
    assert {tip.id for tip in unsure.tips} <= {tip.id for tip in sure.tips}


def test_unsure_whether_one_can_stand_counts_after_an_injury(desk: Desk) -> None:
    patient = Patient(desk).goes_to("injury").tap(UNKNOWN).finishes()
    patient.expect_outcome("same_day", rules=["S3", "W3"])


def test_what_was_left_unsure_is_not_turned_into_a_no_by_a_later_list() -> None:
    # The later list does not even show what was left unsure.
    two_lists = {
        "    asks: [hot, tired]\n    next: [{to: age}]\n": "    asks: [hot, tired]\n    unsure: [hot]\n"
        "    next: [{to: again}]\n  again:\n    asks: [hot, mood]\n    next: [{to: age}]\n"
    }
    flow = toy_flow(two_lists)
    position = lives(flow, body=UNKNOWN, again=())
    assert position.facts["hot"] == UNKNOWN
    assert open_options(flow.questions["again"], {"hot": UNKNOWN}) == ("mood",)


def test_unsure_about_the_duration_does_not_make_an_injury_an_old_one(desk: Desk) -> None:
    fresh = Patient(desk).finishes(onset="snap_on_effort", duration="h48").outcome
    unsure = Patient(desk).finishes(onset="snap_on_effort", duration=UNKNOWN).outcome
    assert {tip.id for tip in unsure.tips} <= {tip.id for tip in fresh.tips}


def test_unsure_is_no_feature_of_a_condition(desk: Desk) -> None:
    sure = assess(desk.flow, having("crepitus", swelling_kind={"lump_behind_knee"}))
    unsure = assess(desk.flow, having(swelling_kind=UNKNOWN))
    assert "bakers_cyst" in {match.id for match in sure.conditions}
    assert not any(match.shared for match in unsure.conditions)


def test_what_was_not_asked_is_listed_as_unanswered(desk: Desk) -> None:
    assert assess(desk.flow, {}).unanswered == desk.flow.danger_findings
    known = assess(desk.flow, having(dyspnoea=NO, swelling_kind=UNKNOWN)).unanswered
    assert {"dyspnoea", "swelling_kind"} == set(desk.flow.danger_findings) - set(known)


def test_a_whole_conversation_leaves_no_danger_question_unanswered(desk: Desk) -> None:
    assert Patient(desk).finishes().outcome.unanswered == ()


def test_no_conversation_ends_in_self_care_while_a_danger_question_is_unanswered(desk: Desk) -> None:
    assert assess(desk.flow, {}).urgency == "self_care_watch"
    assert assess_conversation(desk.flow, {}).urgency == "soon_2w"
    findings = (desk.flow.findings[id] for id in desk.flow.danger_findings)
    denied = {finding.id: NO if finding.type is FindingType.BOOL else frozenset() for finding in findings}
    assert assess_conversation(desk.flow, denied).urgency == "self_care_watch"
