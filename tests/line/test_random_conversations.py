"""Whatever patients do, in whatever order: one to five messages that LINE takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import Desk, Reply
from bot.flow.commands import COMMANDS
from bot.flow.events import Event, Followed, Typed, Unsupported
from bot.line.flex import Part
from bot.line.limits.messages import message_problems
from bot.line.postback import read_postback
from tests.line.reading import actions

BEGAN = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

taps = st.tuples(st.just("tap"), st.integers(0, 30))
typed = st.tuples(
    st.just("type"),
    st.sampled_from(["1", "2", "はい", "わからない", "どれもない", "以上です", "119", "胸が痛い", "息苦しくはない"])
    | st.text(max_size=30),
)
others = st.tuples(
    st.just("send"), st.sampled_from(["sticker", "image", "audio", "video", "file", "location", "other"])
)
commands = st.tuples(
    st.just("run"),
    st.sampled_from([*COMMANDS, "topic:tip.massage", "topic:condition.bakers_cyst", "topic:list.tips", ""]),
)
pauses = st.tuples(st.just("wait"), st.sampled_from([1, 13, 100]))
days = st.lists(st.one_of(taps, taps, taps, taps, typed, others, commands, pauses), max_size=40)


@settings(max_examples=300, deadline=None)
@given(doings=days)
def test_every_answer_is_one_that_line_takes(desk: Desk, doings: list[tuple[str, Any]]) -> None:
    now, state = BEGAN, None
    buttons: list[str] = []
    for number, (kind, what) in enumerate([("follow", None), *doings]):
        if kind == "wait":
            now += timedelta(hours=what)
            continue
        reply = desk.answer(state, _event(f"E{number}", kind, what, buttons), now)
        state = None if reply.forgets else reply.state
        buttons = _buttons(reply) or buttons
        assert 1 <= len(reply.messages) <= 5
        assert message_problems(reply.messages) == []


def _event(id: str, kind: str, what: Any, buttons: list[str]) -> Event:
    match kind:
        case "tap":
            return read_postback(id, buttons[what % len(buttons)])
        case "type":
            return Typed(id, what)
        case "send":
            return Unsupported(id, what)
        case "run":
            return read_postback(id, f"command|{what}")
        case _:
            return Followed(id, is_unblocked=False)


def _buttons(reply: Reply) -> list[str]:
    cards: list[Part] = reply.messages
    return [action["data"] for action in actions(cards) if action["type"] == "postback"]
