"""The fake Messaging API answers as LINE does: reply tokens, retry keys, blocked users, quota."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest

from bot.simulator.fake_line import FakeLine

from .conftest import SECRET, Clock, Inbox, push, reply, text

KEY = "123e4567-e89b-12d3-a456-426614174000"


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

    def test_what_users_write_is_read_at_once(self, fake: FakeLine, friend: str) -> None:
        fake.send_text(friend, "hello")
        assert fake.chat(friend)[-1]["read"] is True
        assert fake.bot_info().body["markAsReadMode"] == "auto"

    def test_by_hand_it_stays_unread_until_it_is_marked_with_all_before_it(self, clock: Clock, inbox: Inbox) -> None:
        fake = FakeLine(SECRET, clock, inbox, read_by_hand=True)
        assert fake.bot_info().body["markAsReadMode"] == "manual"
        user_id = fake.add_user("Hanako")
        fake.send_text(user_id, "one")
        fake.send_text(user_id, "two")
        token = inbox.last["message"]["markAsReadToken"]
        fake.send_text(user_id, "three")
        assert fake.mark_as_read({"markAsReadToken": token}).status == 200
        assert [entry["read"] for entry in fake.chat(user_id)] == [True, True, False]

    def test_validate_sends_nothing(self, fake: FakeLine, friend: str) -> None:
        assert fake.validate("push", {"messages": [text("hi")]}).status == 200
        assert fake.validate("push", {"messages": [text("")]}).status == 400
        assert fake.validate("letter", {"messages": [text("hi")]}).status == 404
        assert fake.chat(friend) == []

    def test_bot_info(self, fake: FakeLine) -> None:
        assert fake.bot_info().body["userId"] == fake.bot_user_id
