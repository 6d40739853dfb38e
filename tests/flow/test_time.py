"""Patients come back after hours and days; what was true then is not taken for granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.replay import replay
from bot.flow.schema import NONE

# Back after more than three days


@pytest.mark.parametrize("text", ["すみません、遅くなりました", "60代", "1", "ベーカー嚢腫って何ですか"])
def test_after_days_any_message_is_answered_with_the_question_whether_to_go_on(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").wait(days=3, minutes=1).say(text)
    patient.expect_confirm("resume")


def test_after_days_a_tap_is_answered_with_the_question_whether_to_go_on(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").wait(days=4).tap_old("age_band", "a30_44")
    patient.expect_confirm("resume")
    assert "age_band" not in patient.conversation.answers


def test_within_three_days_nothing_is_asked_about(desk: Desk) -> None:
    Patient(desk).goes_to("onset").wait(days=2, hours=23).say("だんだん").expect_question("chest")


@pytest.mark.parametrize("text", ["はい", "1", "続ける"])
def test_going_on_keeps_the_answers_that_last(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("duration").wait(days=4).say("こんにちは").say(text)
    patient.expect_shown("resumed", "answers_expired").expect_question("chest")
    assert patient.conversation.answers["onset"].value == "gradual"
    assert "age_band" in patient.conversation.answers


@pytest.mark.parametrize("text", ["いいえ", "2"])
def test_not_going_on_begins_again_with_consent_kept(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").wait(days=4).say("こんにちは").say(text)
    patient.expect_shown("restarted").expect_question("chest")
    assert set(patient.conversation.answers) == {"consent"}


def test_the_question_whether_to_go_on_is_asked_until_it_is_answered(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").wait(days=4).say("こんにちは").say("うれしいです")
    patient.expect_confirm("resume")


def test_before_consent_and_after_the_end_there_is_nothing_to_go_on_with(desk: Desk) -> None:
    Patient(desk).follow().wait(days=30).say("同意する").expect_question("chest")
    Patient(desk).finishes().wait(days=30).say("こんにちは").expect_shown("finished_hint")


# Answers that expire


@pytest.mark.parametrize(
    ("question", "hours"),
    [("chest", 12), ("leg_danger", 12), ("skin", 12), ("whole_body", 12), ("cauda_equina", 24), ("swelling", 24)],
)
def test_an_answer_about_danger_is_asked_for_again_when_it_is_old(desk: Desk, question: str, hours: int) -> None:
    given = Patient(desk).goes_to("duration", **{question: NONE}).conversation
    at, valid_for = given.answers[question].answered_at, timedelta(hours=hours)
    renewed = {id: replace(answer, answered_at=at + valid_for) for id, answer in given.answers.items()}
    only_one_is_old = replace(given, answers={**renewed, question: given.answers[question]})
    assert replay(desk.flow, only_one_is_old, at + valid_for).dropped == ()
    too_late = replay(desk.flow, only_one_is_old, at + valid_for + timedelta(seconds=1))
    assert too_late.dropped == ((question, "expired"),)
    assert too_late.question is desk.flow.questions[question]


def test_every_danger_question_is_asked_again_some_day(desk: Desk) -> None:
    danger = set(desk.flow.danger_findings)
    for question in desk.flow.questions.values():
        if danger & {finding.id for finding in question.asks}:
            assert question.valid_for is not None, question.id


def test_expired_answers_are_asked_for_again_and_the_others_are_not(desk: Desk) -> None:
    patient = Patient(desk).goes_to("duration", onset="twist_or_fall", skin="none").wait(hours=13).command("help")
    patient.expect_shown("help", "answers_expired").expect_question("chest")
    before = len(patient.asked)
    again = patient.finishes(skin="none").asked[before:]
    assert {"leg_danger", "skin", "whole_body", "duration"} <= set(again)
    assert not {"consent", "onset", "injury", "swelling"} & set(again)


@pytest.mark.parametrize("text", ["ない", "1", "わからない"])
def test_words_meant_for_the_question_on_the_screen_do_not_renew_an_expired_answer(desk: Desk, text: str) -> None:
    # The patient sees the question about bed rest, and nobody has asked about the chest again.
    patient = Patient(desk).goes_to("immobility").wait(hours=13).say(text)
    patient.expect_question("chest")
    assert "chest" not in patient.conversation.answers
    assert patient.conversation.selected == ()


def test_the_patient_is_told_once_that_answers_expired(desk: Desk) -> None:
    patient = Patient(desk).goes_to("duration").wait(hours=13).say("あのですね")
    assert patient.shown.count("answers_expired") == 1
    patient.tap("none")
    assert "answers_expired" not in patient.shown


def test_an_answer_given_while_the_ones_before_it_expired_is_kept(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").wait(hours=13)
    patient.tap_old("age_band", "a60_74").expect_question("chest")
    assert patient.conversation.answers.get("age_band") is None, "not the open question any more"
    patient.expect_shown("old_button", "answers_expired")


def test_what_has_changed_since_counts(desk: Desk) -> None:
    patient = Patient(desk).goes_to("duration").wait(hours=13).say("あのですね").expect_question("chest")
    patient.tap("chest_pain").expect_outcome("emergency_now", rules=["E1"])


def test_an_outcome_does_not_expire(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").tap("dyspnoea").wait(days=9).say("こんにちは")
    patient.expect_outcome("emergency_now", rules=["E1"])


def test_a_change_long_after_the_end_asks_again_what_may_have_changed(desk: Desk) -> None:
    patient = Patient(desk).finishes().wait(days=2).tap_old("age_band", "a75p").confirm("yes")
    patient.expect_shown("answer_changed", "answers_expired").expect_question("chest")


@pytest.mark.parametrize(("question", "option"), [("skin", "pale"), ("immobility", "travel_4h")])
def test_what_is_ticked_in_an_open_list_is_never_ticked_in_another(desk: Desk, question: str, option: str) -> None:
    patient = Patient(desk).goes_to(question).tap(option).wait(hours=13).command("help").expect_question("chest")
    assert patient.ask.selected == ()
    patient.tap("none").expect_question("leg_danger")


def test_a_danger_word_is_weighed_with_what_was_answered_behind_an_expired_question(desk: Desk) -> None:
    # A cold foot is an emergency unless it came gradually. That it did still holds; only the chest is asked again.
    patient = Patient(desk).goes_to("skin", onset="gradual").say("足が冷たくて困っています").expect_shown("noted")
    patient.wait(hours=13).command("help").expect_question("chest")
    patient.tap("none").expect_question("leg_danger")
