"""Which question of a pool comes next: only what can still change the outcome, the most urgent first."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.patient import Patient
from support.strategies import a_few_answers, any_answers, somebody
from support.toy_flow import asked
from support.toy_pool import pool_flow

from bot.desk import Desk
from bot.flow.assessment import assess, assess_conversation
from bot.flow.conversation import AnswerValue, merged
from bot.flow.findings import UNKNOWN, YES, Facts, Value, counted_for_safety
from bot.flow.replay import replay, settle, walk
from bot.flow.schema import Flow, Question

# What is asked, and in which order


def test_who_has_nothing_is_asked_for_the_most_urgent_first() -> None:
    assert asked(pool_flow()) == ["breath", "cold", "hot", "thin", "strength", "knee", "mood", "pills"]


def test_a_question_that_decides_alone_comes_before_one_that_needs_another() -> None:
    questions = asked(pool_flow(), cold=YES)
    assert questions[:3] == ["breath", "cold", "numb"], "the pool names both before the breath"


def test_once_the_other_half_is_missing_a_question_decides_nothing_and_is_not_asked() -> None:
    assert "numb" not in asked(pool_flow())
    assert "numb" in asked(pool_flow(), cold=YES)


def test_after_an_emergency_nothing_is_asked() -> None:
    assert asked(pool_flow(), breath=YES) == ["breath"]


def test_once_today_is_certain_nothing_milder_is_asked() -> None:
    assert asked(pool_flow(), hot=YES) == ["breath", "cold", "hot"]


def test_once_two_weeks_are_certain_nothing_is_asked_that_decides_only_two_weeks() -> None:
    assert "strength" in asked(pool_flow())
    assert "strength" not in asked(pool_flow(), thin=YES)
    assert {"breath", "cold", "hot"} <= set(asked(pool_flow(), thin=YES))


def test_unsure_counts_to_the_safe_side_when_the_next_question_is_chosen(desk: Desk) -> None:
    # Not sure about the swelling counts as a swollen calf: today is certain, as with the calf itself.
    unsure, sure = Patient(desk).finishes(swelling=UNKNOWN), Patient(desk).finishes(swelling="calf")
    assert {"pain_trigger", "advice_gate"}.isdisjoint(unsure.asked)
    assert {"pain_trigger", "advice_gate"}.isdisjoint(sure.asked)


def test_what_tells_more_about_the_likely_conditions_comes_first() -> None:
    questions = asked(pool_flow())
    assert questions.index("knee") < questions.index("mood"), "the pool names them the other way round"


@pytest.mark.parametrize(("least", "expected"), [(0.001, {"knee", "mood"}), (0.05, {"knee"}), (5, set())])
def test_what_tells_too_little_is_not_asked(least: float, expected: set[str]) -> None:
    assert {"knee", "mood"} & set(asked(pool_flow(least))) == expected


def test_what_only_a_tip_waits_for_comes_last_and_only_while_the_tip_may_be_offered() -> None:
    assert asked(pool_flow())[-1] == "pills"
    assert "pills" not in asked(pool_flow(), thin=YES)


# The way that was gone stays the same


def pool_way(desk: Desk, patient: Patient) -> list[str]:
    """The questions of the pool on the patient's way, as a replay sees it."""
    position = replay(desk.flow, patient.conversation, patient.now)
    pool = {id for pool in desk.flow.pools.values() for id in pool.questions}
    return [id for id in position.path if id in pool]


def test_a_replay_goes_the_way_that_was_gone(desk: Desk) -> None:
    @settings(max_examples=60)
    @given(somebody(desk.flow))
    def is_the_same_way(has: dict[str, Value]) -> None:
        patient = Patient(desk).lives(has)
        position = replay(desk.flow, patient.conversation, patient.now)
        assert position.path == tuple(patient.conversation.answers)
        assert set(patient.asked) - set(position.path) <= set(patient.asked[-1:]), "only an emergency stays open"

    is_the_same_way()


def test_going_back_returns_question_by_question(desk: Desk) -> None:
    patient = Patient(desk).goes_to("pain")
    for question in reversed(patient.asked[:-1]):
        patient.command("back").expect_question(question)


