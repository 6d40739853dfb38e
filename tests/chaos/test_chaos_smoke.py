"""The checker of `make chaos` finds what is wrong in a small recorded history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.desk import DEFAULT_LANGUAGE, Desk
from bot.flow.events import Chose, Event, Typed
from bot.record import record
from bot.simulator.webhooks import new_event
from tests.chaos.checker import DOUBLE, LOST, MISSING, OUT_OF_ORDER, Promised, Wrong, check
from tests.chaos.history import Answer, Delivered, History, words_of
from tests.chaos.plan import POSTGRESQL, SERVERS, SQLITE, plan
from tests.chaos.promises import Exchange, promises

HANAKO = [Promised("e1", "welcome"), Promised("e2", "question"), Promised("e3", "again"), Promised("e4", "again")]


def replied(event: str, words: str) -> Answer:
    return Answer("hanako", words, event)


def pushed(words: str) -> Answer:
    return Answer("hanako", words, None)


WELL = [replied("e1", "welcome"), pushed("question"), replied("e3", "again"), pushed("again")]


def event_of(id: str, text: str) -> dict[str, Any]:
    event = new_event("message", "hanako", datetime.now(UTC), message={"type": "text", "id": id, "text": text})
    return event | {"webhookEventId": id}


def tap_of(id: str, data: str) -> dict[str, Any]:
    event = new_event("postback", "hanako", datetime.now(UTC), postback={"data": data})
    return event | {"webhookEventId": id}


def found(answers: list[Answer], acknowledged: tuple[str, ...] = ("e1", "e2", "e3", "e4")) -> list[tuple[str, str]]:
    """What is wrong, each with the events that it is about."""
    wrong = check({"hanako": HANAKO}, answers, dict.fromkeys(acknowledged, "hanako"))
    return [(each.kind, " ".join(each.about)) for each in wrong]


def test_everybody_answered_once_and_in_order() -> None:
    assert found(WELL) == []


def test_an_event_that_was_kept_without_a_200_is_answered_too() -> None:
    assert found(WELL, acknowledged=()) == []
    assert found(WELL[:3], acknowledged=()) == [(MISSING, "e3 e4")]


def test_an_answer_that_never_came() -> None:
    assert found([WELL[0], *WELL[2:]]) == [(MISSING, "e2")]


def test_an_answer_that_came_twice() -> None:
    assert found([*WELL[:2], pushed("welcome"), *WELL[2:]]) == [(DOUBLE, "e1")]


def test_an_answer_that_the_engine_does_not_give() -> None:
    assert found([*WELL[:3], pushed("sorry")]) == [(MISSING, "e3 e4"), (DOUBLE, "sorry")]


def test_answers_that_changed_places() -> None:
    assert found([WELL[1], WELL[0], *WELL[2:]]) == [(OUT_OF_ORDER, "e1 e2 e3 e4")]


def test_of_equal_answers_the_reply_token_tells_the_place() -> None:
    assert found([*WELL[:2], replied("e4", "again"), replied("e3", "again")]) == [(OUT_OF_ORDER, "e1 e2 e3 e4")]


def test_of_what_was_noted_alike_in_the_same_millisecond_either_may_come_first() -> None:
    one, other = Promised("e1", "again", frozenset({"e2"})), Promised("e2", "again", frozenset({"e1"}))
    assert check({"hanako": [one, other]}, [replied("e2", "again"), replied("e1", "again")], {}) == []


def test_an_acknowledged_event_that_was_not_kept() -> None:
    assert found(WELL, acknowledged=("e1", "e5")) == [(LOST, "e5")]


def test_an_answer_to_somebody_of_whom_nothing_was_kept() -> None:
    assert check({}, [pushed("welcome")], {}) == [Wrong(DOUBLE, "hanako", ("welcome",))]


def test_events_are_played_in_the_order_of_the_commits(desk: Desk) -> None:
    """Of the two that were committed in the same millisecond, the later one came first; one was never handled."""
    kept = {"e1": 10, "e2": 20, "e3": 20, "e4": 30}
    typed = {"e1": "膝", "e2": "1", "e3": "9", "e4": "2"}
    history = History(events={id: Delivered("hanako", event_of(id, text)) for id, text in typed.items()})
    state, committed, exchanges = None, [], []
    for id in ("e1", "e3", "e2"):
        reply = desk.answer(state, Typed(id, typed[id]), datetime.fromtimestamp(kept[id] / 1000, UTC))
        state = reply.state
        committed.append(Promised(id, words_of(reply.messages)))
        exchanges.append(Exchange(kept[id], typed[id], words_of(reply.messages)))
    played = promises(desk, history, kept, {"hanako": exchanges})
    assert played == {"hanako": [*committed, Promised("e4", "")]}


def test_of_one_millisecond_later_answers_tell_what_came_first(desk: Desk) -> None:
    """Two taps on old buttons are noted alike; only one of them would have been an answer after the third event."""
    tapped = {"e2": "chest", "e3": "leg_danger"}
    events: dict[str, Event] = {
        "e1": Typed("e1", "膝"),
        **{id: Chose(id, "e1", question, "none") for id, question in tapped.items()},
        "e4": Typed("e4", "1"),
    }
    delivered = {id: Delivered("hanako", tap_of(id, f"answer|e1|{question}|none")) for id, question in tapped.items()}
    delivered |= {id: Delivered("hanako", event_of(id, text)) for id, text in {"e1": "膝", "e4": "1"}.items()}
    kept = {"e1": 10, "e2": 20, "e3": 20, "e4": 20}
    state, committed, exchanges = None, [], []
    for id in ("e1", "e3", "e4", "e2"):
        reply = desk.answer(state, events[id], datetime.fromtimestamp(kept[id] / 1000, UTC))
        said = record(desk.flow, desk.tongue(DEFAULT_LANGUAGE), events[id], "", reply.effects).said
        state = reply.state
        committed.append(Promised(id, words_of(reply.messages)))
        exchanges.append(Exchange(kept[id], said, words_of(reply.messages)))
    played = promises(desk, History(events=delivered), kept, {"hanako": exchanges})
    assert played == {"hanako": committed}


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_plan_is_the_same_for_the_same_seed(database: str) -> None:
    planned = plan(7, database, seconds=40)
    assert planned == plan(7, database, seconds=40) != plan(8, database, seconds=40)
    assert {"outage", "lock" if database == SQLITE else "cut"} <= {each.kind for each in planned}
    stopped = {each.which for each in planned if each.kind in ("kill", "terminate")}
    assert stopped == set(range(SERVERS[database]))
