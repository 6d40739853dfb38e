"""What is known, and what makes no sense, is not asked."""

from __future__ import annotations

import pytest
from support.answers import LEADS_TO, Answer
from support.patient import Patient

from bot.desk import Desk
from bot.flow.replay import replay


def asked(desk: Desk, **answers: Answer) -> list[str]:
    """Every question that somebody with these answers is asked."""
    return Patient(desk).finishes(**answers).asked


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        *LEADS_TO.items(),
        ("injury", {"onset": "twist_or_fall", "leg_danger": "numbness_leg"}),
        ("pain_in_danger", {"skin": "pale"}),
        ("course", {"age_band": "u15", "body": "night_pain"}),
        ("child", {"age_band": "a15_29"}),
    ],
)
def test_a_question_is_asked_only_of_those_whom_it_concerns(desk: Desk, question: str, answers: dict[str, str]) -> None:
    Patient(desk).goes_to(question, **answers)
    assert question not in asked(desk)


def test_once_a_clot_is_likely_no_more_is_asked_about_it(desk: Desk) -> None:
    assert not {"calf", "immobility", "background"} & set(asked(desk, swelling="calf"))


def test_nobody_is_asked_twice(desk: Desk) -> None:
    for answers in ({}, *LEADS_TO.values()):
        questions = asked(desk, **answers)
        assert len(questions) == len(set(questions))


KNOWS_ABOUT_ARTERIES = {"onset": "sudden_no_injury", "leg_danger": "numbness_leg"}
"""Somebody who is asked about the arteries early, before the list about the past."""


def test_a_list_leaves_out_what_is_known_already(desk: Desk) -> None:
    all_of_them = Patient(desk).goes_to("background").ask.options
    patient = Patient(desk).goes_to("background", **KNOWS_ABOUT_ARTERIES)
    assert "leg_arteries" in patient.asked
    assert set(all_of_them) - set(patient.ask.options) == {"artery_risk"}


def test_a_list_is_numbered_as_it_is_shown(desk: Desk) -> None:
    everything = Patient(desk).goes_to("whole_body").ask.options
    patient = Patient(desk).goes_to("leg_danger").say("なんだかぐったりしています").goes_to("whole_body")
    number = 1 + patient.ask.options.index("calf_tender")
    assert number == everything.index("calf_tender")
    assert patient.say(str(number)).ask.selected == ("calf_tender",)


def test_what_an_earlier_list_settled_outlives_a_later_one(desk: Desk) -> None:
    patient = Patient(desk).finishes(**KNOWS_ABOUT_ARTERIES, leg_arteries="smoker", background="none")
    assert {"leg_arteries", "background"} <= set(patient.asked)
    assert replay(desk.flow, patient.conversation, patient.now).facts["artery_risk"] == {"smoker"}


def test_pain_is_asked_once(desk: Desk) -> None:
    questions = asked(desk, **LEADS_TO["pain_in_danger"])
    assert "pain_in_danger" in questions
    assert "pain" not in questions


def test_the_number_of_remaining_questions_is_about_right_and_falls_to_nothing(desk: Desk) -> None:
    patient = Patient(desk).follow()
    remaining = []
    while patient.open_question is not None:
        remaining.append(patient.ask.remaining)
        patient.answers_harmlessly()
    indeed = list(reversed(range(len(remaining))))
    assert remaining[-1] == 0
    assert all(abs(said - left) <= 3 for said, left in zip(remaining, indeed, strict=True)), remaining
