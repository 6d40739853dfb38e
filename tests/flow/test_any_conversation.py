"""Whatever patients do, the conversation can be stored, answered and gone on with."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from support.findings import described
from support.patient import Patient
from support.strategies import Move, moves, somebody

from bot.desk import Desk
from bot.flow.assessment import assess
from bot.flow.conversation import to_data
from bot.flow.findings import Value
from bot.flow.replay import replay
from bot.flow.schema import urgency_rank


def test_nothing_that_a_patient_does_breaks_a_conversation(desk: Desk) -> None:
    # That it survives storage and is answered by one to five messages is asserted by Patient after every event.
    @settings(max_examples=200)
    @given(moves(desk))
    def is_answered(done: list[Move]) -> None:
        patient = Patient(desk)
        for move in done:
            move(patient)
            if patient.reply is not None:
                check_what_always_holds(desk, patient)

    is_answered()


def check_what_always_holds(desk: Desk, patient: Patient) -> None:
    """An ended conversation asks nothing, an emergency is never left unsaid, what is ticked belongs to the question."""
    assert patient.effects
    assert patient.reply is not None
    conversation = patient.reply.conversation
    assert set(conversation.answers) <= set(desk.flow.questions)
    if conversation.finished:
        assert patient.open_question is None
    else:
        assert not replay(desk.flow, conversation, conversation.updated_at).emergency
    if patient.open_question:
        assert set(conversation.selected) <= set(desk.flow.questions[patient.open_question].options)


def test_replaying_a_conversation_changes_nothing(desk: Desk) -> None:
    @settings(max_examples=100)
    @given(moves(desk))
    def is_left_as_it_was(done: list[Move]) -> None:
        patient = Patient(desk).follow()
        for move in done:
            move(patient)
        assert patient.reply is not None
        conversation = patient.reply.conversation
        before = copy.deepcopy(to_data(conversation))
        first, second = (replay(desk.flow, conversation, patient.now) for _ in range(2))
        assert first == second
        assert to_data(conversation) == before
        assert (first.question is None) != (first.ending is None)
        assert len(first.path) == len(set(first.path))

    is_left_as_it_was()


def test_the_same_events_lead_to_the_same_conversation(desk: Desk) -> None:
    @settings(max_examples=50)
    @given(moves(desk))
    def is_the_same(done: list[Move]) -> None:
        one, another = Patient(desk), Patient(desk)
        for move in done:
            move(one)
            move(another)
        assert one.state == another.state

    is_the_same()


def test_no_answers_lead_past_a_red_flag(desk: Desk) -> None:
    @settings(max_examples=200)
    @given(somebody(desk.flow))
    def ends_as_urgently_as_everything_known(has: dict[str, Value]) -> None:
        outcome = Patient(desk).lives(has).outcome
        all_known = assess(desk.flow, has)
        assert urgency_rank(outcome.urgency) >= urgency_rank(all_known.urgency), described(has)

    ends_as_urgently_as_everything_known()
