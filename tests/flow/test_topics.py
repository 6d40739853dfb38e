"""A question about a condition or a tip is explained, and the open question asked again."""

from __future__ import annotations

import pytest

from bot.desk import Desk
from bot.flow.effects import ExplainTopic
from support.patient import Patient


def explained(patient: Patient) -> ExplainTopic:
    """The topic explained last."""
    (topic,) = (effect for effect in patient.effects if isinstance(effect, ExplainTopic))
    return topic


@pytest.mark.parametrize("text", ["ベーカー嚢腫って何ですか", "ベーカー嚢腫", "べーかー嚢腫について教えて"])
def test_a_condition_can_be_asked_about_at_any_question(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("laterality").say(text)
    patient.expect_shown("ExplainTopic", "topic_return").expect_question("laterality")
    assert explained(patient) == ExplainTopic("condition.bakers_cyst")


def test_a_topic_is_no_failure_to_answer(desk: Desk) -> None:
    patient = Patient(desk).goes_to("laterality").say("ベーカー嚢腫って何ですか").say("あのですね")
    patient.expect_shown("reprompt_first")


def test_a_topic_can_be_tapped(desk: Desk) -> None:
    patient = Patient(desk).goes_to("laterality").command("topic:condition.bakers_cyst")
    patient.expect_shown("ExplainTopic", "topic_return").expect_question("laterality")


def test_a_topic_that_does_not_exist_does_no_harm(desk: Desk) -> None:
    Patient(desk).goes_to("laterality").command("topic:condition.dance").expect_question("laterality")
    Patient(desk).goes_to("laterality").command("topic:").expect_question("laterality")


def test_every_condition_and_tip_can_be_asked_about_by_its_name(desk: Desk) -> None:
    topics = {f"condition.{id}": entry.name for id, entry in desk.library.conditions.items()}
    topics |= {f"tip.{id}": entry.name for id, entry in desk.library.tips.items()}
    for topic, name in topics.items():
        patient = Patient(desk).finishes().say(f"{name}って何ですか")
        assert explained(patient).topic == topic


def test_after_the_end_a_topic_is_explained_alone(desk: Desk) -> None:
    Patient(desk).finishes().say("ベーカー嚢腫って何ですか").expect_shown("ExplainTopic")


def test_an_answer_to_the_open_question_is_no_topic(desk: Desk) -> None:
    patient = Patient(desk).goes_to("known_disease").say("変形性膝関節症").expect_question("known_disease")
    assert patient.ask.selected == ("oa",)


# Self-care tips


def is_withheld(patient: Patient, tip: str) -> bool:
    """Whether a tip that is asked about by tapping is withheld."""
    return explained(patient.command(f"topic:tip.{tip}")).withheld


def test_before_the_end_every_tip_is_withheld(desk: Desk) -> None:
    patient = Patient(desk).goes_to("artery_risk", age_band="a60_74")
    assert all(is_withheld(patient, tip) for tip in desk.flow.tips)


def test_without_consent_every_tip_is_withheld(desk: Desk) -> None:
    assert all(is_withheld(Patient(desk).follow(), tip) for tip in desk.flow.tips)
    assert all(is_withheld(Patient(desk).follow().tap("decline"), tip) for tip in desk.flow.tips)


def test_finished_answers_that_allow_a_tip_show_it(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch")
    assert not any(is_withheld(patient, tip) for tip in desk.flow.tips)


def test_finished_answers_that_forbid_a_tip_withhold_it(desk: Desk) -> None:
    patient = Patient(desk).finishes(advice_gate="anticoagulant")
    assert is_withheld(patient, "massage")
    assert not is_withheld(patient, "heat")


@pytest.mark.parametrize("swelling", ["calf", "whole_leg"])
def test_a_leg_that_may_hold_a_clot_is_never_told_how_to_massage_it(desk: Desk, swelling: str) -> None:
    patient = Patient(desk).finishes(swelling=swelling).say("マッサージのやり方を教えて")
    assert explained(patient) == ExplainTopic("tip.massage", withheld=True)


def test_in_an_emergency_every_tip_is_withheld(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").tap("dyspnoea")
    assert all(is_withheld(patient, tip) for tip in desk.flow.tips)


def test_a_tip_asked_about_while_a_change_is_open_is_judged_by_the_finished_answers(desk: Desk) -> None:
    patient = Patient(desk).finishes().tap_old("pain", 9)
    assert not is_withheld(patient, "heat")
    assert is_withheld(patient.command("restart"), "heat")
