"""The simulator over HTTP: the fake API's door, the page's JSON, its event stream, its defences."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.simulator.fake_line import FakeLine
from bot.simulator.routes import event_stream, simulator_blueprints

from .conftest import Inbox, text

TOKEN = {"Authorization": "Bearer secret"}
API = "/simulator/line/v2/bot"


@pytest.fixture
def client(fake: FakeLine) -> FlaskClient:
    app = Flask(__name__)
    for blueprint in simulator_blueprints(fake, most_streams=1):
        app.register_blueprint(blueprint)
    return app.test_client()


class TestFakeApi:
    def test_push_over_http(self, client: FlaskClient, fake: FakeLine, friend: str) -> None:
        answer = client.post(f"{API}/message/push", json={"to": friend, "messages": [text("hi")]}, headers=TOKEN)
        assert answer.status_code == 200
        assert answer.headers["x-line-request-id"]
        assert answer.json is not None
        assert answer.json["sentMessages"][0]["id"] == fake.chat(friend)[-1]["id"]

    def test_retry_key_header(self, client: FlaskClient, friend: str) -> None:
        headers = {**TOKEN, "X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}
        body = {"to": friend, "messages": [text("hi")]}
        assert client.post(f"{API}/message/push", json=body, headers=headers).status_code == 200
        again = client.post(f"{API}/message/push", json=body, headers=headers)
        assert again.status_code == 409
        assert again.headers["x-line-accepted-request-id"]

    def test_reply_over_http(self, client: FlaskClient, token: Callable[[], str]) -> None:
        body = {"replyToken": token(), "messages": [text("hi")]}
        assert client.post(f"{API}/message/reply", json=body, headers=TOKEN).status_code == 200

    def test_the_small_endpoints(self, client: FlaskClient, friend: str, inbox: Inbox, fake: FakeLine) -> None:
        for path in (f"profile/{friend}", "info", "message/quota", "message/quota/consumption"):
            assert client.get(f"{API}/{path}", headers=TOKEN).status_code == 200
        fake.send_text(friend, "hello")
        read = {"markAsReadToken": inbox.last["message"]["markAsReadToken"]}
        assert client.post(f"{API}/chat/markAsRead", json=read, headers=TOKEN).status_code == 200
        loading = client.post(f"{API}/chat/loading/start", json={"chatId": friend}, headers=TOKEN)
        assert loading.status_code == 202
        valid = client.post(f"{API}/message/validate/push", json={"messages": [text("a")]}, headers=TOKEN)
        assert valid.status_code == 200
        sent = {"to": [friend], "messages": [text("a")]}
        assert client.post(f"{API}/message/multicast", json=sent, headers=TOKEN).json == {}

    @pytest.mark.parametrize("header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}])
    def test_without_a_token_401(self, client: FlaskClient, header: dict[str, str]) -> None:
        answer = client.get(f"{API}/info", headers=header)
        assert answer.status_code == 401
        assert answer.headers["x-line-request-id"]

    def test_what_is_no_json_object_is_400(self, client: FlaskClient) -> None:
        for data in ("{", "[]", "\xff"):
            answer = client.post(f"{API}/message/push", data=data, headers=TOKEN, content_type="application/json")
            assert answer.status_code == 400

    def test_other_content_types_are_415_and_large_bodies_413(self, client: FlaskClient) -> None:
        assert client.post(f"{API}/message/push", data="a=1", headers=TOKEN).status_code == 415
        large = {"messages": "x" * (2 * 1024 * 1024)}
        assert client.post(f"{API}/message/push", json=large, headers=TOKEN).status_code == 413


class TestPage:
    def test_page_forbids_everything_foreign_and_inline(self, client: FlaskClient) -> None:
        answer = client.get("/simulator")
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        html = answer.get_data(as_text=True)
        assert " style=" not in html
        assert "<script>" not in html

    def test_static_files_are_served(self, client: FlaskClient) -> None:
        with client.get("/simulator/static/main.js") as answer:
            assert answer.status_code == 200

    def test_state_and_nothing_new(self, client: FlaskClient, friend: str) -> None:
        state = client.get("/simulator/state").json
        assert state is not None
        assert state["users"][0]["id"] == friend
        assert client.get(f"/simulator/state?since={state['version']}").status_code == 204

    def test_a_day_in_the_life_of_a_phone(self, client: FlaskClient, fake: FakeLine, inbox: Inbox) -> None:
        created = client.post("/simulator/users", json={"name": "Taro"}).json
        assert created is not None
        path = f"/simulator/users/{created['id']}"
        for action, body in [
            ("follow", {}),
            ("text", {"text": "hello"}),
            ("postback", {"data": "d", "displayText": "D"}),
            ("sticker", {}),
            ("image", {}),
            ("audio", {}),
            ("file", {}),
            ("location", {"title": "Clinic"}),
            ("redeliver", {}),
            ("block", {}),
            ("unblock", {}),
        ]:
            answer = client.post(f"{path}/{action}", json=body)
            assert (action, answer.status_code, answer.json) == (action, 200, {"status": 200})
        assert len(inbox.bodies) == 11
        assert len(fake.chat(created["id"])) == 7

    def test_a_place_by_its_coordinates(self, client: FlaskClient, friend: str, inbox: Inbox) -> None:
        place = {"title": "Station", "address": "1-1", "latitude": 34.7, "longitude": 135.5}
        assert client.post(f"/simulator/users/{friend}/location", json=place).status_code == 200
        sent = inbox.last["message"]
        assert {name: sent[name] for name in place} == place

    @pytest.mark.parametrize("latitude", [None, "34.7", 91, True])
    def test_a_place_that_is_not_on_earth(self, client: FlaskClient, friend: str, latitude: object) -> None:
        place = {"latitude": latitude, "longitude": 135.5}
        assert client.post(f"/simulator/users/{friend}/location", json=place).status_code == 400

    def test_texts_are_packed_for_browsers_that_take_it(self, client: FlaskClient) -> None:
        path = "/simulator/static/page.css"
        with client.get(path, headers={"Accept-Encoding": "gzip"}) as packed, client.get(path) as plain:
            assert packed.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(packed.data) == plain.data
            assert "Content-Encoding" not in plain.headers
        with client.get(path, headers={"If-None-Match": packed.headers["ETag"]}) as again:
            assert again.status_code == 304

    def test_mistakes_are_answered_not_crashed(self, client: FlaskClient, friend: str) -> None:
        path = f"/simulator/users/{friend}"
        assert client.post("/simulator/users/U0/text", json={"text": "a"}).status_code == 404
        assert client.post(f"{path}/dance", json={}).status_code == 404
        assert client.post(f"{path}/text", json={"text": ""}).status_code == 400
        assert client.post(f"{path}/text", json=[]).status_code == 400
        assert client.post(f"{path}/postback", json={"data": "d", "params": "x"}).status_code == 400
        assert client.post("/simulator/users", json={"name": "x" * 41}).status_code == 400
        client.post(f"{path}/block", json={})
        assert client.post(f"{path}/text", json={"text": "a"}).status_code == 409


class TestForeignPosts:
    @pytest.mark.parametrize(
        "headers",
        [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    )
    def test_another_site_is_refused(self, client: FlaskClient, headers: dict[str, str]) -> None:
        assert client.post("/simulator/users", json={"name": "a"}, headers=headers).status_code == 403

    def test_a_form_is_refused(self, client: FlaskClient) -> None:
        assert client.post("/simulator/users", data={"name": "a"}).status_code == 415

    def test_the_page_itself_is_let_in(self, client: FlaskClient) -> None:
        headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        assert client.post("/simulator/users", json={"name": "a"}, headers=headers).status_code == 200


class TestEventStream:
    def test_first_the_state_then_the_changes(self, fake: FakeLine, friend: str) -> None:
        stream = event_stream(fake.subscribe())
        assert next(stream) == "retry: 300\n\n"
        name, data = next(stream).strip().split("\n")
        assert name == "event: state"
        assert json.loads(data.removeprefix("data: "))["users"][0]["id"] == friend
        fake.send_text(friend, "hello")
        assert next(stream).startswith("event: entries\n")
        stream.close()
        assert fake.chats.watchers == 0

    def test_silence_is_filled_with_comments(self, fake: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.simulator.routes.KEEP_ALIVE_SECONDS", 0)
        stream = event_stream(fake.subscribe())
        next(stream), next(stream)
        assert next(stream) == ": keep-alive\n\n"
        fake.close()
        assert list(stream) == []

    def test_a_stream_ends_by_itself(self, fake: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.simulator.routes.STREAM_SECONDS", 0)
        assert list(event_stream(fake.subscribe())) == ["retry: 300\n\n"]
        assert fake.chats.watchers == 0

    def test_a_page_that_says_goodbye_frees_its_stream(self, client: FlaskClient, fake: FakeLine) -> None:
        watcher = fake.subscribe()
        assert client.post("/simulator/leave", json={"stream": "another"}).status_code == 200
        assert not watcher.closed
        assert client.post("/simulator/leave", json={"stream": watcher.id}).status_code == 200
        assert watcher.closed

    def test_stream_over_http_and_its_limit(self, client: FlaskClient, fake: FakeLine) -> None:
        first = client.get("/simulator/events", buffered=False)
        assert first.mimetype == "text/event-stream"
        assert client.get("/simulator/events").status_code == 503
        first.close()
        assert fake.chats.watchers == 0
