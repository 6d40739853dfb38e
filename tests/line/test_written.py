"""The messages as JSON text say what the message objects say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.replay import shown_options
from bot.line.flex import bubble, carousel, text
from bot.line.postback import answer_data
from bot.line.written import with_field, written, written_carousel
from tests.line.reading import actions

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("conversation", ["01HX", 'with "quotes" and \\', "改行\n"])
def test_a_question_is_written_for_the_conversation_that_it_is_asked_in(desk: Desk, conversation: str) -> None:
    ask = do.Ask("onset", shown_options(desk.flow.questions["onset"], {}, ()))
    for id in ("another", conversation):
        data = [action["data"] for action in actions(desk.renderer.render(id, (ask,), NOW))]
        assert [answer_data(id, "onset", option) for option in ask.options] == data[: len(ask.options)]


def test_a_written_carousel_is_the_carousel_in_writing() -> None:
    cards = [bubble([text("a")]), bubble([text('"b"')])]
    alt = 'long "text" ' * 200
    assert written_carousel(alt, map(written, cards)) == written(carousel(alt, cards))


def test_a_field_is_added_at_the_end() -> None:
    assert json.loads(with_field(written({"type": "text"}), "quickReply", written({"items": []}))) == {
        "type": "text",
        "quickReply": {"items": []},
    }
