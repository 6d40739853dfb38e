"""Whatever patients do, the conversation can be stored, answered and gone on with."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from support.findings import described
from support.patient import Patient
from support.strategies import Move, moves, somebody

from bot.desk import Desk
from bot.flow.assessment import assess, assess_conversation
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


def test_a_withheld_tip_is_never_offered_anywhere_in_the_chat(desk: Desk) -> None:
    # Neither at the end nor in the menu, in a list, on being asked for, or beside something else.
    @settings(max_examples=150)
    @given(moves(desk), st.lists(st.sampled_from(ways_to_a_tip(desk)), min_size=1, max_size=4))
    def is_not_offered(done: list[Move], asked: list[Move]) -> None:
        patient = Patient(desk).follow()
        for move in [*done, *asked]:
            move(patient)
            check_no_withheld_tip_is_explained(desk, patient)

    is_not_offered()


def test_a_tip_that_the_answers_allow_can_be_read_in_full(desk: Desk) -> None:
    patient = Patient(desk).finishes()
    for id in allowed_tips(desk, patient):
        told = json.dumps(patient.command(f"topic:tip.{id}").reply.messages, ensure_ascii=False)  # type: ignore[union-attr]
        assert all(json.dumps(step, ensure_ascii=False)[1:-1] in told for step in desk.library.tips[id].steps), id


def ways_to_a_tip(desk: Desk) -> list[Move]:
    """Everything by which somebody may come upon a tip: its button, its name, the lists, the menu and the outcome."""
    topics = [f"topic:tip.{id}" for id in desk.flow.tips] + ["topic:list.tips", "topic:list.tips.2", "menu"]
    topics += ["why_result", *(f"topic:answer.{id}" for id in desk.library.answers)]
    words = [word for tip in desk.library.tips.values() for word in (tip.name, f"{tip.name}のやり方を教えて")]
    tapped: list[Move] = [lambda patient, topic=topic: patient.command(topic) for topic in topics]  # type: ignore[misc]
    said: list[Move] = [lambda patient, word=word: patient.say(word) for word in words]  # type: ignore[misc]
    return [*tapped, *said]


def check_no_withheld_tip_is_explained(desk: Desk, patient: Patient) -> None:
    """How a tip is done is told only where the finished answers allow the tip."""
    assert patient.reply is not None
    told = json.dumps(patient.reply.messages, ensure_ascii=False)
    for id in set(desk.flow.tips) - allowed_tips(desk, patient):
        for step in desk.library.tips[id].steps:
            assert json.dumps(step, ensure_ascii=False)[1:-1] not in told, id


def allowed_tips(desk: Desk, patient: Patient) -> set[str]:
    """The tips that the finished answers of a patient allow; none before the end, and none without consent."""
    assert patient.reply is not None
    conversation = patient.reply.conversation
    if conversation.finished is None or conversation.finished.urgency is None:
        return set()
    facts = replay(desk.flow, conversation, conversation.finished.at).facts
    return {tip.id for tip in assess_conversation(desk.flow, facts, conversation.finished.urgency).tips}


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
