"""Rich menus through line-bot-sdk and over HTTP, against the simulator's Messaging API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.serving import make_server

from bot.desk import Desk
from bot.errors import LineRefused
from bot.line.rich_menu import RichMenu
from bot.line.rich_menu_api import RichMenuApi
from bot.line.rich_menu_deployment import current, deploy, menu_sets, roll_back
from bot.rich_menu_files import menus_of
from bot.settings import read_settings
from bot.simulator.api_routes import api_blueprint
from bot.simulator.fake_line import FakeLine


@pytest.fixture
def api() -> Iterator[RichMenuApi]:
    app = Flask("line")
    app.register_blueprint(api_blueprint(FakeLine("secret", lambda: datetime.now(UTC), lambda *_: 200)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield RichMenuApi("token", f"http://127.0.0.1:{server.server_port}/simulator/line")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def menus(desk: Desk) -> list[RichMenu]:
    return menus_of(desk.library, read_settings().content_dir)


def test_the_shipped_menus_are_shown_and_taken_back(api: RichMenuApi, menus: list[RichMenu]) -> None:
    first = deploy(api, menus)
    standing = api.standing()
    assert standing.aliases == first.tabs
    assert current(standing, menu_sets(standing)) == first
    assert deploy(api, menus) == first
    second = deploy(api, [RichMenu(each.alias, {**each.menu, "chatBarText": "Menu"}, each.picture) for each in menus])
    assert roll_back(api) == first
    assert second.number == first.number + 1
    assert api.standing().default == next(iter(first.tabs.values()))


def test_on_a_new_account_nothing_stands(api: RichMenuApi) -> None:
    standing = api.standing()
    assert (standing.names, standing.aliases, standing.default) == ({}, {}, None)


def test_what_line_would_refuse_is_told(api: RichMenuApi, menus: list[RichMenu]) -> None:
    narrow = {**menus[0].menu, "name": "narrow", "size": {"width": 799, "height": 250}}
    with pytest.raises(LineRefused):
        api.validate(narrow)


def test_a_picture_that_is_none_is_refused(api: RichMenuApi, menus: list[RichMenu]) -> None:
    with pytest.raises(LineRefused):
        api.create({**menus[0].menu, "name": "broken"}, b"no picture")
