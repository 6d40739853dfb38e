"""Whatever patients do, the conversation can be stored, answered and gone on with."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import Desk
from bot.flow.assessment import assess
from bot.flow.conversation import Conversation, to_data
from bot.flow.replay import replay
from bot.flow.schema import urgency_rank
from support.findings import described
from support.patient import Patient
from support.strategies import moves, somebody


@settings(max_examples=200)
@given(st.data())
def test_nothing_that_a_patient_does_breaks_a_conversation(desk: Desk, data: st.DataObject) -> None:
    # That it survives storage and is answered by one to five messages is asserted by Patient after every event.
    patient = Patient(desk)
    for move in data.draw(moves(desk)):
        move(patient)
        if patient.reply is None:
            continue
        assert patient.effects
        check_what_always_holds(desk, patient.reply.conversation, patient)


def check_what_always_holds(desk: Desk, conversation: Conversation, patient: Patient) -> None:
    """An ended conversation asks nothing, and an open emergency is never left unsaid."""
    if conversation.finished:
        assert patient.open_question is None
    else:
        assert not replay(desk.flow, conversation, conversation.updated_at).emergency
    assert set(conversation.answers) <= set(desk.flow.questions)


@settings(max_examples=100)
@given(st.data())
def test_replaying_a_conversation_changes_nothing(desk: Desk, data: st.DataObject) -> None:
    patient = Patient(desk).follow()
    for move in data.draw(moves(desk)):
        move(patient)
    assert patient.reply is not None
    conversation = patient.reply.conversation
    before = copy.deepcopy(to_data(conversation))
    first, second = (replay(desk.flow, conversation, patient.now) for _ in range(2))
    assert first == second
    assert to_data(conversation) == before
    assert (first.question is None) != (first.ending is None)
    assert len(first.path) == len(set(first.path))


@settings(max_examples=100)
@given(st.data())
def test_the_same_events_lead_to_the_same_conversation(desk: Desk, data: st.DataObject) -> None:
    the_same = data.draw(moves(desk))
    one, another = Patient(desk), Patient(desk)
    for move in the_same:
        move(one)
        move(another)
    assert one.state == another.state


@settings(max_examples=300)
@given(st.data())
def test_no_answers_lead_past_a_red_flag(desk: Desk, data: st.DataObject) -> None:
    has = data.draw(somebody(desk.flow))
    outcome = Patient(desk).lives(has).outcome
    all_known = assess(desk.flow, has)
    assert urgency_rank(outcome.urgency) >= urgency_rank(all_known.urgency), described(has)
