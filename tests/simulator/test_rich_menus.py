"""The fake API takes rich menus as LINE does, over HTTP as a bot calls it, and the phones show them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.simulator.fake_line import FakeLine
from bot.simulator.rich_menu_rules import picture_size, rich_menu_problems
from bot.simulator.routes import simulator_blueprints

from .conftest import Inbox

TOKEN = {"Authorization": "Bearer secret"}
NOWHERE = "richmenu-" + "0" * 32


def png(width: int, height: int) -> bytes:
    """A grey picture, small in bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * (width + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def menu(*areas: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A rich menu object that LINE takes."""
    return {
        "size": {"width": 800, "height": 500},
        "selected": True,
        "name": "a menu",
        "chatBarText": "Menu",
        "areas": list(areas),
        **changes,
    }


def area(action: dict[str, Any]) -> dict[str, Any]:
    return {"bounds": {"x": 0, "y": 0, "width": 400, "height": 250}, "action": action}


SWITCH = {"type": "richmenuswitch", "richMenuAliasId": "second", "data": "to-second"}


class Bot:
    """Calls the API."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def call(self, method: str, path: str, body: object = None) -> TestResponse:
        return self._client.open(f"/simulator/line/v2/bot/{path}", method=method, json=body, headers=TOKEN)

    def upload(self, menu_id: str, picture: bytes, kind: str = "image/png") -> TestResponse:
        path = f"/simulator/line/v2/bot/richmenu/{menu_id}/content"
        return self._client.post(path, data=picture, content_type=kind, headers=TOKEN)

    def make(self, *areas: dict[str, Any], has_picture: bool = True) -> str:
        """A menu that LINE has taken; its id."""
        answer = self.call("POST", "richmenu", menu(*areas))
        assert answer.status_code == 200
        assert answer.json
        menu_id = str(answer.json["richMenuId"])
        if has_picture:
            assert self.upload(menu_id, png(800, 500)).status_code == 200
        return menu_id


@pytest.fixture
def client(fake: FakeLine) -> FlaskClient:
    app = Flask(__name__)
    for blueprint in simulator_blueprints(fake):
        app.register_blueprint(blueprint)
    return app.test_client()


@pytest.fixture
def bot(client: FlaskClient) -> Bot:
    return Bot(client)


class TestMenus:
    def test_a_menu_is_listed_as_it_was_made_until_it_is_deleted(self, bot: Bot) -> None:
        menu_id = bot.make(area({"type": "message", "text": "hello"}))
        listed = bot.call("GET", "richmenu/list").json
        assert listed == {"richmenus": [bot.call("GET", f"richmenu/{menu_id}").json]}
        assert listed["richmenus"][0] == {"richMenuId": menu_id, **menu(area({"type": "message", "text": "hello"}))}
        assert bot.call("DELETE", f"richmenu/{menu_id}").status_code == 200
        assert bot.call("GET", "richmenu/list").json == {"richmenus": []}
        assert bot.call("DELETE", f"richmenu/{menu_id}").status_code == 404

    def test_validating_makes_nothing(self, bot: Bot) -> None:
        assert bot.call("POST", "richmenu/validate", menu()).status_code == 200
        refused = bot.call("POST", "richmenu/validate", {})
        assert refused.status_code == 400
        assert refused.json
        assert len(refused.json["details"]) == 5
        assert bot.call("GET", "richmenu/list").json == {"richmenus": []}

    @pytest.mark.parametrize(
        ("changes", "at"),
        [
            ({"size": {"width": 799, "height": 500}}, "size.width"),
            ({"size": {"width": 2501, "height": 500}}, "size.width"),
            ({"size": {"width": 800, "height": 249}}, "size.height"),
            ({"size": {"width": 800, "height": 552}}, "size"),
            ({"name": "n" * 301}, "name"),
            ({"chatBarText": "c" * 15}, "chatBarText"),
            ({"chatBarText": ""}, "chatBarText"),
            ({"selected": "yes"}, "selected"),
            ({"areas": [area({"type": "message", "text": "a"})] * 21}, "areas"),
            ({"areas": [area({"type": "camera", "label": "a"})]}, "areas[0].action.type"),
            ({"areas": [area({**SWITCH, "richMenuAliasId": "No!"})]}, "areas[0].action.richMenuAliasId"),
            ({"areas": [area({**SWITCH, "data": "d" * 301})]}, "areas[0].action.data"),
            ({"areas": [area({**SWITCH, "label": "l" * 21})]}, "areas[0].action.label"),
            (
                {"areas": [{"bounds": {"x": -1, "y": 0, "width": 1, "height": 1}, "action": SWITCH}]},
                "areas[0].bounds.x",
            ),
            ({"areas": [{"bounds": {"x": 0, "y": 0, "width": 1}, "action": SWITCH}]}, "areas[0].bounds.height"),
        ],
    )
    def test_limits(self, changes: dict[str, Any], at: str) -> None:
        assert [problem["property"] for problem in rich_menu_problems(menu(**changes))] == [at]

    def test_at_the_limits(self) -> None:
        largest = {"size": {"width": 2500, "height": 1686}, "name": "n" * 300, "chatBarText": "c" * 14}
        assert rich_menu_problems(menu(*[area(SWITCH)] * 20, **largest)) == []

    def test_a_refusal_is_shown_to_the_bots_author(self, bot: Bot, fake: FakeLine) -> None:
        bot.call("POST", "richmenu", menu(chatBarText="c" * 15))
        assert fake.refusals[-1]["endpoint"] == "richmenu"


class TestPictures:
    def test_a_picture_comes_back_and_cannot_be_replaced(self, bot: Bot, client: FlaskClient) -> None:
        menu_id = bot.make()
        kept = bot.call("GET", f"richmenu/{menu_id}/content")
        assert (kept.data, kept.mimetype) == (png(800, 500), "image/png")
        assert bot.upload(menu_id, png(800, 500)).status_code == 400
        assert client.get(f"/simulator/rich-menus/{menu_id}/picture").data == kept.data

    @pytest.mark.parametrize(
        ("picture", "kind", "status"),
        [
            (png(799, 500), "image/png", 400),
            (png(800, 249), "image/png", 400),
            (png(800, 552), "image/png", 400),
            (png(800, 500) + bytes(1024 * 1024), "image/png", 400),
            (b"no picture", "image/jpeg", 400),
            (png(800, 500), "image/gif", 415),
            (bytes(3 * 1024 * 1024), "image/png", 413),
        ],
    )
    def test_what_line_does_not_take(self, bot: Bot, picture: bytes, kind: str, status: int) -> None:
        menu_id = bot.make(has_picture=False)
        assert bot.upload(menu_id, picture, kind).status_code == status
        assert bot.call("GET", f"richmenu/{menu_id}/content").status_code == 404

    def test_of_a_menu_that_is_not_there(self, bot: Bot, client: FlaskClient) -> None:
        assert bot.upload(NOWHERE, png(800, 500)).status_code == 404
        assert client.get(f"/simulator/rich-menus/{NOWHERE}/picture").status_code == 404

    def test_the_size_of_a_jpeg(self) -> None:
        start, other_segment = b"\xff\xd8", b"\xff\xe0\x00\x04ab"
        frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 500, 800) + bytes(6)
        assert picture_size(start + other_segment + frame) == (800, 500)
        assert picture_size(start + other_segment) is None


class TestWhoSeesWhat:
    def test_everybody_sees_the_default(self, bot: Bot, fake: FakeLine) -> None:
        menu_id = bot.make()
        assert bot.call("GET", "user/all/richmenu").status_code == 404
        assert bot.call("POST", f"user/all/richmenu/{menu_id}").status_code == 200
        assert bot.call("GET", "user/all/richmenu").json == {"richMenuId": menu_id}
        shown = fake.state()["richMenus"]
        assert (shown["default"], list(shown["menus"])) == (menu_id, [menu_id])
        assert bot.call("DELETE", "user/all/richmenu").status_code == 200
        assert fake.state()["richMenus"]["default"] is None

    def test_a_deleted_menu_leaves_the_phones(self, bot: Bot, fake: FakeLine, friend: str) -> None:
        menu_id = bot.make()
        bot.call("POST", f"user/all/richmenu/{menu_id}")
        bot.call("POST", f"user/{friend}/richmenu/{menu_id}")
        bot.call("DELETE", f"richmenu/{menu_id}")
        assert fake.state()["richMenus"] == {"menus": {}, "default": None}
        assert fake.users()[0]["richMenuId"] is None

    def test_without_a_picture_it_is_shown_to_nobody(self, bot: Bot, friend: str) -> None:
        bare = bot.make(has_picture=False)
        for path in (f"user/all/richmenu/{bare}", f"user/{friend}/richmenu/{bare}"):
            assert bot.call("POST", path).status_code == 400
        assert bot.call("POST", "richmenu/bulk/link", {"richMenuId": bare, "userIds": [friend]}).status_code == 400
        assert bot.call("POST", f"user/all/richmenu/{NOWHERE}").status_code == 404

    def test_one_user_has_another(self, bot: Bot, fake: FakeLine, friend: str) -> None:
        own = bot.make()
        assert bot.call("GET", f"user/{friend}/richmenu").status_code == 404
        assert bot.call("POST", f"user/{friend}/richmenu/{own}").status_code == 200
        assert bot.call("GET", f"user/{friend}/richmenu").json == {"richMenuId": own}
        assert fake.users()[0]["richMenuId"] == own
        assert bot.call("DELETE", f"user/{friend}/richmenu").status_code == 200
        assert bot.call("GET", f"user/{friend}/richmenu").status_code == 404

    def test_linking_who_is_no_friend_is_200_without_effect(self, bot: Bot, fake: FakeLine) -> None:
        menu_id, stranger = bot.make(), fake.add_user("Jiro")
        for user_id in (stranger, "U" + "0" * 32):
            assert bot.call("POST", f"user/{user_id}/richmenu/{menu_id}").status_code == 200
            assert bot.call("GET", f"user/{user_id}/richmenu").status_code == 404

    def test_many_at_once(self, bot: Bot, fake: FakeLine, friend: str) -> None:
        menu_id = bot.make()
        assert bot.call("POST", "richmenu/bulk/link", {"richMenuId": menu_id, "userIds": [friend]}).status_code == 202
        assert fake.users()[0]["richMenuId"] == menu_id
        assert bot.call("POST", "richmenu/bulk/unlink", {"userIds": [friend]}).status_code == 202
        assert fake.users()[0]["richMenuId"] is None

    @pytest.mark.parametrize("ids", [[], ["U" + "0" * 32] * 501, ["me"], None])
    def test_user_ids_that_line_refuses(self, bot: Bot, ids: list[str] | None) -> None:
        body = {"richMenuId": bot.make(), "userIds": ids}
        assert bot.call("POST", "richmenu/bulk/link", body).status_code == 400
        assert bot.call("POST", "richmenu/bulk/unlink", body).status_code == 400

    def test_a_user_id_of_another_form(self, bot: Bot) -> None:
        for method, path in (("POST", f"user/me/richmenu/{bot.make()}"), ("GET", "user/me/richmenu")):
            assert bot.call(method, path).status_code == 400
        assert bot.call("DELETE", "user/me/richmenu").status_code == 400


class TestAliases:
    def test_an_alias_is_made_moved_and_deleted(self, bot: Bot) -> None:
        first, second = bot.make(), bot.make()
        made = {"richMenuAliasId": "tab-a", "richMenuId": first}
        assert bot.call("POST", "richmenu/alias", made).status_code == 200
        assert bot.call("GET", "richmenu/alias/tab-a").json == made
        assert bot.call("POST", "richmenu/alias/tab-a", {"richMenuId": second}).status_code == 200
        moved = {"richMenuAliasId": "tab-a", "richMenuId": second}
        assert bot.call("GET", "richmenu/alias/list").json == {"aliases": [moved]}
        assert bot.call("DELETE", "richmenu/alias/tab-a").status_code == 200
        assert bot.call("DELETE", "richmenu/alias/tab-a").status_code == 404
        assert bot.call("GET", "richmenu/alias/tab-a").status_code == 404
        assert bot.call("POST", "richmenu/alias/tab-a", {"richMenuId": first}).status_code == 404

    def test_an_alias_twice(self, bot: Bot) -> None:
        body = {"richMenuAliasId": "tab-a", "richMenuId": bot.make()}
        assert [bot.call("POST", "richmenu/alias", body).status_code for _ in range(2)] == [200, 400]

    @pytest.mark.parametrize("alias", ["", "Tab", "a" * 33, None])
    def test_an_alias_that_line_refuses(self, bot: Bot, alias: str | None) -> None:
        body = {"richMenuAliasId": alias, "richMenuId": bot.make()}
        assert bot.call("POST", "richmenu/alias", body).status_code == 400

    @pytest.mark.parametrize("menu_id", ["menu", NOWHERE, None])
    def test_a_menu_that_is_not_there(self, bot: Bot, menu_id: str | None) -> None:
        assert bot.call("POST", "richmenu/alias", {"richMenuAliasId": "a", "richMenuId": menu_id}).status_code == 400


class TestTabs:
    def test_a_tap_changes_the_menu_of_this_user_and_tells_the_bot(
        self, bot: Bot, client: FlaskClient, fake: FakeLine, friend: str, inbox: Inbox
    ) -> None:
        second = bot.make()
        bot.call("POST", "richmenu/alias", {"richMenuAliasId": "second", "richMenuId": second})
        body = {"alias": "second", "data": "to-second"}
        assert client.post(f"/simulator/users/{friend}/switch", json=body).status_code == 200
        params = {"newRichMenuAliasId": "second", "status": "SUCCESS"}
        assert inbox.last["postback"] == {"data": "to-second", "params": params}
        assert fake.users()[0]["richMenuId"] == second

    def test_an_alias_that_leads_nowhere(self, bot: Bot, fake: FakeLine, friend: str, inbox: Inbox) -> None:
        fake.switch_rich_menu(friend, "second", "d")
        assert inbox.last["postback"]["params"] == {"status": "RICHMENU_ALIAS_ID_NOTFOUND"}
        gone = bot.make()
        bot.call("POST", "richmenu/alias", {"richMenuAliasId": "second", "richMenuId": gone})
        bot.call("DELETE", f"richmenu/{gone}")
        fake.switch_rich_menu(friend, "second", "d")
        assert inbox.last["postback"]["params"] == {"status": "RICHMENU_NOTFOUND"}
