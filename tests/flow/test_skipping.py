"""What is known, and what makes no sense, is not asked."""

from __future__ import annotations

from itertools import pairwise

import pytest
from support.answers import HARMLESS
from support.patient import Patient

from bot.desk import Desk


def asked(desk: Desk, **answers: str | int | list[str]) -> list[str]:
    """Every question that somebody with these answers is asked."""
    return Patient(desk).finishes(**answers).asked


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("injury", {"onset": "twist_or_fall"}),
        ("injury", {"onset": "sudden_no_injury"}),
        ("pain_in_danger", {"skin": "ankle_bruise"}),
        ("lump", {"swelling": "lump_behind_knee"}),
        ("walking", {"pain_trigger": "walk"}),
        ("course", {"duration": "w6_12"}),
        ("course", {"whole_person": "night_pain"}),
        ("artery_risk", {"age_band": "a45_59"}),
        ("overuse", {"leg_danger": "tense_calf_severe_pain"}),
    ],
)
def test_a_question_is_asked_only_of_those_whom_it_concerns(desk: Desk, question: str, answers: dict[str, str]) -> None:
    assert question in asked(desk, **answers)
    assert question not in asked(desk)


def test_once_a_clot_is_likely_no_more_is_asked_about_it(desk: Desk) -> None:
    assert not {"calf", "immobility", "clot_risk"} & set(asked(desk, swelling="calf"))


def test_nobody_is_asked_twice(desk: Desk) -> None:
    for answers in ({}, {"onset": "twist_or_fall"}, {"skin": "ankle_bruise"}, {"swelling": "lump_behind_knee"}):
        questions = asked(desk, **answers)
        assert len(questions) == len(set(questions))


def test_a_list_leaves_out_what_is_known_already(desk: Desk) -> None:
    all_of_them = Patient(desk).goes_to("joint", onset="gradual").ask.options
    the_rest = Patient(desk).goes_to("joint", onset="snap_on_effort").ask.options
    assert {"cannot_bear_weight", "locked_knee", "giving_way"} <= set(all_of_them)
    assert set(all_of_them) - set(the_rest) == {"cannot_bear_weight", "locked_knee", "giving_way"}


def test_a_list_is_numbered_as_it_is_shown(desk: Desk) -> None:
    patient = Patient(desk).goes_to("joint", onset="snap_on_effort")
    assert patient.ask.options[0] == "catching_clicking"
    assert patient.say("1").ask.selected == ("catching_clicking",)


def test_what_an_earlier_list_settled_outlives_a_later_one(desk: Desk) -> None:
    patient = Patient(desk).finishes(onset="snap_on_effort", injury="giving_way", joint="none")
    patient.expect_outcome("soon_2w", rules=["W3"])


def test_pain_is_asked_once(desk: Desk) -> None:
    questions = asked(desk, skin="ankle_bruise")
    assert "pain_in_danger" in questions
    assert "pain" not in questions


def test_the_number_of_remaining_questions_falls_to_nothing(desk: Desk) -> None:
    patient = Patient(desk).follow()
    remaining = []
    while patient.open_question is not None:
        remaining.append(patient.ask.remaining)
        patient.answer(HARMLESS[patient.open_question])
    assert remaining[-1] == 0
    assert all(later <= before for before, later in pairwise(remaining))
