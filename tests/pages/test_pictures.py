"""Drawings over HTTP: those that are there, kept by phones for a day, and nothing else of the folder or beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.links import Links
from bot.pages.pictures import KEPT_FOR, picture_pages

PNG = b"\x89PNG\r\n\x1a\n"
LINKS = Links("https://clinic.example", "a secret of the tests")


@pytest.fixture
def browser(tmp_path: Path) -> FlaskClient:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "zones.png").write_bytes(PNG)
    (tmp_path / "pictures" / "zones.svg").write_text("<svg/>")
    (tmp_path / "secret.png").write_bytes(PNG)
    app = Flask("pictures", static_folder=None)
    app.register_blueprint(picture_pages(tmp_path / "pictures"))
    return app.test_client()


def test_a_drawing_is_served_at_the_address_that_links_make(browser: FlaskClient) -> None:
    with browser.get(LINKS.picture("pictures/zones.png").removeprefix(LINKS.base_url)) as answer:
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", PNG)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_phone_keeps_it_and_then_asks_whether_it_has_changed(browser: FlaskClient) -> None:
    with browser.get("/pictures/zones.png") as first:
        assert first.cache_control.max_age == KEPT_FOR
    with browser.get("/pictures/zones.png", headers={"If-None-Match": first.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "address",
    [
        "/pictures/none.png",
        "/pictures/zones.svg",
        "/pictures/zones",
        "/pictures/",
        "/pictures/../secret.png",
        "/pictures/..%2fsecret.png",
        "/pictures/%2e%2e%2fsecret.png",
        "/pictures/..\\secret.png",
    ],
)
def test_nothing_else_is_served(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_a_folder_may_be_given_from_where_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zones.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    app = Flask("pictures", static_folder=None)
    app.register_blueprint(picture_pages(Path()))
    with app.test_client().get("/pictures/zones.png") as answer:
        assert answer.status_code == 200