def test_after_going_back_another_answer_may_lead_elsewhere_in_the_pool(desk: Desk) -> None:
    patient = Patient(desk).goes_to("joint").tap("none").command("back").expect_question("joint")
    patient.answer(["locked_knee"]).finishes().expect_outcome("same_day", rules=["S4"])
    assert len(patient.asked) < len(Patient(desk).finishes().asked)


def test_a_change_of_an_earlier_answer_keeps_the_later_ones(desk: Desk) -> None:
    patient = Patient(desk).finishes()
    before, way = dict(patient.conversation.answers), pool_way(desk, patient)
    patient.tap_old("age_band", "a45_59").confirm("yes")
    assert set(patient.conversation.answers) == set(before)
    kept = {id: answer for id, answer in patient.conversation.answers.items() if id != "age_band"}
    assert kept == {id: answer for id, answer in before.items() if id != "age_band"}
    assert pool_way(desk, patient)[: len(way)] == way


def test_an_answer_that_no_longer_matters_is_kept_and_counts(desk: Desk) -> None:
    # The calf swells: from then on nobody would be asked about the pain, and what was said about it still holds.
    patient = Patient(desk).finishes(pain=8).expect_outcome("soon_2w", rules=["W3"])
    patient.tap_old("swelling", "calf").confirm("yes").tap("done").finishes()
    patient.expect_outcome("same_day", rules=["S1", "W3"])
    assert "pain" in pool_way(desk, patient)


# It ends, and stopping early loses nothing


def test_every_pool_ends_and_asks_nothing_twice(desk: Desk) -> None:
    @settings(max_examples=150)
    @given(a_few_answers(desk.flow))
    def ends(answers: dict[str, AnswerValue]) -> None:
        position = walk(desk.flow, lambda question: answers[question.id], {})
        assert position.ending is not None
        assert len(position.path) == len(set(position.path))

    ends()


def still_open(flow: Flow, facts: Facts, path: tuple[str, ...]) -> list[Question]:
    """The questions of the pools that could be put next to somebody of whom this is known."""
    safe = counted_for_safety(flow.findings, facts)
    return [
        question
        for pool in flow.pools.values()
        for question in map(flow.questions.__getitem__, pool.questions)
        if question.id not in path
        and any(finding.id not in facts for finding in question.asks)
        and (question.ask_when is None or question.ask_when.holds(safe))
    ]


def test_whatever_is_not_asked_would_not_have_changed_how_urgent_it_is(desk: Desk) -> None:
    # Not only no more urgent: exactly as urgent, whatever is answered to the rest, in whatever order.
    @settings(max_examples=250)
    @given(a_few_answers(desk.flow), any_answers(desk.flow), st.randoms(use_true_random=False))
    def is_as_urgent(answers: dict[str, AnswerValue], rest: dict[str, AnswerValue], order: Random) -> None:
        position = walk(desk.flow, lambda question: answers[question.id], {})
        if position.ending != "assessment" or position.emergency:
            return
        told = assess_conversation(desk.flow, position.facts).urgency
        facts, path = dict(position.facts), position.path
        while following := still_open(desk.flow, facts, path):
            question = order.choice(following)
            facts, path = merged(settle(question, rest[question.id]), facts), (*path, question.id)
            assert assess_conversation(desk.flow, facts).urgency == told, (question.id, rest[question.id])

    is_as_urgent()


# The order of the answers


def test_the_order_of_answers_does_not_matter(desk: Desk) -> None:
    @settings(max_examples=100)
    @given(somebody(desk.flow), st.randoms(use_true_random=False))
    def is_the_same(has: dict[str, Value], order: Random) -> None:
        patient = Patient(desk).lives(has)
        ids = list(patient.conversation.answers)
        order.shuffle(ids)
        shuffled = replace(patient.conversation, answers={id: patient.conversation.answers[id] for id in ids})
        one, another = (replay(desk.flow, c, patient.now) for c in (patient.conversation, shuffled))
        assert one.facts == another.facts
        assert one.ending == another.ending
        assert assess(desk.flow, dict(sorted(one.facts.items()))) == assess(desk.flow, one.facts)

    is_the_same()
