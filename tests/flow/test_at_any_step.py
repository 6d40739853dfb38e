"""What a patient can do at any step, by tapping or by typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.commands import COMMANDS
from bot.flow.effects import ExplainOutcome, ExplainQuestion

State = Callable[[Desk], Patient]
"""A patient in some state of a conversation."""

TYPED = {
    "news_on": "お知らせを受け取る",
    "news_off": "お知らせを止める",
    "restart": "はじめから",
    "back": "ひとつ戻る",
    "help": "ヘルプ",
    "stop": "やめる",
    "staff": "スタッフ",
    "why": "なぜ聞くのですか",
    "why_result": "なぜこの案内ですか",
    "memo": "受診メモ",
    "delete": "データ削除",
    "resume": "続ける",
    "menu": "メニュー",
    "thanks": "ありがとうございました",
    "follow_up_on": "後日の確認を頼む",
    "follow_up_off": "様子の確認を止める",
    "follow_up_better": "前よりよくなった",
    "follow_up_same": "前と変わらない",
    "follow_up_worse": "前より悪くなった",
}


def at_first_words(desk: Desk) -> Patient:
    return Patient(desk)


def at_consent(desk: Desk) -> Patient:
    return Patient(desk).follow()


def declined(desk: Desk) -> Patient:
    return Patient(desk).follow().tap("decline")


def at_a_choice(desk: Desk) -> Patient:
    return Patient(desk).goes_to("age_band")


def in_a_list(desk: Desk) -> Patient:
    return Patient(desk).goes_to("whole_body").tap("calf_tender")


def at_a_number(desk: Desk) -> Patient:
    return Patient(desk).goes_to("pain")


def confirming_a_danger(desk: Desk) -> Patient:
    return Patient(desk).goes_to("age_band").say("息苦しくはないです")


def confirming_a_change(desk: Desk) -> Patient:
    return Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall")


def stopped(desk: Desk) -> Patient:
    return Patient(desk).goes_to("age_band").command("stop")


def back_after_days(desk: Desk) -> Patient:
    return Patient(desk).goes_to("age_band").wait(days=5)


def finished(desk: Desk) -> Patient:
    return Patient(desk).finishes()


def in_an_emergency(desk: Desk) -> Patient:
    return Patient(desk).goes_to("chest").tap("dyspnoea")


STATES = [
    at_first_words,
    at_consent,
    declined,
    at_a_choice,
    in_a_list,
    at_a_number,
    confirming_a_danger,
    confirming_a_change,
    stopped,
    back_after_days,
    finished,
    in_an_emergency,
]
in_every_state = pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)


def test_every_command_is_tried_here(desk: Desk) -> None:
    assert set(TYPED) == set(COMMANDS) == set(desk.library.commands)


@in_every_state
@pytest.mark.parametrize("name", COMMANDS)
def test_typed_and_tapped_commands_do_the_same(desk: Desk, state: State, name: str) -> None:
    tapped, typed = state(desk).command(name), state(desk).say(TYPED[name])
    assert tapped.effects == typed.effects
    assert tapped.state == typed.state


@in_every_state
def test_restart_begins_again_and_keeps_only_the_consent(desk: Desk, state: State) -> None:
    patient = state(desk)
    had_agreed = patient.state is not None and "chest" in patient.asked
    patient.command("restart")
    assert "restarted" in patient.shown
    patient.expect_question("chest" if had_agreed else "consent")
    assert set(patient.conversation.answers) == ({"consent"} if had_agreed else set())
    assert patient.conversation.volunteered == ()


@in_every_state
def test_delete_forgets_everything(desk: Desk, state: State) -> None:
    patient = state(desk).command("delete")
    assert patient.shown[-2:] == ("Forget", "data_deleted")
    assert patient.reply is not None
    after = patient.reply.conversation
    assert (after.answers, after.volunteered, after.denied, after.selected) == ({}, (), (), ())
    assert (after.pending, after.finished) == (None, None)
    assert patient.state is None
    patient.say("こんにちは").expect_question("consent")


@in_every_state
def test_staff_is_always_within_reach_and_changes_nothing(desk: Desk, state: State) -> None:
    patient = state(desk)
    before = patient.conversation.answers if patient.state else {}
    patient.command("staff")
    assert patient.shown[-1:] == ("HandOver",)
    assert patient.conversation.answers == before


@in_every_state
def test_stop_asks_nothing_more(desk: Desk, state: State) -> None:
    patient = state(desk).command("stop")
    assert patient.shown[-1:] == ("stopped",)
    assert patient.open_question is None
    assert patient.conversation.stopped
    assert patient.conversation.pending is None


@in_every_state
def test_help_is_shown_and_the_open_question_asked_again(desk: Desk, state: State) -> None:
    patient = state(desk)
    last = patient.asked[-1] if patient.state else "consent"
    patient.command("help")
    assert "help" in patient.shown
    ended = state in (declined, finished, in_an_emergency)
    confirming = state in (confirming_a_danger, confirming_a_change)
    if confirming:
        assert patient.shown == ("help", "Confirm")
    elif state is back_after_days:
        assert patient.open_question in patient.asked  # answers about danger have expired
    else:
        assert patient.open_question == (None if ended else last)


def test_help_in_a_list_keeps_what_is_ticked(desk: Desk) -> None:
    assert in_a_list(desk).command("help").ask.selected == ("calf_tender",)


@in_every_state
def test_the_menu_is_always_open_and_changes_nothing(desk: Desk, state: State) -> None:
    patient = state(desk)
    before = patient.conversation if patient.state else None
    patient.command("menu")
    assert patient.shown[-1:] == ("ExplainTopic",)
    assert patient.open_question is None
    if before:
        assert patient.conversation == replace(before, updated_at=patient.now)


# Why


def test_why_explains_the_open_question(desk: Desk) -> None:
    patient = at_a_choice(desk).command("why").expect_question("age_band")
    assert patient.effects[0] == ExplainQuestion("age_band")


def test_why_at_the_end_explains_the_outcome(desk: Desk) -> None:
    patient = in_an_emergency(desk).command("why")
    (effect,) = patient.effects
    assert isinstance(effect, ExplainOutcome)
    assert [rule.id for rule in effect.assessment.rules] == ["E1"]
    assert effect.assessment.rules[0].evidence == ("dyspnoea",)


def test_why_result_explains_the_outcome(desk: Desk) -> None:
    finished(desk).command("why_result").expect_shown("ExplainOutcome")


@pytest.mark.parametrize("state", [at_consent, at_a_choice, in_a_list], ids=lambda state: state.__name__)
def test_before_the_end_there_is_no_outcome_to_explain(desk: Desk, state: State) -> None:
    patient = state(desk)
    question = patient.open_question
    patient.command("why_result").expect_shown("nothing_to_explain")
    assert patient.open_question == question


def test_who_declined_has_no_outcome_to_explain(desk: Desk) -> None:
    declined(desk).command("why_result").expect_shown("nothing_to_explain")


# Stop and resume


def test_after_stopping_one_can_go_on(desk: Desk) -> None:
    stopped(desk).command("resume").expect_shown("resumed").expect_question("age_band")


def test_after_stopping_a_list_keeps_what_is_ticked(desk: Desk) -> None:
    patient = in_a_list(desk).command("stop").command("resume").expect_question("whole_body")
    assert patient.ask.selected == ("calf_tender",)


def test_after_stopping_the_next_message_is_asked_about(desk: Desk) -> None:
    patient = stopped(desk).say("60代")
    patient.expect_confirm("resume")
    patient.confirm("yes").expect_shown("resumed").expect_question("age_band")


def test_after_stopping_before_consent_nothing_is_asked_about(desk: Desk) -> None:
    at_consent(desk).command("stop").say("同意する").expect_question("chest")


def test_resume_answers_the_question_whether_to_go_on(desk: Desk) -> None:
    patient = stopped(desk).say("こんにちは")
    patient.command("resume").expect_shown("resumed").expect_question("age_band")
    assert patient.conversation.pending is None


@pytest.mark.parametrize("state", [confirming_a_danger, confirming_a_change], ids=lambda state: state.__name__)
def test_resume_leaves_another_question_to_be_confirmed_open(desk: Desk, state: State) -> None:
    state(desk).command("resume").expect_confirm()


def test_resume_in_an_emergency_shows_the_emergency(desk: Desk) -> None:
    # There is nothing to go on with, and nothing must look as if there were.
    in_an_emergency(desk).command("resume").expect_outcome("emergency_now", rules=["E1"])


def test_resume_after_the_end_says_what_can_be_done(desk: Desk) -> None:
    finished(desk).command("resume").expect_shown("finished_hint")


def test_an_unknown_command_asks_the_open_question_again(desk: Desk) -> None:
    at_a_choice(desk).command("dance").expect_shown().expect_question("age_band")
