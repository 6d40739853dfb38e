"""What people do on their phones reaches the bot as LINE's webhooks, and watchers as updates."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest

from bot.simulator.chats import ChatBlocked, UnknownUser
from bot.simulator.fake_line import FakeLine
from bot.simulator.webhooks import sign, ulid

from .conftest import SECRET, Clock, Inbox, push, reply, text

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class TestWebhooks:
    def test_signature_is_that_of_lines_published_example(self) -> None:
        body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
        assert sign(SECRET, body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="

    def test_each_body_is_signed_over_its_exact_bytes(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.send_text(friend, "膝の裏 🍎")
        body, signature = inbox.requests[-1]
        assert signature == sign(SECRET, body)

    def test_text_event_has_every_field_of_the_specification(
        self, fake: FakeLine, friend: str, inbox: Inbox, clock: Clock
    ) -> None:
        fake.send_text(friend, "hello")
        event = inbox.last
        assert inbox.bodies[-1]["destination"] == fake.bot_user_id
        assert event["type"] == "message"
        assert event["mode"] == "active"
        assert event["timestamp"] == int(clock.now.timestamp() * 1000)
        assert event["source"] == {"type": "user", "userId": friend}
        assert event["deliveryContext"] == {"isRedelivery": False}
        assert ULID.fullmatch(event["webhookEventId"])
        assert event["replyToken"]
        assert event["message"].keys() == {"type", "text", "id", "quoteToken", "markAsReadToken"}
        assert event["message"]["id"].isdigit()

    def test_user_ids_look_like_lines(self, fake: FakeLine) -> None:
        assert re.fullmatch(r"U[0-9a-f]{32}", fake.add_user("Taro"))
        assert re.fullmatch(r"U[0-9a-f]{32}", fake.bot_user_id)

    def test_ulids_sort_by_time(self, clock: Clock) -> None:
        earlier = ulid(clock.now)
        clock.advance(milliseconds=1)
        assert earlier < ulid(clock.now)

    def test_sticker_image_audio_file_and_location_arrive_as_messages(
        self, fake: FakeLine, friend: str, inbox: Inbox
    ) -> None:
        fake.send_sticker(friend)
        assert inbox.last["message"]["stickerResourceType"] == "STATIC"
        fake.send_image(friend)
        assert inbox.last["message"]["contentProvider"] == {"type": "line"}
        fake.send_video(friend, milliseconds=7_000)
        assert inbox.last["message"]["duration"] == 7_000
        fake.send_audio(friend, milliseconds=3_000)
        assert inbox.last["message"]["duration"] == 3_000
        assert "quoteToken" not in inbox.last["message"]
        fake.send_file(friend, "a.pdf", 10)
        assert inbox.last["message"]["fileName"] == "a.pdf"
        fake.send_location(friend, title="Clinic")
        assert inbox.last["message"]["title"] == "Clinic"
        assert "address" not in inbox.last["message"]

    def test_postback_carries_data_and_shows_its_display_text(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.tap(friend, "q=1&a=yes", "Yes")
        assert inbox.last["postback"] == {"data": "q=1&a=yes"}
        assert fake.chat(friend)[-1]["message"] == text("Yes")

    def test_postback_without_display_text_leaves_no_bubble(self, fake: FakeLine, friend: str) -> None:
        fake.tap(friend, "silent")
        assert fake.chat(friend) == []

    def test_date_picker_adds_params(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.tap(friend, "when", params={"date": "2026-11-22"})
        assert inbox.last["postback"]["params"] == {"date": "2026-11-22"}

    def test_follow_block_unblock(self, fake: FakeLine, inbox: Inbox) -> None:
        user_id = fake.add_user("Taro")
        assert fake.users()[0]["status"] == "stranger"
        fake.follow(user_id)
        assert inbox.last["follow"] == {"isUnblocked": False}
        fake.block(user_id)
        assert inbox.last["type"] == "unfollow"
        assert "replyToken" not in inbox.last
        assert fake.users()[0]["status"] == "blocked"
        fake.unblock(user_id)
        assert inbox.last["follow"] == {"isUnblocked": True}
        assert fake.users()[0]["status"] == "friend"

    def test_unsend_removes_the_bubble_and_tells_the_bot(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.send_text(friend, "oops")
        message_id = inbox.last["message"]["id"]
        fake.unsend(friend, message_id)
        assert inbox.last["unsend"] == {"messageId": message_id}
        assert "replyToken" not in inbox.last
        assert fake.chat(friend) == []

    def test_redelivery_is_the_same_event_but_for_its_flag(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.send_text(friend, "hello")
        first = inbox.last
        fake.redeliver(friend)
        assert inbox.last["deliveryContext"] == {"isRedelivery": True}
        assert {**inbox.last, "deliveryContext": first["deliveryContext"]} == first
        assert len(fake.chat(friend)) == 1

    def test_nothing_to_redeliver_is_an_error(self, fake: FakeLine) -> None:
        with pytest.raises(ValueError, match="has done nothing yet"):
            fake.redeliver(fake.add_user("Taro"))

    def test_the_verify_button_sends_no_events(self, fake: FakeLine, inbox: Inbox) -> None:
        fake.verify_webhook()
        assert inbox.bodies == [{"destination": fake.bot_user_id, "events": []}]

    def test_the_bubble_is_in_the_chat_before_the_bot_hears_of_it(self, clock: Clock) -> None:
        seen: list[int] = []
        fake = FakeLine(SECRET, clock, lambda _body, _signature: seen.append(len(fake.chat(user_id))))
        user_id = fake.add_user("Taro")
        fake.send_text(user_id, "hello")
        assert seen == [1]

    def test_a_bot_may_answer_from_another_thread_while_it_is_called(self, clock: Clock) -> None:
        def deliver(_body: bytes, _signature: str) -> int:
            thread = threading.Thread(target=push, args=(fake, user_id))
            thread.start()
            thread.join(timeout=10)
            return 500 if thread.is_alive() else 200

        fake = FakeLine(SECRET, clock, deliver)
        user_id = fake.add_user("Taro")
        assert fake.send_text(user_id, "hello") == 200
        assert [entry["from"] for entry in fake.chat(user_id)] == ["user", "bot"]

    def test_the_bots_status_is_handed_back(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        inbox.status = 503
        assert fake.send_text(friend, "hello") == 503

    def test_half_an_emoji_still_makes_valid_json(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.send_text(friend, "\ud83d")
        assert rb"\ud83d" in inbox.requests[-1][0]
        assert inbox.last["message"]["text"] == "\ud83d"

    def test_unknown_and_blocked_users_cannot_write(self, fake: FakeLine, friend: str) -> None:
        with pytest.raises(UnknownUser):
            fake.send_text("U" + "0" * 32, "hello")
        fake.block(friend)
        with pytest.raises(ChatBlocked):
            fake.send_text(friend, "hello")


class TestWatching:
    def test_a_watcher_gets_the_whole_state_and_then_each_change(self, fake: FakeLine, friend: str) -> None:
        with fake.subscribe() as watcher:
            state = watcher.get(timeout=0)
            assert state is not None
            assert state["kind"] == "state"
            assert [user["id"] for user in state["users"]] == [friend]
            push(fake, friend)
            update = watcher.get(timeout=0)
            assert update is not None
            assert update["kind"] == "entries"
            assert update["userId"] == friend
            assert update["entries"][0]["message"] == text("hi")
            assert update["version"] == fake.state()["version"]
            assert watcher.get(timeout=0) is None

    def test_messages_of_one_request_come_as_one_group(self, fake: FakeLine, token: Callable[[], str]) -> None:
        answerable = token()
        with fake.subscribe() as watcher:
            watcher.get(timeout=0)
            reply(fake, answerable, text("one"), text("two"))
            update = watcher.get(timeout=0)
            assert update is not None
            assert [entry["message"]["text"] for entry in update["entries"]] == ["one", "two"]

    def test_failures_of_the_bot_are_told(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        inbox.status = 500
        with fake.subscribe() as watcher:
            fake.send_text(friend, "hello")
            kinds = [(watcher.get(timeout=0) or {})["kind"] for _ in range(3)]
            assert kinds == ["state", "entries", "webhook"]

    def test_leaving_ends_the_updates(self, fake: FakeLine) -> None:
        watcher = fake.subscribe()
        watcher.close()
        watcher.close()
        fake.add_user("Taro")
        assert watcher.closed
        assert watcher.get() is None
        assert fake.chats.watchers == 0

    def test_closing_the_platform_wakes_a_waiting_watcher(self, fake: FakeLine) -> None:
        watcher = fake.subscribe()
        watcher.get(timeout=0)
        waiting = threading.Thread(target=watcher.get)
        waiting.start()
        fake.close()
        waiting.join(timeout=10)
        assert not waiting.is_alive()

    def test_a_watcher_that_does_not_read_is_dropped(self, fake: FakeLine, friend: str) -> None:
        watcher = fake.subscribe()
        for _ in range(1_001):
            fake.chats.publish("user", user={"id": friend})
        assert watcher.closed

    def test_what_a_bot_changes_later_does_not_change_the_chat(self, fake: FakeLine, friend: str) -> None:
        message = text("hi")
        fake.push({"to": friend, "messages": [message]})
        message["text"] = "changed"
        assert fake.chat(friend)[-1]["message"] == text("hi")
