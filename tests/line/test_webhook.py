"""Webhook bodies: read event by event, so that an odd one never costs its neighbours."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadBody
from bot.flow.events import Chose, Command, Event, Followed, Typed, Unsupported
from bot.line.postback import answer_data, command_data
from bot.line.webhook import Webhook, read_webhook

USER = "U" + "0" * 32
TEXT = {"type": "text", "id": "1", "text": "hello", "quoteToken": "q"}
REMOVED = object()


def event(kind: str = "message", id: str = "E1", **other: Any) -> dict[str, Any]:
    """A webhook event as LINE sends it; a text message unless told otherwise."""
    data: dict[str, Any] = {
        "type": kind,
        "webhookEventId": id,
        "deliveryContext": {"isRedelivery": False},
        "timestamp": 1_000,
        "source": {"type": "user", "userId": USER},
        "mode": "active",
        "replyToken": "token",
    }
    if kind == "message":
        data["message"] = TEXT
    return {name: value for name, value in (data | other).items() if value is not REMOVED}


def read(*events: object) -> Webhook:
    return read_webhook(json.dumps({"destination": USER, "events": list(events)}).encode())


def happened(data: dict[str, Any]) -> Event | None:
    """What the only event of a webhook tells the conversation."""
    (incoming,) = read(data).events
    return incoming.event


def is_set_aside(data: object) -> bool:
    webhook = read(data)
    return webhook.events == () and webhook.set_aside == 1


class TestBodies:
    def test_the_verify_button_sends_no_event(self) -> None:
        assert read() == Webhook((), 0)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"knee",
            b"{",
            b'{"events":[}',
            b"[]",
            b"null",
            b"1",
            b'"events"',
            b"{}",
            b'{"events":null}',
            b'{"events":{}}',
            b'{"events":"[]"}',
            b'{"events":[]} trailing',
            b'\xff\xfe{"events":[]}',
            b'{"events":["\xe8\x86"]}',
            b"[" * 100_000,
            b'{"events":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_anything_else_is_refused_as_a_whole(self, body: bytes) -> None:
        with pytest.raises(BadBody):
            read_webhook(body)

    def test_the_error_holds_nothing_of_the_body(self) -> None:
        with pytest.raises(BadBody) as refused:
            read_webhook(b'{"events":[{"message":{"text":"my knee hurts"}}')
        assert "knee" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__

    @given(st.binary())
    def test_no_body_breaks_the_reader(self, body: bytes) -> None:
        with contextlib.suppress(BadBody):
            read_webhook(body)


class TestWhoIsAnswered:
    def test_a_patient_in_a_chat_of_their_own(self) -> None:
        (incoming,) = read(event(timestamp=1_700_000_000_000)).events
        assert incoming.id == "E1"
        assert incoming.user_id == USER
        assert incoming.reply_token == "token"
        assert incoming.timestamp == 1_700_000_000_000
        assert incoming.event == Typed("E1", "hello")

    @pytest.mark.parametrize(
        "source",
        [
            {"type": "group", "groupId": "C1", "userId": USER},
            {"type": "group", "groupId": "C1"},
            {"type": "room", "roomId": "R1", "userId": USER},
            {"type": "somewhere", "userId": USER},
            {"type": "user"},
            {"type": "user", "userId": ""},
            {"type": "user", "userId": None},
            {"type": "user", "userId": 7},
            {"type": "user", "userId": "U" * 101},
            {"type": "user", "userId": "\ud83d"},
            {"userId": USER},
            {},
            None,
            "user",
            REMOVED,
        ],
    )
    def test_nobody_else(self, source: object) -> None:
        assert is_set_aside(event(source=source))

    @pytest.mark.parametrize("mode", ["standby", "asleep", None, 1])
    def test_nobody_while_another_module_holds_the_chat(self, mode: object) -> None:
        assert is_set_aside(event(mode=mode))

    def test_an_event_without_a_mode_counts_as_active(self) -> None:
        assert happened(event(mode=REMOVED)) == Typed("E1", "hello")

    @pytest.mark.parametrize("id", ["", None, 5, [], "E" * 101, "\ud83d", REMOVED])
    def test_no_event_that_could_not_be_recognised_when_it_comes_again(self, id: object) -> None:
        assert is_set_aside(event(webhookEventId=id))


class TestMessages:
    def test_text(self) -> None:
        assert happened(event(message={**TEXT, "text": "膝の裏🍎"})) == Typed("E1", "膝の裏🍎")

    def test_half_an_emoji_is_still_a_text(self) -> None:
        assert happened(event(message={**TEXT, "text": "\ud83d"})) == Typed("E1", "\ud83d")

    @pytest.mark.parametrize("kind", ["sticker", "image", "audio", "video", "file", "location"])
    def test_everything_else_a_phone_can_send(self, kind: str) -> None:
        assert happened(event(message={"type": kind, "id": "1"})) == Unsupported("E1", kind)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "message",
        [
            {"type": "hologram", "id": "1"},
            {"type": "text", "id": "1"},
            {"type": "text", "id": "1", "text": None},
            {"type": "text", "id": "1", "text": 7},
            {"type": ["text"]},
            {},
            None,
            "hello",
            REMOVED,
        ],
    )
    def test_an_unknown_kind_is_answered_all_the_same(self, message: object) -> None:
        assert happened(event(message=message)) == Unsupported("E1", "other")


class TestOtherEvents:
    @pytest.mark.parametrize(
        ("follow", "is_unblocked"),
        [({"isUnblocked": False}, False), ({"isUnblocked": True}, True), ({}, False), ("yes", False), (REMOVED, False)],
    )
    def test_follow(self, follow: object, is_unblocked: bool) -> None:
        assert happened(event("follow", follow=follow)) == Followed("E1", is_unblocked)

    def test_unfollow_has_a_patient_and_nothing_to_answer(self) -> None:
        (incoming,) = read(event("unfollow", replyToken=REMOVED)).events
        assert (incoming.user_id, incoming.event, incoming.reply_token) == (USER, None, None)

    def test_postback_of_an_option(self) -> None:
        data = answer_data("C1", "onset", "gradual")
        assert happened(event("postback", postback={"data": data})) == Chose("E1", "C1", "onset", "gradual")

    def test_postback_of_a_command(self) -> None:
        data = command_data("topic:condition.bakers_cyst")
        expected = Command("E1", "topic:condition.bakers_cyst")
        assert happened(event("postback", postback={"data": data})) == expected

    @pytest.mark.parametrize(
        "postback",
        [
            {"data": ""},
            {"data": "action=buy&itemid=1"},
            {"data": "answer|only|three"},
            {"data": "answer|one|two|three|four"},
            {"data": "command|a|b"},
            {"data": "delete|everything"},
            {"data": None},
            {"data": 5},
            {"params": {"date": "2026-11-22"}},
            {},
            None,
            REMOVED,
        ],
    )
    def test_postback_of_an_unknown_form_does_nothing_but_is_answered(self, postback: object) -> None:
        assert happened(event("postback", postback=postback)) == Command("E1", "")

    @pytest.mark.parametrize(
        "kind",
        [
            *("messageEdited", "unsend", "videoPlayComplete", "accountLink", "membership", "beacon", "delivery"),
            *("join", "leave", "memberJoined", "memberLeft", "module", "activated", "deactivated", "botSuspended"),
            *("somethingNew", "", None, 3, ["message"]),
        ],
    )
    def test_no_other_type_is_answered(self, kind: Any) -> None:
        assert is_set_aside(event(kind))


class TestTolerance:
    @pytest.mark.parametrize("timestamp", ["1700000000000", None, 1.5, [], REMOVED])
    def test_a_timestamp_of_another_type_costs_only_the_order(self, timestamp: object) -> None:
        assert happened(event(timestamp=timestamp)) == Typed("E1", "hello")

    @pytest.mark.parametrize("token", ["", None, 5, "t" * 101, "\ud83d", REMOVED])
    def test_without_a_reply_token_the_answer_is_pushed(self, token: object) -> None:
        (incoming,) = read(event(replyToken=token)).events
        assert incoming.reply_token is None

    @pytest.mark.parametrize("context", [{"isRedelivery": True}, {}, None, REMOVED])
    def test_a_redelivery_is_read_like_the_first_delivery(self, context: object) -> None:
        assert read(event(deliveryContext=context)) == read(event())

    def test_new_properties_are_ignored(self) -> None:
        assert read(event(mood="fine", message={**TEXT, "mood": "fine"})) == read(event())

    @pytest.mark.parametrize("odd", [None, 1, "event", [], {}, {"type": "message"}, event("unsend")])
    def test_an_odd_event_costs_no_neighbour(self, odd: object) -> None:
        webhook = read(event(id="E1", timestamp=1), odd, event(id="E2", timestamp=2))
        assert [incoming.id for incoming in webhook.events] == ["E1", "E2"]
        assert webhook.set_aside == 1

    def test_events_are_handled_in_the_order_in_which_they_happened(self) -> None:
        webhook = read(
            event(id="late", timestamp=30), event(id="early", timestamp=10), event(id="middle", timestamp=20)
        )
        assert [incoming.id for incoming in webhook.events] == ["early", "middle", "late"]

    def test_events_of_the_same_moment_keep_their_order(self) -> None:
        webhook = read(*(event(id=f"E{i}", timestamp=5) for i in range(5)))
        assert [incoming.id for incoming in webhook.events] == ["E0", "E1", "E2", "E3", "E4"]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*event(), "text", "data", "x"]), inner),
        )
    )
    def test_whatever_an_event_holds_its_neighbour_is_read(self, odd: object) -> None:
        webhook = read(odd, event(id="good"))
        assert "good" in [incoming.id for incoming in webhook.events]
        assert len(webhook.events) + webhook.set_aside == 2
