"""The flow may change under a running conversation: the same meaning keeps the answer, another one asks again."""

from __future__ import annotations

from dataclasses import replace

from support.changed import asking_more, with_new_flow
from support.patient import Patient

from bot.desk import Desk
from bot.flow.conversation import Pending, to_data

ANOTHER_MEANING = {"    asks: [onset]\n    unsure: [onset]\n": "    asks: [onset]\n"}


def test_another_version_alone_changes_nothing(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band")
    version = desk.flow.version
    patient.desk = with_new_flow(desk, {f"version: {version}\n": f"version: {version + 1}\n"})
    patient.say("60代").expect_shown().expect_question("duration")
    assert patient.conversation.flow_version == version + 1


def test_a_changed_question_is_asked_again_and_the_patient_is_told(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band")
    patient.desk = with_new_flow(desk, ANOTHER_MEANING)
    patient.command("help").expect_shown("help", "questions_changed").expect_question("onset")
    patient.tap("gradual").expect_shown().expect_question("age_band")


def test_words_meant_for_another_question_are_no_answer_to_the_changed_one(desk: Desk) -> None:
    # The patient sees the question about the age, and has not seen the changed one.
    patient = Patient(desk).goes_to("age_band")
    patient.desk = with_new_flow(desk, ANOTHER_MEANING)
    patient.say("1").expect_question("onset")
    assert "onset" not in patient.conversation.answers


def test_a_route_or_a_span_is_no_meaning(desk: Desk) -> None:
    old, new = (
        desk.flow,
        with_new_flow(desk, {"    valid_for: 12h\n    next: [{to: onset}]": "    next: [{to: onset}]"}),
    )
    assert old.questions["chest"].valid_for != new.flow.questions["chest"].valid_for
    assert old.questions["chest"].fingerprint == new.flow.questions["chest"].fingerprint


def test_a_new_question_is_asked_of_those_who_are_on_the_way(desk: Desk) -> None:
    patient = Patient(desk).goes_to("duration")
    changes = {
        "    next: [{to: age_band}]\n  age_band:\n": "    next: [{to: quality}]\n"
        "  quality:\n    asks: [pain_quality]\n    next: [{to: age_band}]\n  age_band:\n"
    }
    patient.desk = with_new_flow(desk, changes)
    patient.tap("h48").expect_shown("old_button").expect_question("quality")
    patient.tap("none").expect_question("duration")


def test_a_question_taken_out_leaves_the_rest_as_it_was(desk: Desk) -> None:
    patient = Patient(asking_more(desk)).goes_to("pain_site").tap("none").expect_past("pain_site")
    following = patient.asked[-1]
    changes = {
        "  pain_site:\n    asks: [pain_site]\n"
        "    offers: [back_centre, back_inner, back_outer, calf, back_thigh, buttock_low_back]\n": "",
        "      - pain_site\n": "",
    }
    patient.desk = asking_more(desk, changes)
    patient.command("help").expect_shown("help").expect_question(following)


def test_a_finished_emergency_stays_one_when_its_question_has_changed(desk: Desk) -> None:
    # design.md §3: after a change a milder result is never shown silently.
    patient = Patient(desk).goes_to("cauda_equina").say("1と2").expect_outcome("emergency_now", rules=["E3"])
    patient.desk = with_new_flow(
        desk, {"    asks: [cauda_equina_signs]\n    unsure: [cauda_equina_signs]\n": "    asks: [cauda_equina_signs]\n"}
    )
    patient.say("どうしよう").expect_outcome("emergency_now")


def test_a_more_urgent_result_is_shown_at_once(desk: Desk) -> None:
    # design.md §3: after a change a more urgent result is shown at once.
    patient = Patient(desk).finishes(joint="giving_way").expect_outcome("soon_2w", rules=["W3"])
    more = {'when: {locked_knee: "yes"}': 'when: {any: [{locked_knee: "yes"}, {giving_way: "yes"}]}'}
    patient.desk = with_new_flow(desk, more, "red_flags.yaml")
    patient.say("ありがとう").expect_outcome("same_day", rules=["S4"])


def test_a_change_to_be_confirmed_of_a_question_that_is_gone_is_dropped(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band")
    patient.state = to_data(replace(patient.conversation, pending=Pending("change", "gone", "yes")))
    patient.command("help").expect_shown("help").expect_question("age_band")


def test_an_answer_to_a_question_that_is_gone_does_no_harm(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band")
    conversation = patient.conversation
    patient.state = to_data(conversation.with_answer("gone", conversation.answers["onset"]))
    patient.say("60代").expect_question("duration")
    patient.command("back").expect_question("age_band")


def test_an_option_ticked_that_is_gone_is_dropped(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body")
    patient.state = to_data(replace(patient.conversation, selected=("gone", "calf_tender")))
    patient.command("help").expect_question("whole_body")
    assert patient.ask.selected == ("calf_tender",)


def test_a_question_may_have_any_name(desk: Desk) -> None:
    changes = {
        "  age_band:\n    asks": "  confirm_age:\n    asks",
        "next: [{to: age_band}]": "next: [{to: confirm_age}]",
    }
    patient = Patient(with_new_flow(desk, changes)).goes_to("confirm_age").tap("a30_44")
    patient.expect_question("duration")


def test_a_more_urgent_result_does_not_keep_a_patient_from_deleting_the_data(desk: Desk) -> None:
    patient = Patient(desk).finishes(joint="giving_way").expect_outcome("soon_2w", rules=["W3"])
    more = {'when: {locked_knee: "yes"}': 'when: {any: [{locked_knee: "yes"}, {giving_way: "yes"}]}'}
    patient.desk = with_new_flow(desk, more, "red_flags.yaml")
    patient.command("delete")
    assert "Forget" in patient.shown
