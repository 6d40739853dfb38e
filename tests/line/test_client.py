"""Calls to the Messaging API: what is sent, one attempt only, and what each answer means."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from linebot.v3.oauth.exceptions import ApiException
from urllib3.exceptions import ProtocolError

from bot.delivery import policy
from bot.line.client import TOKEN_WITHIN, Limit, LineClient, Sent
from bot.line.connections import CONNECT_TIMEOUT, READ_TIMEOUT
from bot.line.written import written
from tests.line.api_double import Answer, ApiDouble

MESSAGES = '[{"type":"text","text":"膝の裏🍎"}]'
KEY = "123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture
def api() -> Iterator[ApiDouble]:
    with ApiDouble().running() as api:
        yield api


@pytest.fixture
def client(api: ApiDouble) -> LineClient:
    return LineClient(lambda: "access", api.url)


class TestRequests:
    def test_a_reply_carries_token_and_messages_and_no_retry_key(self, api: ApiDouble, client: LineClient) -> None:
        client.reply("token", MESSAGES)
        (request,) = api.requests
        assert request.path == "/v2/bot/message/reply"
        assert request.json == {"replyToken": "token", "messages": json.loads(MESSAGES)}
        assert request.headers["authorization"] == "Bearer access"
        assert request.headers["content-type"].startswith("application/json")
        assert "x-line-retry-key" not in request.headers

    def test_a_push_carries_user_messages_and_retry_key(self, api: ApiDouble, client: LineClient) -> None:
        client.push("U1", MESSAGES, KEY)
        (request,) = api.requests
        assert request.path == "/v2/bot/message/push"
        assert request.json == {"to": "U1", "messages": json.loads(MESSAGES)}
        assert request.headers["x-line-retry-key"] == KEY

    def test_the_body_is_compact_utf8(self, api: ApiDouble, client: LineClient) -> None:
        client.reply("token", MESSAGES)
        assert "膝の裏🍎".encode() in api.requests[0].body
        assert b": " not in api.requests[0].body

    def test_each_call_asks_for_the_token_of_now(self, api: ApiDouble) -> None:
        tokens = iter(["first", "second"])
        client = LineClient(lambda: next(tokens), api.url)
        client.reply("token", MESSAGES)
        client.push("U1", MESSAGES, KEY)
        assert [request.headers["authorization"] for request in api.requests] == ["Bearer first", "Bearer second"]

    def test_a_base_url_may_have_a_path_and_a_slash(self, api: ApiDouble) -> None:
        LineClient(lambda: "access", f"{api.url}/simulator/line/").reply("token", MESSAGES)
        assert api.requests[0].path == "/simulator/line/v2/bot/message/reply"


class TestCourtesies:
    def test_a_patient_is_shown_that_an_answer_is_coming(self, api: ApiDouble, client: LineClient) -> None:
        client.show_loading("U1")
        (request,) = api.requests
        assert (request.path, request.json) == ("/v2/bot/chat/loading/start", {"chatId": "U1"})

    def test_a_message_is_marked_as_read(self, api: ApiDouble, client: LineClient) -> None:
        client.mark_as_read("token")
        (request,) = api.requests
        assert (request.path, request.json) == ("/v2/bot/chat/markAsRead", {"markAsReadToken": "token"})

    def test_a_refusal_is_no_error(self, api: ApiDouble, client: LineClient) -> None:
        api.answers.append(Answer(400))
        client.mark_as_read("token")

    def test_who_does_not_tell_marks_by_itself(self, client: LineClient) -> None:
        assert client.is_read_by_hand() is False


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "sent"),
        [
            (200, Sent.ACCEPTED),
            (202, Sent.ACCEPTED),
            (409, Sent.ACCEPTED),
            (429, Sent.BUSY),
            (400, Sent.REFUSED),
            (401, Sent.LOCKED_OUT),
            (403, Sent.LOCKED_OUT),
            (413, Sent.REFUSED),
            (500, Sent.UNCERTAIN),
            (502, Sent.UNCERTAIN),
            (503, Sent.UNCERTAIN),
        ],
    )
    def test_what_each_status_means(self, api: ApiDouble, client: LineClient, status: int, sent: Sent) -> None:
        api.answers.append(Answer(status, headers={"x-line-request-id": "R1"}))
        receipt = client.push("U1", MESSAGES, KEY)
        assert (receipt.sent, receipt.status, receipt.request_id) == (sent, status, "R1")
        assert len(api.requests) == 1

    @pytest.mark.parametrize(
        ("body", "limit"),
        [
            ({"message": "The API rate limit has been exceeded. Try again later."}, Limit.RATE),
            ({"message": "You have reached your monthly limit."}, Limit.QUOTA),
            ({"message": "something new"}, Limit.UNTOLD),
            (b"", Limit.UNTOLD),
            (b"\xff\xfe", Limit.UNTOLD),
        ],
    )
    def test_what_there_was_too_much_of(self, api: ApiDouble, client: LineClient, body: object, limit: Limit) -> None:
        api.answers.append(Answer(429, body))
        assert client.push("U1", MESSAGES, KEY).limit is limit

    def test_only_a_429_names_a_limit(self, api: ApiDouble, client: LineClient) -> None:
        api.answers.append(Answer(400, {"message": "You have reached your monthly limit."}))
        assert client.push("U1", MESSAGES, KEY).limit is None

    @pytest.mark.parametrize(
        ("said", "milliseconds"),
        [("7", 7_000), ("0", 0), ("-1", 0), ("soon", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 400, 0)],
    )
    def test_how_long_line_wants_to_be_left_alone(
        self, api: ApiDouble, client: LineClient, said: str, milliseconds: int
    ) -> None:
        api.answers.append(Answer(429, headers={"retry-after": said}))
        assert client.push("U1", MESSAGES, KEY).retry_after == milliseconds

    @pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", {}, {"message": "x"}])
    def test_only_the_status_counts(self, api: ApiDouble, client: LineClient, body: object) -> None:
        api.answers.append(Answer(200, body))
        assert client.reply("token", MESSAGES).sent is Sent.ACCEPTED

    @pytest.mark.parametrize(("status", "name"), [(429, "retry-after"), (503, "retry-after")])
    def test_waiting_is_left_to_the_sender(self, api: ApiDouble, client: LineClient, status: int, name: str) -> None:
        api.answers.append(Answer(status, headers={name: "1000"}))
        client.push("U1", MESSAGES, KEY)
        assert len(api.requests) == 1

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_nothing_is_sent_to_another_address(self, api: ApiDouble, client: LineClient, status: int) -> None:
        api.answers.append(Answer(status, headers={"location": f"{api.url}/elsewhere"}))
        assert client.push("U1", MESSAGES, KEY).sent is not Sent.ACCEPTED
        assert [request.path for request in api.requests] == ["/v2/bot/message/push"]


class TestNoAnswer:
    def test_silence_is_uncertain_after_one_attempt(self, api: ApiDouble, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.line.connections.READ_TIMEOUT", 0.2)
        api.answers.append(Answer(withhold=True))
        receipt = LineClient(lambda: "access", api.url).reply("token", MESSAGES)
        assert (receipt.sent, receipt.status, receipt.request_id) == (Sent.UNCERTAIN, 0, "")
        assert len(api.requests) == 1
        assert api.gave_up == 0

    def test_a_reset_connection_is_uncertain_after_one_attempt(self, api: ApiDouble, client: LineClient) -> None:
        api.answers.append(Answer(reset=True))
        receipt = client.reply("token", MESSAGES)
        assert (receipt.sent, receipt.status) == (Sent.UNCERTAIN, 0)
        assert len(api.requests) == 1

    def test_a_refused_connection_is_worth_another_attempt(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            receipt = LineClient(lambda: "access", url).reply("token", MESSAGES)
        assert (receipt.sent, receipt.status) == (Sent.BUSY, 0)

    @pytest.mark.parametrize("trouble", [ApiException(status=503), ProtocolError("reset")], ids=repr)
    def test_without_an_access_token_another_attempt_is_worth_it(self, api: ApiDouble, trouble: Exception) -> None:
        # LINE did not issue a short-lived token: the messages never left this machine.
        def no_token() -> str:
            raise trouble

        assert LineClient(no_token, api.url).reply("token", MESSAGES).sent is Sent.BUSY
        assert api.requests == []

    def test_the_next_call_after_a_reset_goes_through(self, api: ApiDouble, client: LineClient) -> None:
        api.answers.append(Answer(reset=True))
        client.push("U1", MESSAGES, KEY)
        assert client.push("U1", MESSAGES, KEY).sent is Sent.ACCEPTED

    def test_a_token_that_came_late_is_not_used(self, api: ApiDouble, monkeypatch: pytest.MonkeyPatch) -> None:
        # The lease of the row is counted from before: when the token took its time, the call would outlast it.
        monkeypatch.setattr("bot.line.client.TOKEN_WITHIN", -1.0)
        assert LineClient(lambda: "access", api.url).reply("token", MESSAGES).sent is Sent.BUSY
        assert api.requests == []

    def test_a_server_without_an_answer_costs_less_than_the_lease_of_a_row(self) -> None:
        assert (TOKEN_WITHIN + CONNECT_TIMEOUT + READ_TIMEOUT) * 1000 < policy.LEASE_MARGIN < policy.LEASE


def pushed_by_threads(client: LineClient, keys: list[str]) -> set[Sent]:
    with ThreadPoolExecutor(16) as threads:
        pushed = threads.map(lambda key: client.push(key, written([{"type": "text", "text": key}]), key), keys)
        return {receipt.sent for receipt in pushed}


def test_threads_share_one_client() -> None:
    keys = [str(uuid.uuid4()) for _ in range(80)]
    # On a busy machine a connection may be idle for long; one that ends right then is rightly uncertain.
    with ApiDouble(idle=20.0).running() as api:
        assert pushed_by_threads(LineClient(lambda: "access", api.url), keys) == {Sent.ACCEPTED}
        arrived = {request.headers["x-line-retry-key"]: json.loads(request.body) for request in api.requests}
    assert arrived == {key: {"to": key, "messages": [{"type": "text", "text": key}]} for key in keys}
