"""The gallery: every message of the content, by file and entry."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.line.gallery import Picture
from bot.simulator.fake_line import FakeLine
from bot.simulator.routes import simulator_blueprints

HELLO = '[{"type":"text","text":"hello"}]'


@pytest.fixture
def client(fake: FakeLine) -> FlaskClient:
    app = Flask(__name__)
    pictures = [
        Picture("questions.yaml", ("onset",), HELLO),
        Picture("questions.yaml", ("onset",), HELLO),
        Picture("menu.yaml", (), HELLO),
    ]
    gallery = {"ja": pictures, "en": pictures[:1]}
    for blueprint in simulator_blueprints(fake, gallery=lambda: gallery):
        app.register_blueprint(blueprint)
    return app.test_client()


def test_every_message_once_with_the_entry_that_it_comes_from(client: FlaskClient) -> None:
    hello = [{"type": "text", "text": "hello"}]
    assert client.get("/simulator/gallery/messages?language=ja").json == [
        {"file": "questions.yaml", "path": "onset", "messages": hello},
        {"file": "menu.yaml", "path": "", "messages": hello},
    ]


def test_each_language_by_itself(client: FlaskClient) -> None:
    page = client.get("/simulator/gallery").get_data(as_text=True)
    assert "<option>ja</option><option>en</option>" in page
    messages = client.get("/simulator/gallery/messages?language=en").json
    assert messages is not None
    assert len(messages) == 1
    assert client.get("/simulator/gallery/messages?language=fr").status_code == 404


def test_the_page_forbids_everything_inline(client: FlaskClient) -> None:
    answer = client.get("/simulator/gallery")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    html = answer.get_data(as_text=True)
    assert " style=" not in html
    assert "<script>" not in html


def test_without_a_gallery_there_is_no_such_page(fake: FakeLine) -> None:
    app = Flask(__name__)
    for blueprint in simulator_blueprints(fake):
        app.register_blueprint(blueprint)
    assert app.test_client().get("/simulator/gallery").status_code == 404
    assert "simulator/gallery" not in app.test_client().get("/simulator").get_data(as_text=True)
