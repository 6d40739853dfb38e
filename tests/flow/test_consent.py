"""Consent comes first; emergency guidance works before and without it."""

from __future__ import annotations

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.effects import Emergency


def kept_about_health(patient: Patient) -> list[object]:
    """Everything in the conversation that says something about the patient."""
    conversation = patient.conversation
    answers = [id for id in conversation.answers if id != "consent"]
    return [*answers, *conversation.volunteered, *conversation.denied, *conversation.selected]


def test_who_adds_the_account_is_welcomed_and_asked_for_consent(desk: Desk) -> None:
    patient = Patient(desk).follow().expect_shown("welcome").expect_question("consent")
    assert patient.ask.options == ("agree", "decline")


def test_who_unblocks_the_account_is_welcomed_back(desk: Desk) -> None:
    Patient(desk).follow(unblocked=True).expect_shown("welcome_back").expect_question("consent")


def test_who_adds_the_account_again_goes_on_where_they_were(desk: Desk) -> None:
    Patient(desk).goes_to("skin").follow().expect_shown("welcome_back").expect_question("skin")


def test_who_writes_without_adding_the_account_is_greeted_and_asked_for_consent(desk: Desk) -> None:
    Patient(desk).say("こんにちは").expect_shown("greeting_short").expect_question("consent")


@pytest.mark.parametrize("text", ["はい", "同意する", "1", "OK"])
def test_consent_can_be_typed(desk: Desk, text: str) -> None:
    Patient(desk).follow().say(text).expect_question("chest")


@pytest.mark.parametrize("text", ["いいえ", "同意しない", "2"])
def test_consent_can_be_declined_by_typing(desk: Desk, text: str) -> None:
    Patient(desk).follow().say(text).expect_shown("consent_declined")


def test_who_declines_is_asked_nothing(desk: Desk) -> None:
    patient = Patient(desk).follow().tap("decline").expect_shown("consent_declined")
    assert patient.conversation.finished is not None
    assert patient.conversation.finished.urgency is None
    patient.say("膝の裏が痛い").expect_shown("consent_declined")
    assert kept_about_health(patient) == []


def test_who_declined_can_begin_again_and_agree(desk: Desk) -> None:
    patient = Patient(desk).follow().tap("decline").command("restart")
    patient.expect_shown("restarted").expect_question("consent").tap("agree").expect_question("chest")


def test_who_declined_by_mistake_can_go_back(desk: Desk) -> None:
    patient = Patient(desk).follow().tap("decline").command("back")
    patient.expect_shown("went_back").expect_question("consent")
    assert patient.ask.previous == "decline"


@pytest.mark.parametrize("text", ["急に息が苦しいです", "胸が痛い", "おしっこが出ないんです", "足が冷たくて動かない"])
def test_danger_in_words_before_consent_is_answered_and_not_kept(desk: Desk, text: str) -> None:
    patient = Patient(desk).follow().say(text).expect_shown("Emergency")
    assert patient.effects == (Emergency("danger_before_consent"),)
    assert kept_about_health(patient) == []
    patient.say("同意する").expect_question("chest")
    assert kept_about_health(patient) == []


def test_danger_in_the_very_first_words_comes_before_any_greeting(desk: Desk) -> None:
    Patient(desk).say("胸が痛くて苦しいです").expect_shown("Emergency")


def test_danger_in_words_after_declining_is_answered_and_not_kept(desk: Desk) -> None:
    patient = Patient(desk).follow().tap("decline").say("急に息が苦しいです").expect_shown("Emergency")
    assert kept_about_health(patient) == []


@pytest.mark.parametrize("text", ["119", "救急車を呼んで", "助けて"])
def test_a_call_for_help_is_answered_before_consent(desk: Desk, text: str) -> None:
    patient = Patient(desk).say(text)
    assert patient.effects == (Emergency("emergency_help"),)


def test_a_negated_danger_before_consent_is_confirmed_and_not_kept(desk: Desk) -> None:
    patient = Patient(desk).follow().say("息苦しくはないです")
    patient.expect_confirm("danger", "dyspnoea")
    patient.say("いいえ").expect_shown("danger_denied").expect_question("consent")
    assert kept_about_health(patient) == []


def test_a_danger_confirmed_before_consent_is_answered_and_not_kept(desk: Desk) -> None:
    patient = Patient(desk).follow().say("息苦しくはないです").say("はい").expect_shown("Emergency")
    assert kept_about_health(patient) == []
    assert patient.conversation.pending is None


def test_withdrawing_consent_ends_the_questions(desk: Desk) -> None:
    patient = Patient(desk).goes_to("lump").tap_old("consent", "decline")
    patient.expect_confirm("change", "consent")
    patient.confirm("yes").expect_shown("answer_changed", "consent_declined")


def test_withdrawing_consent_forgets_the_answers(desk: Desk) -> None:
    patient = Patient(desk).goes_to("lump").tap_old("consent", "decline").confirm("yes")
    assert kept_about_health(patient) == []
