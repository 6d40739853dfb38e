"""FakeLine behaves like LINE: webhooks, reply tokens, retry keys, blocked users, watchers."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable

import pytest

from bot.simulator.chats import ChatBlocked, UnknownUser
from bot.simulator.fake_line import FakeLine
from bot.simulator.messaging_api import Answer
from bot.simulator.webhooks import sign, ulid

from .conftest import SECRET, Clock, Inbox, text

KEY = "123e4567-e89b-12d3-a456-426614174000"
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def reply(fake: FakeLine, token: str, *messages: dict[str, str]) -> Answer:
    return fake.reply({"replyToken": token, "messages": list(messages) or [text("hi")]})


def push(fake: FakeLine, to: str, retry_key: str | None = None) -> Answer:
    return fake.push({"to": to, "messages": [text("hi")]}, retry_key)


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


class TestReply:
    def test_reply_reaches_the_chat_and_reports_what_was_sent(
        self, fake: FakeLine, friend: str, token: Callable[[], str]
    ) -> None:
        answer = reply(fake, token(), text("one"), text("two"))
        assert answer.status == 200
        assert [entry["message"]["text"] for entry in fake.chat(friend)[-2:]] == ["one", "two"]
        assert [sent["id"] for sent in answer.body["sentMessages"]] == [entry["id"] for entry in fake.chat(friend)[-2:]]
        assert all(sent["quoteToken"] for sent in answer.body["sentMessages"])
        assert uuid.UUID(answer.headers["x-line-request-id"])

    def test_token_works_once(self, fake: FakeLine, token: Callable[[], str]) -> None:
        spent = token()
        assert reply(fake, spent).status == 200
        again = reply(fake, spent)
        assert (again.status, again.body) == (400, {"message": "Invalid reply token"})

    def test_token_expires_after_a_minute(self, fake: FakeLine, token: Callable[[], str], clock: Clock) -> None:
        in_time, too_late = token(), token()
        clock.advance(seconds=60)
        assert reply(fake, in_time).status == 200
        clock.advance(seconds=1)
        assert reply(fake, too_late).status == 400

    def test_redelivery_gives_the_token_another_minute(
        self, fake: FakeLine, friend: str, token: Callable[[], str], clock: Clock
    ) -> None:
        late = token()
        clock.advance(minutes=10)
        fake.redeliver(friend)
        clock.advance(seconds=50)
        assert reply(fake, late).status == 200

    def test_but_not_twenty_minutes_after_the_event(
        self, fake: FakeLine, friend: str, token: Callable[[], str], clock: Clock
    ) -> None:
        late = token()
        clock.advance(minutes=21)
        fake.redeliver(friend)
        assert reply(fake, late).status == 400

    def test_redelivery_does_not_revive_a_used_token(
        self, fake: FakeLine, friend: str, token: Callable[[], str]
    ) -> None:
        used = token()
        reply(fake, used)
        fake.redeliver(friend)
        assert reply(fake, used).status == 400

    def test_a_retry_key_is_refused(self, fake: FakeLine, token: Callable[[], str]) -> None:
        body = {"replyToken": token(), "messages": [text("hi")]}
        assert fake.reply(body, retry_key=KEY).status == 400

    def test_a_bad_message_sends_nothing_and_leaves_the_token_alive(
        self, fake: FakeLine, friend: str, token: Callable[[], str]
    ) -> None:
        kept = token()
        assert reply(fake, kept, text("good"), text("")).status == 400
        assert all(entry["from"] == "user" for entry in fake.chat(friend))
        assert reply(fake, kept).status == 200

    def test_refusals_are_kept_for_the_bots_author(self, fake: FakeLine, token: Callable[[], str]) -> None:
        reply(fake, token(), text(""))
        (refusal,) = fake.refusals
        assert refusal["endpoint"] == "reply"
        assert refusal["body"]["message"] == "The request body has 1 error(s)"


class TestPush:
    def test_push_reaches_a_friend(self, fake: FakeLine, friend: str) -> None:
        answer = push(fake, friend)
        assert answer.status == 200
        assert fake.chat(friend)[-1]["id"] == answer.body["sentMessages"][0]["id"]

    def test_unknown_user_is_refused(self, fake: FakeLine) -> None:
        answer = push(fake, "U" + "0" * 32)
        assert (answer.status, answer.body) == (400, {"message": "Failed to send messages"})

    def test_blocked_user_gets_nothing_though_the_answer_is_200(self, fake: FakeLine, friend: str) -> None:
        fake.block(friend)
        answer = push(fake, friend)
        assert answer.status == 200
        assert answer.body["sentMessages"]
        assert fake.chat(friend) == []

    def test_stranger_is_reached_for_seven_days_after_writing(self, fake: FakeLine, clock: Clock) -> None:
        user_id = fake.add_user("Taro")
        push(fake, user_id)
        assert fake.chat(user_id) == []
        fake.send_text(user_id, "hello")
        clock.advance(days=7)
        push(fake, user_id)
        assert len(fake.chat(user_id)) == 2
        clock.advance(seconds=1)
        push(fake, user_id)
        assert len(fake.chat(user_id)) == 2

    def test_same_retry_key_answers_409_with_the_first_answer(self, fake: FakeLine, friend: str) -> None:
        first = push(fake, friend, KEY)
        second = push(fake, friend, KEY)
        assert second.status == 409
        assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
        assert second.body["sentMessages"] == first.body["sentMessages"]
        assert len(fake.chat(friend)) == 1
        assert not fake.refusals

    def test_retry_key_is_forgotten_after_a_day(self, fake: FakeLine, friend: str, clock: Clock) -> None:
        push(fake, friend, KEY)
        clock.advance(hours=24)
        assert push(fake, friend, KEY).status == 409
        clock.advance(seconds=1)
        assert push(fake, friend, KEY).status == 200

    def test_a_refused_request_does_not_use_up_its_key(self, fake: FakeLine, friend: str) -> None:
        assert fake.push({"to": friend, "messages": []}, KEY).status == 400
        assert push(fake, friend, KEY).status == 200

    def test_retry_key_must_be_a_uuid(self, fake: FakeLine, friend: str) -> None:
        assert push(fake, friend, "again").status == 400

    def test_quota_counts_people_reached_this_month(self, clock: Clock, inbox: Inbox) -> None:
        fake = FakeLine(SECRET, clock, inbox, monthly_quota=1)
        user_id = fake.add_user("Taro")
        fake.follow(user_id)
        assert fake.quota().body == {"type": "limited", "value": 1}
        assert push(fake, user_id).status == 200
        assert fake.consumption().body == {"totalUsage": 1}
        over = push(fake, user_id)
        assert (over.status, over.body["message"]) == (429, "You have reached your monthly limit.")
        clock.advance(days=31)
        assert push(fake, user_id).status == 200

    def test_without_a_quota_there_is_no_limit(self, fake: FakeLine) -> None:
        assert fake.quota().body == {"type": "none"}

    def test_concurrent_requests_with_one_key_send_once(self, fake: FakeLine, friend: str) -> None:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(push(fake, friend, KEY).status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [409] * 7
        assert len(fake.chat(friend)) == 1


class TestMulticast:
    def test_reaches_everyone_who_can_be_reached(self, fake: FakeLine, friend: str) -> None:
        blocker = fake.add_user("Taro")
        fake.follow(blocker)
        fake.block(blocker)
        answer = fake.multicast({"to": [friend, blocker, friend], "messages": [text("news")]})
        assert (answer.status, answer.body) == (200, {})
        assert len(fake.chat(friend)) == 1
        assert fake.chat(blocker) == []
        assert fake.consumption().body == {"totalUsage": 1}

    def test_retry_key_answers_409_without_sent_messages(self, fake: FakeLine, friend: str) -> None:
        body = {"to": [friend], "messages": [text("news")]}
        assert fake.multicast(body, KEY).status == 200
        again = fake.multicast(body, KEY)
        assert (again.status, again.body) == (409, {"message": "The retry key is already accepted"})

    @pytest.mark.parametrize("count", [0, 501])
    def test_one_to_five_hundred_recipients(self, fake: FakeLine, friend: str, count: int) -> None:
        answer = fake.multicast({"to": [friend] * count, "messages": [text("news")]})
        assert answer.status == 400
        assert answer.body["details"][0]["property"] == "to"

    def test_aggregation_unit_must_be_one_plain_name(self, fake: FakeLine, friend: str) -> None:
        body = {"to": [friend], "messages": [text("news")]}
        assert fake.multicast({**body, "customAggregationUnits": ["guide_1"]}).status == 200
        assert fake.multicast({**body, "customAggregationUnits": ["a", "b"]}).status == 400
        assert fake.multicast({**body, "customAggregationUnits": ["no-dash"]}).status == 400


class TestOtherEndpoints:
    def test_profile_of_a_friend_only(self, fake: FakeLine, friend: str) -> None:
        assert fake.profile(friend).body["displayName"] == "Hanako"
        assert fake.profile(fake.add_user("Taro")).status == 404
        fake.block(friend)
        assert fake.profile(friend).status == 404

    def test_loading_dots_go_when_a_message_comes(self, fake: FakeLine, friend: str) -> None:
        assert fake.start_loading({"chatId": friend, "loadingSeconds": 5}).status == 202
        assert fake.users()[0]["loadingUntil"]
        push(fake, friend)
        assert fake.users()[0]["loadingUntil"] is None

    @pytest.mark.parametrize("seconds", [0, 7, 65, "5"])
    def test_loading_seconds_are_five_to_sixty_in_steps_of_five(
        self, fake: FakeLine, friend: str, seconds: object
    ) -> None:
        assert fake.start_loading({"chatId": friend, "loadingSeconds": seconds}).status == 400

    def test_mark_as_read_knows_the_tokens_of_its_webhooks(self, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.send_text(friend, "hello")
        token = inbox.last["message"]["markAsReadToken"]
        assert fake.mark_as_read({"markAsReadToken": token}).status == 200
        assert fake.mark_as_read({"markAsReadToken": "made up"}).status == 400

    def test_validate_sends_nothing(self, fake: FakeLine, friend: str) -> None:
        assert fake.validate("push", {"messages": [text("hi")]}).status == 200
        assert fake.validate("push", {"messages": [text("")]}).status == 400
        assert fake.validate("letter", {"messages": [text("hi")]}).status == 404
        assert fake.chat(friend) == []

    def test_bot_info(self, fake: FakeLine) -> None:
        assert fake.bot_info().body["userId"] == fake.bot_user_id


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
