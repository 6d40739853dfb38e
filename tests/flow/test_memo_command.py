"""The memo for the doctor in the chat: what it sums up, when it is there, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.changed import with_new_flow
from support.patient import MONDAY, Patient

from bot.desk import Desk
from bot.flow.effects import Ask, Finish, Memo
from bot.flow.events import Command, Typed
from bot.line.gallery import somebody_with_everything
from bot.line.limits.messages import message_problems
from bot.line.memo_text import LONGEST
from bot.line.plain_text import plain_text
from bot.links import Links
from bot.memo import MOST_REASONS, make_memo
from bot.memo import Memo as Summary
from bot.record import record

LINKS = Links("https://clinic.example", "a secret of the tests")


def summary(patient: Patient) -> Summary:
    """What the memo of a patient says."""
    memo = make_memo(patient.desk.flow, patient.desk.library, patient.conversation)
    assert memo is not None
    return memo


def said(memo: Summary) -> set[str]:
    return {line.name for section in memo.sections for line in section.lines}


def label(desk: Desk, finding: str) -> str:
    return desk.library.findings[finding].label


def with_links(desk: Desk) -> Desk:
    return replace(desk, renderer=replace(desk.renderer, links=LINKS))


def addresses(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        for part in message.get("contents", {}).get("footer", {}).get("contents", []):
            if part["type"] == "button" and part["action"]["type"] == "uri":
                yield part["action"]["uri"]


class TestWhenItIsThere:
    def test_nobody_has_one_before_the_first_answer(self, desk: Desk) -> None:
        patient = Patient(with_links(desk)).agrees().command("memo")
        assert patient.reply is not None
        assert desk.library.memo.nothing_yet in plain_text(patient.reply.messages[0])
        assert not list(addresses(patient.reply.messages))

    def test_whoever_refused_has_none(self, desk: Desk) -> None:
        patient = Patient(desk).follow().tap("decline")
        assert make_memo(desk.flow, desk.library, patient.conversation) is None

    def test_the_open_question_is_asked_again(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("swelling").command("memo").expect_question("swelling")
        assert [type(effect) for effect in patient.effects] == [Memo, Ask]

    def test_a_bot_that_was_told_to_stop_asks_nothing(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("swelling").command("stop").command("memo")
        assert [type(effect) for effect in patient.effects] == [Memo]
        assert patient.conversation.stopped

    def test_it_can_be_tapped_below_the_outcome(self, desk: Desk) -> None:
        patient = Patient(desk).finishes()
        assert patient.reply is not None
        items = patient.reply.messages[-1]["quickReply"]["items"]
        assert "command|memo" in [item["action"]["data"] for item in items]
        assert len(items) <= 13

    def test_a_day_later_it_says_the_same(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("swelling", whole_body=["calf_tender"])
        before = summary(patient)
        assert summary(patient.wait(days=2).command("memo")) == before
        assert [type(effect) for effect in patient.effects] == [Memo]


class TestWhatItSays:
    def test_what_is_there_what_is_not_and_what_is_not_known(self, desk: Desk) -> None:
        memo = summary(Patient(desk).finishes(onset="unknown", swelling=["calf"], whole_body=["calf_tender"]))
        assert label(desk, "calf_tender") in said(memo)
        assert label(desk, "chest_pain") in memo.denied_danger
        assert label(desk, "redness") in memo.denied
        assert label(desk, "onset") in memo.unsure
        assert not memo.not_asked

    def test_what_a_patient_says_stands_in_one_place_only(self, desk: Desk) -> None:
        memo = summary(Patient(desk).finishes(swelling=["calf"], leg_danger="unknown"))
        places = [*said(memo), *memo.denied_danger, *memo.denied, *memo.unsure, *memo.not_asked]
        assert len(places) == len(set(places))

    def test_an_early_end_leaves_danger_signs_unasked(self, desk: Desk) -> None:
        memo = summary(Patient(desk).agrees().tap("dyspnoea"))
        assert label(desk, "cauda_equina_signs") in memo.not_asked

    def test_a_sign_that_was_denied_when_asked_back_is_denied(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").say("足が冷たくはないです").confirm("no")
        assert label(desk, "cold_pale_foot") in summary(patient).denied_danger

    def test_why_names_the_answers_that_decided(self, desk: Desk) -> None:
        patient = Patient(desk).finishes(swelling=["calf"], whole_body=["calf_tender"])
        advice = summary(patient).advice
        assert advice is not None
        (told,) = (effect.assessment for effect in patient.effects if isinstance(effect, Finish))
        assert advice.urgency == told.urgency
        deciding = [rule for rule in told.rules if rule.urgency == advice.urgency]
        assert [reason.text for reason in advice.reasons] == [desk.library.rules[rule.id] for rule in deciding]
        assert all(reason.answers for reason in advice.reasons)

    def test_without_a_rule_the_level_speaks_for_itself(self, desk: Desk) -> None:
        advice = summary(Patient(desk).finishes()).advice
        assert advice is not None
        assert [reason.text for reason in advice.reasons] == [desk.library.outcomes[advice.urgency].headline]

    def test_the_times_are_those_of_the_conversation(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("swelling").wait(hours=1).finishes()
        memo = summary(patient)
        assert patient.conversation.finished is not None
        assert memo.advice is not None
        assert memo.began == patient.conversation.started_at < memo.changed <= memo.advice.at

    def test_answers_to_a_question_that_has_changed_are_left_out_and_it_says_so(self, desk: Desk) -> None:
        patient = Patient(desk).finishes(pain_trigger=["stairs"])
        squat = "offers: [squat, stairs, walk, sprint_jump,"
        patient.desk = with_new_flow(desk, {squat: squat.replace("squat, ", "")})
        memo = summary(patient)
        assert memo.leaves_out
        assert label(desk, "pain_trigger") not in said(memo)
        assert memo.advice is not None

    def test_the_sections_follow_the_content(self, desk: Desk) -> None:
        titles = [section.title for section in summary(Patient(desk).finishes(swelling=["calf"])).sections]
        order = [section.title for section in desk.library.memo.sections]
        assert titles == [title for title in order if title in titles]


class TestAsAMessage:
    @pytest.mark.parametrize("has_links", [True, False])
    def test_it_leads_to_the_page_when_there_is_one(self, desk: Desk, has_links: bool) -> None:
        patient = Patient(with_links(desk) if has_links else desk).finishes().say("受診メモ")
        assert patient.reply is not None
        found = [LINKS.read_memo(address.rpartition("/")[2], 0) for address in addresses(patient.reply.messages)]
        assert found == ([patient.conversation.id] if has_links else [])

    def test_it_says_that_only_a_doctor_says_what_it_means(self, desk: Desk) -> None:
        patient = Patient(desk).finishes().command("memo")
        assert patient.reply is not None
        assert desk.library.memo.own_answers in plain_text(patient.reply.messages[0])

    def test_the_longest_is_one_that_line_takes(self, desk: Desk) -> None:
        conversation = somebody_with_everything(desk.flow, MONDAY)
        memo = make_memo(desk.flow, desk.library, conversation)
        assert memo is not None
        assert memo.advice is not None
        assert memo.advice.more > 0
        assert len(memo.advice.reasons) == MOST_REASONS
        messages = with_links(desk).renderer.render(conversation.id, (Memo(conversation),), MONDAY)
        assert message_problems(messages) == []
        assert len(messages[0]["text"].encode("utf-16-le")) // 2 <= LONGEST


class TestHowItIsKept:
    def test_typed_or_tapped_it_is_kept_under_the_same_key(self, desk: Desk) -> None:
        for event in (Typed("1", "メモ"), Command("1", "memo")):
            patient = Patient(desk).finishes().send_event(event)
            kept = record(desk.flow, desk.tongue("ja"), event, "", patient.effects)
            assert kept.key == "memo"
            assert kept.understood is not False

    def test_it_changes_nothing(self, desk: Desk) -> None:
        patient = Patient(desk).finishes()
        before = patient.conversation
        after = patient.command("memo").conversation
        assert replace(after, updated_at=before.updated_at) == before
        assert not any(isinstance(effect, Finish) for effect in patient.effects)
