"""What was worked out lately makes a step quicker and changes nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hypothesis import given, settings
from support.patient import Patient
from support.strategies import Move, moves, somebody

from bot.desk import Desk
from bot.flow.findings import Value
from bot.flow.recent import Recent
from bot.flow.replay import Memory, remaining_questions, replay


def without_memory(desk: Desk) -> Desk:
    return replace(desk)


def told(patient: Patient) -> object:
    return patient.reply and (json.dumps(patient.reply.state), patient.reply.effects, patient.reply.written)


def test_whatever_a_patient_does_the_same_follows_without_memory(desk: Desk) -> None:
    @settings(max_examples=80)
    @given(moves(desk))
    def is_the_same(done: list[Move]) -> None:
        remembered, forgotten = Patient(desk), Patient(desk)
        for move in done:
            forgotten.desk = without_memory(desk)
            move(remembered)
            move(forgotten)
            assert told(remembered) == told(forgotten)

    is_the_same()


def test_a_memory_too_small_for_all_conversations_changes_nothing(desk: Desk) -> None:
    @settings(max_examples=20)
    @given(somebody(desk.flow))
    def is_the_same(has: dict[str, Value]) -> None:
        one, other = Patient(desk).lives(has).conversation, Patient(desk).lives({}).conversation
        small = Memory(1)
        for conversation in (one, replace(other, id="other"), one):
            position = replay(desk.flow, conversation, conversation.updated_at, small)
            assert position == replay(desk.flow, conversation, conversation.updated_at)
            remaining = remaining_questions(desk.flow, position)
            assert remaining_questions(desk.flow, position, small) == remaining

    is_the_same()


def test_what_stands_under_the_id_of_a_conversation_is_believed_only_for_the_same_answers(desk: Desk) -> None:
    memory = Memory(10)
    for patient in (Patient(desk).goes_to("pain"), Patient(desk).goes_to("onset"), Patient(desk).finishes(pain=9)):
        conversation = replace(patient.conversation, id="one for all")
        position = replay(desk.flow, conversation, patient.now, memory)
        assert position == replay(desk.flow, conversation, patient.now)


def test_many_threads_share_one_desk(desk: Desk) -> None:
    shared = without_memory(desk)
    expected = told(Patient(desk).finishes(swelling="calf"))

    def plays(_: int) -> object:
        return told(Patient(shared).finishes(swelling="calf"))

    with ThreadPoolExecutor(16) as threads:
        assert all(each == expected for each in threads.map(plays, range(32)))


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
