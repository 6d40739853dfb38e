"""Danger signs in typed words: heard at every question, confirmed when a word may turn them round."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from support.changed import FLOW_FILE, FLOWS, asking_more
from support.patient import Patient

from bot.desk import Desk
from bot.flow.effects import Emergency
from bot.flow.typed import Danger, read_danger
from bot.flow.vocabulary import Vocabulary

QUESTIONS = [
    id for id in yaml.safe_load((FLOWS / FLOW_FILE).read_text(encoding="utf-8"))["questions"] if id != "consent"
]


@pytest.fixture(scope="module")
def asking_everything(desk: Desk) -> Desk:
    return asking_more(desk)


@pytest.mark.parametrize("question", QUESTIONS)
def test_danger_is_heard_at_every_question(asking_everything: Desk, question: str) -> None:
    patient = Patient(asking_everything).goes_to(question).say("さっきから急に息が苦しいです")
    patient.expect_outcome("emergency_now", rules=["E1"])


def test_danger_is_heard_after_the_end(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch")
    patient.say("足の指が動かなくなりました").expect_outcome("emergency_now", rules=["E8"])


@pytest.mark.parametrize("text", ["胸がとても痛い", "胸がすごく痛い", "息がとても苦しい", "急に息がすごく苦しくなった"])
def test_a_word_of_degree_does_not_hide_the_danger(desk: Desk, text: str) -> None:
    Patient(desk).goes_to("age_band").say(text).expect_outcome("emergency_now", rules=["E1"])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_phrase_is_found_when_it_is_all_that_is_said(desk: Desk, language: str) -> None:
    # もう is a filler, and part of もうろう.
    tongue = desk.tongue(language)
    for reference, phrases in tongue.library.danger_words.findings.items():
        for phrase in phrases:
            danger = read_danger(phrase, tongue.vocabulary)
            assert reference in (*danger.stated, *danger.unclear), phrase


@pytest.fixture
def english(desk: Desk) -> Vocabulary:
    """A language that says no before a word."""
    return replace(desk.vocabulary, danger=(("chestpain", "chest_pain"),), negations_before=("no", "withoutany"))


@pytest.mark.parametrize("text", ["I have no chest pain", "without any chest pain"])
def test_a_negation_before_the_words_leads_to_one_question(english: Vocabulary, text: str) -> None:
    assert read_danger(text, english) == Danger((), ("chest_pain",))


def test_a_negation_before_other_words_turns_nothing_round(english: Vocabulary) -> None:
    assert read_danger("no fever but chest pain", english).stated == ("chest_pain",)


def test_a_danger_sign_that_is_no_emergency_is_noted_and_counts(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger").say("なんだかぐったりしています")
    patient.expect_shown("noted").expect_question("leg_danger")
    patient.finishes().expect_outcome("same_day", rules=["S12"])


def test_what_was_said_in_words_is_not_asked_again(desk: Desk) -> None:
    patient = Patient(desk).goes_to("leg_danger").say("なんだかぐったりしています").goes_to("whole_body")
    assert "very_unwell" not in patient.ask.options
    assert "fever_chills" in patient.ask.options


def test_a_danger_word_is_weighed_together_with_the_answers_given(desk: Desk) -> None:
    # A cold foot is an emergency unless it came gradually, and this patient said so.
    tapped = Patient(desk).goes_to("leg_danger", onset="gradual").answer(["cold_pale_foot"])
    tapped.expect_past("leg_danger")
    typed = Patient(desk).goes_to("leg_danger", onset="gradual").say("足が冷たくて困っています")
    typed.expect_shown("noted").expect_question("leg_danger")


def test_a_word_adds_to_what_was_answered_and_takes_nothing_away(desk: Desk) -> None:
    patient = Patient(desk).goes_to("pain_in_danger", onset="sudden_no_injury", skin="pale")
    patient.say("皮膚が黒くなってきました").expect_shown("noted")
    patient.finishes(pain_in_danger=7).expect_outcome("emergency_now", rules=["E2"])


@pytest.mark.parametrize("text", ["119", "救急車を呼んだほうがいいですか", "緊急です", "助けてください"])
def test_a_call_for_help_shows_the_way_and_changes_nothing(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("swelling")
    before = patient.conversation.answers
    patient.say(text)
    assert patient.effects == (Emergency("emergency_help"),)
    assert patient.conversation.answers == before
    patient.tap_old("swelling", "none").expect_question("age_band")


def test_an_emergency_is_shown_again_whatever_follows(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("急に胸が痛い").expect_outcome("emergency_now")
    patient.say("どうしよう").expect_outcome("emergency_now", rules=["E1"])
    patient.send("sticker").expect_outcome("emergency_now", rules=["E1"])


def test_a_second_danger_word_shows_the_emergency_again(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("急に胸が痛い")
    patient.say("息も苦しい").expect_outcome("emergency_now", rules=["E1"])
    assert {"chest_pain", "dyspnoea"} <= set(patient.conversation.volunteered)


# A word that may turn it round


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("息苦しくはないです", "dyspnoea"),
        ("胸が痛いわけではない", "chest_pain"),
        ("血を吐いたことはありません", "haemoptysis_or_faint"),
        ("足が冷たいということはないです", "cold_pale_foot"),
    ],
)
def test_a_negated_danger_leads_to_one_confirming_question(desk: Desk, text: str, finding: str) -> None:
    patient = Patient(desk).goes_to("age_band").say(text)
    patient.expect_confirm("danger", finding)


def test_confirmed_it_counts(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです")
    patient.confirm("yes").expect_outcome("emergency_now", rules=["E1"])


@pytest.mark.parametrize("text", ["わからない", "よくわかりません", "はい", "1"])
def test_unsure_counts_like_yes(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです")
    patient.say(text).expect_outcome("emergency_now", rules=["E1"])


@pytest.mark.parametrize("text", ["いいえ", "ないです", "2", "２"])
def test_denied_the_question_stands_where_it_stood(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです")
    patient.say(text).expect_shown("danger_denied").expect_question("age_band")


def test_it_is_asked_only_once(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです").confirm("no")
    patient.say("息苦しくはないです").expect_shown("reprompt_first").expect_question("age_band")


def test_denied_once_it_still_counts_when_stated(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("息苦しくはないです").confirm("no")
    patient.say("急に息が苦しくなりました").expect_outcome("emergency_now", rules=["E1"])


def test_stated_while_another_sign_is_being_confirmed_it_counts(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("胸が痛いわけではない")
    patient.say("急に息が苦しくなりました").expect_outcome("emergency_now", rules=["E1"])


def test_an_unreadable_reply_is_asked_for_again(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").say("胸が痛いわけではない").say("そうですねえ")
    patient.expect_confirm("danger", "chest_pain")


# A patient who was away


def test_danger_after_days_comes_before_the_question_whether_to_go_on(desk: Desk) -> None:
    patient = Patient(desk).goes_to("swelling").wait(days=5)
    patient.say("急に息が苦しいです").expect_outcome("emergency_now", rules=["E1"])


@pytest.mark.parametrize("text", ["息苦しい", "胸が痛い", "失神した"])
def test_danger_that_is_also_an_answer_comes_before_the_question_whether_to_go_on(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("chest").wait(days=5)
    patient.say(text).expect_outcome("emergency_now", rules=["E1"])


@pytest.mark.parametrize("text", ["息苦しい", "胸が痛い", "失神した"])
def test_danger_that_is_also_an_answer_is_heard_after_stopping(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("chest").command("stop")
    patient.say(text).expect_outcome("emergency_now", rules=["E1"])


def test_a_danger_option_tapped_after_days_is_not_lost(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").wait(days=5)
    patient.tap_old("chest", "dyspnoea").expect_outcome("emergency_now", rules=["E1"])
