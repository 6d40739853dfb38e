"""Buttons stay in the chat for ever: an old one is recognised, and never applied blindly."""

from __future__ import annotations

import pytest
from support.patient import Patient

from bot.desk import Desk


def test_another_option_of_an_earlier_question_asks_whether_to_change(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall")
    pending = patient.expect_confirm("change", "onset")
    assert pending.option == "twist_or_fall"
    assert patient.conversation.answers["onset"].value == "gradual"


def test_agreed_the_answer_is_changed_and_the_way_may_change_with_it(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "high_energy_trauma").confirm("yes")
    patient.expect_shown("answer_changed").expect_question("injury")
    assert patient.conversation.answers["onset"].value == "high_energy_trauma"


def test_disagreed_the_answer_is_kept(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").confirm("no")
    patient.expect_shown("answer_kept").expect_question("age_band")
    assert patient.conversation.answers["onset"].value == "gradual"


@pytest.mark.parametrize(("text", "kept"), [("はい", False), ("1", False), ("いいえ", True), ("２", True)])
def test_a_change_can_be_confirmed_by_typing(desk: Desk, text: str, kept: bool) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").say(text)
    assert (patient.conversation.answers["onset"].value == "gradual") is kept
    assert patient.conversation.pending is None


@pytest.mark.parametrize("text", ["1番", "１番です", "一"])
def test_the_number_of_yes_is_read_as_at_any_question(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").say(text)
    assert patient.conversation.answers["onset"].value == "twist_or_fall"
    assert "age_band" not in patient.conversation.answers


def test_an_answer_to_the_open_question_drops_the_change(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").say("60代")
    patient.expect_question("duration")
    assert patient.conversation.answers["onset"].value == "gradual"


def test_a_tap_on_the_open_question_drops_the_change(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall")
    patient.tap_old("age_band", "a30_44").expect_question("duration")
    assert patient.conversation.answers["onset"].value == "gradual"


def test_a_changed_list_is_opened_again_with_the_new_option_ticked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling").tap_old("whole_body", "veins_visible").confirm("yes")
    patient.expect_shown("answer_changed").expect_question("whole_body")
    assert patient.ask.selected == ("veins_visible",)
    patient.tap("done").expect_question("swelling")
    assert patient.conversation.answers["whole_body"].value == ("veins_visible",)


def test_a_list_can_be_changed_to_none(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling", whole_body=["calf_tender"]).tap_old("whole_body", "none").confirm("yes")
    patient.expect_shown("answer_changed").expect_question("swelling")
    assert patient.conversation.answers["whole_body"].value == ()


def test_a_list_can_be_changed_to_unsure(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling").tap_old("whole_body", "unknown").confirm("yes")
    assert patient.conversation.answers["whole_body"].value == "unknown"


def past_pain(desk: Desk, pain: int) -> Patient:
    """Somebody whose knee gives way is asked more after the pain; many are not."""
    patient = Patient(desk).goes_to("pain", swelling=["knee_joint"], joint=["giving_way"])
    return patient.tap(pain).expect_past("pain")


def test_a_number_can_be_changed(desk: Desk) -> None:
    patient = past_pain(desk, 3)
    following = patient.asked[-1]
    patient.tap_old("pain", 5).expect_confirm("change", "pain")
    patient.confirm("yes").expect_question(following)
    assert patient.conversation.answers["pain"].value == 5


def test_a_change_to_an_emergency_is_one(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("chest", "chest_pain").confirm("yes")
    patient.expect_outcome("emergency_now", rules=["E1"])


def test_a_change_after_the_end_leads_to_a_new_outcome(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch").tap_old("pain", 9)
    patient.confirm("yes").expect_outcome("soon_2w", rules=["W3"])


def test_no_change_after_the_end_leaves_the_outcome(desk: Desk) -> None:
    patient = Patient(desk).finishes().tap_old("pain", 9).confirm("no")
    patient.expect_shown("answer_kept", "finished_hint")
    assert patient.conversation.finished is not None


@pytest.mark.parametrize("option", ["99", "-1", "dance", "²", ""])
def test_a_number_that_cannot_be_is_no_change(desk: Desk, option: str) -> None:
    patient = past_pain(desk, 3)
    following = patient.asked[-1]
    patient.tap_old("pain", option).expect_shown("old_button").expect_question(following)


@pytest.mark.parametrize("option", ["dance", "none", "unknown"])
def test_an_option_that_cannot_be_is_no_change(desk: Desk, option: str) -> None:
    patient = Patient(desk).goes_to("duration").tap_old("age_band", option)
    patient.expect_shown("old_button").expect_question("duration")


# Buttons that mean nothing any more


def test_a_button_of_an_old_conversation_does_nothing(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset")
    old = patient.conversation.id
    patient.command("restart").expect_question("chest")
    patient.tap_button(old, "chest", "dyspnoea").expect_shown("old_conversation_button").expect_question("chest")
    assert patient.conversation.selected == ()


def test_a_button_of_an_old_conversation_after_the_end_shows_what_can_be_done(desk: Desk) -> None:
    patient = Patient(desk).finishes().tap_button("another", "chest", "none")
    patient.expect_shown("old_conversation_button", "finished_hint")


def test_a_button_of_a_question_not_asked_yet_does_nothing(desk: Desk) -> None:
    Patient(desk).goes_to("onset").tap_old("pain", 10).expect_shown("old_button").expect_question("onset")


def test_a_button_of_a_question_that_does_not_exist_does_nothing(desk: Desk) -> None:
    Patient(desk).goes_to("onset").tap_old("dance", "yes").expect_shown("old_button").expect_question("onset")


def test_an_option_that_the_open_question_does_not_have_does_nothing(desk: Desk) -> None:
    Patient(desk).goes_to("onset").tap("dance").expect_shown("old_button").expect_question("onset")


def test_a_yes_to_a_change_that_was_settled_does_nothing(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall")
    key = "confirm:change:onset:twist_or_fall"
    patient.confirm("no").tap_old(key, "yes").expect_shown("old_button").expect_question("age_band")
    assert patient.conversation.answers["onset"].value == "gradual"


def test_a_yes_to_another_change_does_nothing(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").tap_old("onset", "snap_on_effort")
    patient.tap_old("confirm:change:onset:twist_or_fall", "yes").expect_shown("old_button", "Confirm")
    assert patient.conversation.answers["onset"].value == "gradual"


# Double taps


def test_an_option_tapped_twice_counts_once(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").tap_old("onset", "gradual").expect_question("leg_danger")
    patient.tap_old("onset", "gradual").expect_shown().expect_question("leg_danger")


def test_a_list_option_tapped_twice_is_ticked_once(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("calf_tender", "calf_tender").expect_shown()
    assert patient.ask.selected == ("calf_tender",)


@pytest.mark.parametrize("option", ["none", "unknown"])
def test_a_list_closed_twice_counts_once(desk: Desk, option: str) -> None:
    patient = Patient(desk).goes_to("whole_body").tap(option).expect_past("whole_body")
    patient.tap_old("whole_body", option).expect_shown().expect_past("whole_body")


def test_a_list_option_tapped_again_after_the_list_is_closed_changes_nothing(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("veins_visible", "done").expect_past("whole_body")
    patient.tap_old("whole_body", "veins_visible").expect_shown().expect_past("whole_body")
    patient.tap_old("whole_body", "done").expect_shown().expect_past("whole_body")


def test_none_is_gone_once_something_is_ticked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("calf_tender", "none").expect_shown("old_button")
    assert patient.ask.selected == ("calf_tender",)


def test_an_emergency_tapped_twice_stays_one(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").tap("dyspnoea").tap_old("chest", "dyspnoea")
    patient.expect_outcome("emergency_now", rules=["E1"])


def test_a_number_tapped_twice_counts_once(desk: Desk) -> None:
    patient = past_pain(desk, 4)
    following = patient.asked[-1]
    patient.tap_old("pain", 4).expect_shown().expect_question(following)
    assert patient.conversation.answers["pain"].value == 4
