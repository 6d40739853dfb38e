"""No way through the questions leads past a red flag."""

from __future__ import annotations

import pytest
from support.clinical_rules import (
    ALONE_OF_AN_EMERGENCY,
    BEYOND,
    BOTH_LEGS,
    EMERGENCY,
    NOT_ASKED,
    SAME_DAY,
    SOON,
    level_of,
)
from support.findings import described, with_presupposed
from support.patient import Patient

from bot.desk import Desk
from bot.flow.conversation import merged
from bot.flow.findings import Facts, counted_for_safety, references
from bot.flow.replay import replay
from bot.flow.schema import Flow, QuestionType, urgency_rank

ASKED_NO_FURTHER = {"S1": "S23", "S9": "S1", "S16": "S1", "S17": "S12", "W2": "W3"}
"""Where one rule has fired, nothing more is asked for the sake of another that is no more urgent."""


def asked_about(cases: tuple[tuple[str, Facts], ...]) -> list[object]:
    """The cases that some question asks about."""
    return [
        pytest.param(rule, facts, id=f"{rule}-{described(facts)}")
        for rule, facts in cases
        if NOT_ASKED.isdisjoint(references(facts))
    ]


@pytest.mark.parametrize(("rule", "facts"), asked_about(EMERGENCY))
def test_an_emergency_ends_the_questions_at_once(desk: Desk, rule: str, facts: Facts) -> None:
    patient = Patient(desk).lives(facts)
    patient.expect_outcome("emergency_now", rules=[rule])
    last = desk.flow.questions[patient.asked[-1]]
    assert {finding.id for finding in last.asks} & set(facts), f"asked for more, up to {last.id}"
    if last.type is QuestionType.CHECKLIST:
        assert last.id not in patient.conversation.answers, "the list had to be closed first"


@pytest.mark.parametrize(
    ("rule", "facts"), asked_about((*SAME_DAY, *ALONE_OF_AN_EMERGENCY, *SOON, *BOTH_LEGS, *BEYOND))
)
def test_a_red_flag_ends_at_its_level_or_above(desk: Desk, rule: str, facts: Facts) -> None:
    patient = Patient(desk).lives(with_presupposed(desk.flow, facts))
    outcome = patient.outcome
    if not still_holds(desk.flow, rule, facts, patient):
        return
    assert urgency_rank(outcome.urgency) >= urgency_rank(level_of(rule))
    if outcome.urgency == level_of(rule):
        assert {rule, ASKED_NO_FURTHER.get(rule)} & {fired.id for fired in outcome.rules}


def still_holds(flow: Flow, rule: str, facts: Facts, patient: Patient) -> bool:
    """Whether a rule holds beside the patient's other answers: one that says `not` may be taken back by them."""
    answered = replay(flow, patient.conversation, patient.now).facts
    (fired,) = (one.when for one in flow.rules if one.id == rule)
    return fired.holds(counted_for_safety(flow.findings, merged(answered, facts)))


@pytest.mark.parametrize("option", ["dyspnoea", "chest_pain", "haemoptysis_or_faint"])
def test_the_first_tap_in_a_list_is_enough(desk: Desk, option: str) -> None:
    patient = Patient(desk).goes_to("chest").tap(option)
    patient.expect_outcome("emergency_now", rules=["E1"])
    assert "chest" not in patient.conversation.answers


def test_a_tap_that_completes_an_emergency_is_enough(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger", onset="gradual")
    patient.tap("cold_pale_foot").expect_question("leg_danger")
    patient.tap("numbness_leg").expect_outcome("emergency_now", rules=["E2"])


def test_at_most_six_questions_stand_before_the_last_danger_question(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling")
    danger = [id for id in patient.asked if id not in ("consent", "swelling")]
    assert len(danger) <= 6


def test_somebody_with_nothing_the_matter_ends_in_self_care(desk: Desk) -> None:
    Patient(desk).finishes().expect_outcome("self_care_watch")


def test_at_the_two_urgent_levels_fewer_questions_are_asked(desk: Desk) -> None:
    whole = Patient(desk).finishes()
    short = Patient(desk).finishes(swelling="calf")
    short.expect_outcome("same_day", rules=["S1"])
    assert len(short.asked) < len(whole.asked)
    assert not {"features", "pain_trigger", "advice_gate"} & set(short.asked)
