"""What cannot be read leads to a reason, then to simpler words, then to a person; nobody is stuck."""

from __future__ import annotations

from typing import get_args

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.events import UnsupportedKind

NONSENSE = "あのですね"


def test_the_ladder_has_three_steps(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band")
    steps = []
    for _ in range(4):
        patient.say(NONSENSE).expect_question("age_band")
        steps.append((*patient.shown, patient.ask.wording))
    assert steps == [
        ("reprompt_first", "normal"),
        ("reprompt_second", "simpler"),
        ("reprompt_third", "simpler"),
        ("reprompt_third", "simpler"),
    ]


def test_an_answer_begins_the_ladder_anew(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say(NONSENSE).say(NONSENSE).say("60代")
    patient.expect_question("duration").say(NONSENSE).expect_shown("reprompt_first")


def test_a_tick_in_a_list_begins_the_ladder_anew(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").say(NONSENSE).say(NONSENSE).tap("calf_tender")
    assert patient.ask.wording == "normal"
    patient.say(NONSENSE).expect_shown("reprompt_first")


def test_going_back_begins_the_ladder_anew(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say(NONSENSE).say(NONSENSE).command("back")
    patient.say(NONSENSE).expect_shown("reprompt_first").expect_question("swelling")


def test_danger_in_words_begins_the_ladder_anew(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say(NONSENSE).say(NONSENSE).say("ぐったりしています")
    patient.expect_shown("noted").say(NONSENSE).expect_shown("reprompt_first")


@pytest.mark.parametrize("name", ["help", "why"])
def test_a_question_back_is_no_failure(desk: Desk, name: str) -> None:
    patient = Patient(desk).goes_to("age_band").say(NONSENSE).command(name)
    patient.say(NONSENSE).expect_shown("reprompt_second")


def test_a_number_out_of_range_says_the_range_and_then_offers_a_person(desk: Desk) -> None:
    patient = Patient(desk).goes_to("pain")
    patient.say("11").expect_shown("number_out_of_range")
    patient.say("12").expect_shown("number_out_of_range")
    patient.say("13").expect_shown("reprompt_third").expect_question("pain")


def test_after_the_end_nothing_is_asked_for_again(desk: Desk) -> None:
    patient = Patient(desk).finishes()
    for _ in range(4):
        patient.say(NONSENSE).expect_shown("finished_hint")


@pytest.mark.parametrize("kind", get_args(UnsupportedKind))
def test_what_is_no_text_is_answered_by_its_kind_and_the_question_asked_again(
    desk: Desk, kind: UnsupportedKind
) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("calf_tender").send(kind)
    patient.expect_shown(f"unsupported_{kind}").expect_question("whole_body")
    assert patient.ask.selected == ("calf_tender",)


def test_what_is_no_text_is_no_failure_to_answer(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").send("sticker").send("sticker").say(NONSENSE)
    patient.expect_shown("reprompt_first")


def test_a_sticker_as_the_very_first_message(desk: Desk) -> None:
    Patient(desk).send("sticker").expect_shown("greeting_short", "unsupported_sticker").expect_question("consent")


def test_a_sticker_while_something_is_to_be_confirmed(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです").send("sticker")
    patient.expect_shown("unsupported_sticker", "Confirm")


def test_a_sticker_after_the_end(desk: Desk) -> None:
    Patient(desk).finishes().send("sticker").expect_shown("unsupported_sticker", "finished_hint")
