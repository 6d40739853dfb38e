"""The wish to be asked how it went, and the answers."""

from __future__ import annotations

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.effects import AskFollowUp, Effect, ExplainTopic, FollowUp, Show


def said(patient: Patient) -> list[str]:
    return [effect.message for effect in effects(patient) if isinstance(effect, Show)]


def effects(patient: Patient) -> tuple[Effect, ...]:
    assert patient.reply
    return patient.reply.effects


def test_after_an_outcome_a_patient_may_wish_it(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch").command("follow_up_on")
    assert FollowUp(agreed=True, after_days=desk.flow.follow_ups["self_care_watch"]) in effects(patient)


def test_before_an_outcome_there_is_nothing_to_ask_about(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").command("follow_up_on")
    assert said(patient) == ["follow_up_nothing"]
    patient.expect_question("onset")


def test_after_an_emergency_nobody_is_asked(desk: Desk) -> None:
    assert "emergency_now" not in desk.flow.follow_ups


@pytest.mark.parametrize("word", ["様子の確認を止める", "やめる", "stop"])
def test_the_wish_ends_with_a_word(desk: Desk, word: str) -> None:
    patient = Patient(desk).finishes().command("follow_up_on").say(word)
    assert FollowUp(agreed=False) in effects(patient)


def test_who_is_better_is_answered_and_asked_nothing(desk: Desk) -> None:
    patient = Patient(desk).finishes().say("前よりよくなった")
    assert effects(patient) == (Show("follow_up_better"),)


def test_who_is_no_better_is_told_where_to_go(desk: Desk) -> None:
    patient = Patient(desk).finishes().say("前と変わらない")
    assert said(patient) == ["follow_up_same"]
    assert any(isinstance(effect, ExplainTopic) and effect.topic == "list.clinics" for effect in effects(patient))


def test_who_is_worse_is_asked_the_danger_questions_again_and_no_consent(desk: Desk) -> None:
    patient = Patient(desk).finishes().wait(days=7).say("前より悪くなった")
    assert said(patient) == ["follow_up_worse"]
    patient.expect_question("chest")
    assert not patient.conversation.finished


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_question_offers_the_three_answers_to_be_tapped(desk: Desk, language: str) -> None:
    renderer = desk.tongue(language).renderer
    written = renderer.written("C1", (AskFollowUp(),), Patient(desk).now)
    assert [f"command|follow_up_{answer}" in written for answer in ("better", "same", "worse")] == [True] * 3
