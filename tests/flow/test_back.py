"""ひとつ戻る: one step back, whatever that step was."""

from __future__ import annotations

from support.patient import Patient

from bot.desk import Desk


def test_back_takes_the_last_answer_away_and_shows_it(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger", onset="twist_or_fall").command("back")
    patient.expect_shown("went_back").expect_question("onset")
    assert patient.ask.previous == "twist_or_fall"
    assert "onset" not in patient.conversation.answers


def test_back_again_goes_further_back(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger").command("back").command("back")
    patient.expect_question("chest").command("back").expect_question("consent")


def test_at_the_first_question_there_is_nothing_to_go_back_to(desk: Desk) -> None:
    Patient(desk).follow().command("back").expect_shown("nothing_to_go_back").expect_question("consent")


def test_back_skips_questions_that_were_not_asked(desk: Desk) -> None:
    for onset, is_injured in (("gradual", False), ("high_energy_trauma", True)):
        patient = Patient(desk).goes_to("swelling", onset=onset)
        way = tuple(patient.asked)
        assert ("injury" in way) is is_injured
        for question in reversed(way[:-1]):
            patient.command("back").expect_question(question)


def test_back_in_a_list_first_takes_away_what_is_ticked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body")
    before = patient.asked[-2]
    patient.tap("calf_tender", "veins_visible").command("back")
    patient.expect_shown("went_back").expect_question("whole_body")
    assert patient.ask.selected == ()
    patient.command("back").expect_question(before)


def test_back_to_a_list_shows_what_was_answered(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").answer(["calf_tender"]).expect_past("whole_body")
    patient.command("back").expect_question("whole_body")
    assert patient.ask.previous == ("calf_tender",)
    assert patient.ask.selected == ()


def test_back_from_the_end_opens_the_last_question(desk: Desk) -> None:
    patient = Patient(desk).finishes()
    last = patient.asked[-1]
    patient.command("back").expect_shown("went_back").expect_question(last)
    assert patient.conversation.finished is None


def test_back_from_an_emergency_that_was_tapped(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").tap("dyspnoea").command("back")
    patient.expect_shown("went_back").expect_question("chest")
    patient.tap("none").expect_question("onset")


def test_back_from_an_emergency_that_was_said(desk: Desk) -> None:
    patient = Patient(desk).goes_to("skin").say("急に息が苦しいです").command("back")
    patient.expect_shown("taken_back").expect_question("skin")
    assert patient.conversation.volunteered == ()


def test_back_from_an_emergency_takes_away_what_came_last(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger").say("なんだかぐったりしています").expect_question("leg_danger")
    patient.goes_to("whole_body").say("熱っぽい、赤い").expect_outcome("emergency_now", rules=["E5"])
    patient.command("back").expect_question("whole_body")
    assert patient.conversation.volunteered == ("very_unwell",)


def test_back_takes_a_question_to_be_confirmed_away(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです")
    patient.command("back").expect_question("age_band")
    assert patient.conversation.pending is None


def test_back_after_stopping_goes_on(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").command("stop").command("back")
    patient.expect_shown("went_back").expect_question("swelling")
    assert not patient.conversation.stopped


def test_back_after_days_asks_again_what_may_have_changed(desk: Desk) -> None:
    patient = Patient(desk).finishes().wait(days=2).command("back")
    patient.expect_shown("went_back", "answers_expired").expect_question("chest")


def test_the_way_on_after_back_may_be_another_one(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling", onset="gradual")
    while patient.open_question != "onset":
        patient.command("back")
    patient.goes_to("injury", onset="high_energy_trauma")
