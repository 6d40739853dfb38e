"""A question about a condition or a tip is explained, and the open question asked again."""

from __future__ import annotations

import pytest
from support.changed import asking_more
from support.patient import Patient

from bot.desk import Desk
from bot.flow.effects import ExplainTopic
from bot.line.browsing import list_rows


def explained(patient: Patient) -> ExplainTopic:
    """The topic explained last."""
    (topic,) = (effect for effect in patient.effects if isinstance(effect, ExplainTopic))
    return topic


@pytest.mark.parametrize("text", ["ベーカー嚢腫って何ですか", "ベーカー嚢腫", "べーかー嚢腫について教えて"])
def test_a_condition_can_be_asked_about_at_any_question(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").say(text)
    patient.expect_shown("ExplainTopic", "topic_return").expect_question("age_band")
    assert explained(patient).topic == "condition.bakers_cyst"


def test_a_topic_is_no_failure_to_answer(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("ベーカー嚢腫って何ですか").say("あのですね")
    patient.expect_shown("reprompt_first")


def test_who_taps_a_topic_goes_on_looking_and_the_question_waits(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").command("topic:condition.bakers_cyst").expect_shown("ExplainTopic")
    patient.command("topic:condition.meniscal_tear").expect_shown("ExplainTopic")
    patient.command("resume").expect_question("age_band").tap("a30_44").expect_question("duration")


@pytest.mark.parametrize(
    "topic", ["", "menu", "list", "list.", "list.poems", "list.conditions.99", "list.tips.x", "tip."]
)
@pytest.mark.parametrize("kind", ["", "condition.", "answer.", "treatment."])
def test_a_topic_that_does_not_exist_does_no_harm(desk: Desk, kind: str, topic: str) -> None:
    patient = Patient(desk).goes_to("age_band").command(f"topic:{kind}{topic}").expect_shown("ExplainTopic")
    assert patient.conversation.asking == "age_band"


def test_every_entry_of_every_list_can_be_opened(desk: Desk) -> None:
    for kind, rows in list_rows(desk.library).items():
        patient = Patient(desk).finishes().command(f"topic:list.{kind}").expect_shown("ExplainTopic")
        for row in rows:
            patient.command(f"topic:{row.topic}").expect_shown("ExplainTopic")


def test_every_line_of_the_menu_opens_by_its_label_and_words(desk: Desk) -> None:
    for id, line in desk.library.menu.items():
        for word in (line.label, *line.words):
            patient = Patient(desk).goes_to("age_band").say(word)
            assert [id] == [e.topic for e in patient.effects if isinstance(e, ExplainTopic)], word


def test_every_condition_tip_and_treatment_can_be_asked_about_by_its_name(desk: Desk) -> None:
    library = desk.library
    topics = {f"condition.{id}": entry.name for id, entry in library.conditions.items()}
    topics |= {f"tip.{id}": entry.name for id, entry in library.tips.items()}
    topics |= {f"treatment.{id}": entry.name for id, entry in library.treatments.items()}
    for topic, name in topics.items():
        patient = Patient(desk).finishes().say(f"{name}って何ですか")
        assert explained(patient).topic == topic


def test_every_answer_can_be_asked_for_in_its_own_words(desk: Desk) -> None:
    for id, answer in desk.library.answers.items():
        patient = Patient(desk).finishes().say(answer.question)
        assert explained(patient).topic == f"answer.{id}"


def test_after_the_end_a_topic_is_explained_alone(desk: Desk) -> None:
    Patient(desk).finishes().say("ベーカー嚢腫って何ですか").expect_shown("ExplainTopic")


def test_an_answer_to_the_open_question_is_no_topic(desk: Desk) -> None:
    patient = Patient(asking_more(desk)).goes_to("known_disease").say("変形性膝関節症").expect_question("known_disease")
    assert patient.ask.selected == ("oa",)


# Self-care tips


def is_withheld(patient: Patient, tip: str) -> bool:
    """Whether a tip that is asked about by tapping is withheld."""
    return explained(patient.command(f"topic:tip.{tip}")).withheld


def test_before_the_end_every_tip_is_withheld(desk: Desk) -> None:
    patient = Patient(desk).goes_to(Patient(desk).finishes().asked[-1])
    assert all(is_withheld(patient, tip) for tip in desk.flow.tips)


def test_without_consent_every_tip_is_withheld(desk: Desk) -> None:
    assert all(is_withheld(Patient(desk).follow(), tip) for tip in desk.flow.tips)
    assert all(is_withheld(Patient(desk).follow().tap("decline"), tip) for tip in desk.flow.tips)


def test_finished_answers_that_allow_a_tip_show_it(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch")
    offered = {tip.id for tip in patient.outcome.tips}
    assert offered
    assert {tip for tip in desk.flow.tips if not is_withheld(patient, tip)} == offered


def test_finished_answers_that_forbid_a_tip_withhold_it(desk: Desk) -> None:
    patient = Patient(desk).finishes(advice_gate="anticoagulant")
    assert is_withheld(patient, "massage")
    assert not is_withheld(patient, "heat")


@pytest.mark.parametrize("swelling", ["calf", "whole_leg"])
def test_a_leg_that_may_hold_a_clot_is_never_told_how_to_massage_it(desk: Desk, swelling: str) -> None:
    patient = Patient(desk).finishes(swelling=swelling).say("マッサージのやり方を教えて")
    assert explained(patient).topic == "tip.massage"
    assert explained(patient).withheld


def test_a_list_of_tips_leaves_out_those_that_are_withheld(desk: Desk) -> None:
    patient = Patient(desk).finishes(advice_gate="anticoagulant").command("topic:list.tips")
    assert "massage" in explained(patient).hidden
    assert "heat" not in explained(patient).hidden
    assert explained(Patient(desk).follow().command("topic:list.tips")).hidden == set(desk.flow.tips)


def test_in_an_emergency_every_tip_is_withheld(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").tap("dyspnoea")
    assert all(is_withheld(patient, tip) for tip in desk.flow.tips)


def test_a_tip_asked_about_while_a_change_is_open_is_judged_by_the_finished_answers(desk: Desk) -> None:
    patient = Patient(desk).finishes().tap_old("pain", 9)
    assert not is_withheld(patient, "heat")
    assert is_withheld(patient.command("restart"), "heat")


@pytest.mark.parametrize(("text", "service"), [("7119", "call_7119"), ("#7119", "call_7119"), ("8000", "call_8000")])
def test_the_number_of_a_service_explains_the_service(desk: Desk, text: str, service: str) -> None:
    patient = Patient(desk).goes_to("age_band").say(text)
    assert explained(patient).topic == f"resource.{service}"


@pytest.mark.parametrize("text", ["119", "119番", "救急車を呼んで", "7119より救急車"])
def test_who_needs_help_now_gets_it_and_no_explanation(desk: Desk, text: str) -> None:
    Patient(desk).goes_to("age_band").say(text).expect_shown("Emergency")


def test_the_reading_is_a_name_too(desk: Desk) -> None:
    for id, condition in desk.library.conditions.items():
        patient = Patient(desk).goes_to("age_band").say(condition.reading)
        assert explained(patient).topic == f"condition.{id}"


def test_who_was_told_to_be_seen_today_is_told_again(desk: Desk) -> None:
    patient = Patient(desk).finishes(swelling=("calf",)).expect_outcome("same_day")
    patient.say("うーん、どうしたものかなあ").expect_outcome("same_day")


def test_before_the_end_self_care_waits_for_the_answers(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").command("topic:tip.massage")
    assert explained(patient).withheld
    assert explained(patient).urgency is None


def test_after_the_end_what_is_explained_knows_the_outcome(desk: Desk) -> None:
    patient = Patient(desk).finishes(swelling=("calf",)).command("topic:list.clinics")
    assert explained(patient).urgency == "same_day"
