"""The page of the simulator shows and does what LINE on a phone and on a PC does, without any bot behind it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, Response, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.line.gallery import Picture
from bot.simulator.fake_line import FakeLine
from bot.simulator.routes import simulator_blueprints
from tests.browser.axe import assert_accessible
from tests.simulator.test_rich_menus import area, menu, png

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
PC = {"width": 1200, "height": 844}
FIRST_LOAD_MOST = 100_000
"""Bytes without pictures."""
SOME = 60
"""Messages in the gallery: more than fit on the screen."""


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@dataclass
class Stage:
    """A fake LINE with one friend, its page, and what the bot was told."""

    fake: FakeLine
    friend: str
    url: str
    told: list[bytes]

    def push(self, *messages: dict[str, Any]) -> None:
        answer = self.fake.push({"to": self.friend, "messages": list(messages)})
        assert answer.status == 200, answer.body

    def show_menu(self, *areas: dict[str, Any], alias: str | None = None, **changes: Any) -> str:
        """A menu with a picture; everybody's, or one that an alias stands for."""
        menus = self.fake.rich_menus
        menu_id = str(menus.create(menu(*areas, **changes)).body["richMenuId"])
        menus.upload(menu_id, png(800, 500), "image/png")
        if alias:
            menus.create_alias({"richMenuAliasId": alias, "richMenuId": menu_id})
        else:
            menus.set_default(menu_id)
        return menu_id


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    told: list[bytes] = []
    fake = FakeLine("secret", lambda: datetime.now(UTC), lambda body, _: told.append(body), read_by_hand=True)
    friend = fake.add_user("Hanako")
    fake.follow(friend)
    app = Flask("simulated")
    entries = [Picture(f"file_{i // 10}.yaml", (f"entry_{i}",), _written(f"message {i}")) for i in range(SOME)]
    for blueprint in simulator_blueprints(fake, gallery=lambda: {"ja": entries}):
        app.register_blueprint(blueprint)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield Stage(fake, friend, f"http://127.0.0.1:{server.server_port}/simulator", told)
    fake.close()
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def phone(browser: Browser, stage: Stage) -> Iterator[Page]:
    """The friend's phone, on which nothing is still moving when it is measured."""
    with browser.new_context(viewport=PHONE, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(stage.url)
        expect(page.get_by_test_id("phone")).to_be_visible()
        yield page


def flex(*contents: dict[str, Any], **bubble: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(contents)}
    return {"type": "flex", "altText": "a card", "contents": {"type": "bubble", "body": body, **bubble}}


def box(layout: str, *contents: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(contents), **properties}


def words(text: str, **properties: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **properties}


def _written(text: str) -> str:
    return f'[{{"type": "text", "text": "{text}"}}]'


def rect(found: Locator) -> dict[str, float]:
    measured: dict[str, float] = found.evaluate("element => element.getBoundingClientRect().toJSON()")
    return measured


def font_size(found: Locator) -> float:
    size: float = found.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    return size


def choose(page: Page, testid: str) -> None:
    """One of the settings of the page."""
    page.locator("#settings-button").click()
    page.get_by_test_id(testid).check()
    page.keyboard.press("Escape")


def set_text_size(page: Page, step: int) -> None:
    page.locator("#settings-button").click()
    page.get_by_test_id("text-size").fill(str(step))
    page.keyboard.press("Escape")


class TestFlex:
    def test_a_progress_bar_of_nested_boxes(self, stage: Stage, phone: Page) -> None:
        done = box("vertical", width="40%", height="10px", backgroundColor="#0B6E5B")
        stage.push(flex(box("vertical", done, height="10px", backgroundColor="#D5DDE2", cornerRadius="5px")))
        bar, part = (rect(phone.locator(".flex-body .fx-box .fx-box").nth(i)) for i in range(2))
        assert (bar["width"], bar["height"], part["height"]) == (260, 10, 10)
        assert part["width"] == pytest.approx(104)

    def test_room_in_a_row_is_shared_by_flex(self, stage: Stage, phone: Page) -> None:
        row = box("horizontal", words("a", flex=0), words("b", flex=2), words("c", flex=3), spacing="10px")
        stage.push(flex(row))
        first, second, third = (rect(phone.locator(".fx-horizontal .fx-text").nth(i)) for i in range(3))
        assert second["width"] / third["width"] == pytest.approx(2 / 3, abs=0.01)
        assert second["left"] - first["right"] == pytest.approx(10)
        assert first["width"] < 20

    def test_absolute_boxes_stand_at_their_offsets_or_in_the_corner(self, stage: Stage, phone: Page) -> None:
        placed = box("vertical", words("x"), position="absolute", offsetTop="8px", offsetEnd="25%")
        bare = box("vertical", words("y"), position="absolute")
        stage.push(flex(box("vertical", placed, bare, height="80px", justifyContent="center", alignItems="center")))
        around, first, second = (rect(phone.locator(".flex-body .fx-box .fx-box").nth(i)) for i in range(3))
        assert first["top"] - around["top"] == 8
        assert around["right"] - first["right"] == pytest.approx(around["width"] / 4)
        assert (second["top"], second["left"]) == (around["top"], around["left"])

    def test_a_picture_keeps_its_size_and_ratio(self, stage: Stage, phone: Page) -> None:
        picture = {
            "type": "image",
            "url": "https://127.0.0.1:1/none.png",
            "aspectRatio": "20:13",
            "aspectMode": "cover",
        }
        stage.push(flex({**picture, "size": "120px", "align": "end"}, hero={**picture, "size": "full"}))
        hero, small = (rect(phone.locator(".fx-frame").nth(i)) for i in range(2))
        assert (hero["width"], hero["height"]) == (300, pytest.approx(195))
        assert (small["width"], small["height"]) == (120, pytest.approx(78))
        assert hero["right"] - small["right"] == 20

    def test_only_what_scales_follows_the_text_size(self, stage: Stage, phone: Page) -> None:
        scaling, fixed = words("s", size="20px", scaling=True), words("f", size="20px")
        stage.push(flex(scaling, fixed), {"type": "text", "text": "hello"})
        set_text_size(phone, 3)
        texts, bubble = phone.locator(".fx-text"), phone.locator(".bubble", has_text="hello")
        assert (font_size(texts.nth(0)), font_size(texts.nth(1))) == (28, 20)
        assert font_size(bubble) == pytest.approx(22.4)
        phone.reload()
        expect(phone.get_by_test_id("text-size")).to_have_value("3")

    def test_a_label_shrinks_until_it_fits(self, stage: Stage, phone: Page) -> None:
        label = "A label that is much too long"
        action = {"type": "message", "label": label, "text": "t"}
        stage.push(flex({"type": "button", "action": action, "adjustMode": "shrink-to-fit", "scaling": True}))
        found = phone.locator(".fx-button-label")
        set_text_size(phone, 3)
        phone.wait_for_function("() => document.querySelector('.fx-button-label').style.fontSize !== ''")
        assert found.evaluate("element => element.scrollWidth <= element.clientWidth")
        assert 11 < font_size(found) < 22.4


class TestImagemap:
    def test_areas_are_tapped_where_they_are(self, stage: Stage, phone: Page) -> None:
        left = {"type": "message", "text": "left", "area": {"x": 0, "y": 0, "width": 520, "height": 600}}
        right = {"type": "message", "text": "right", "area": {"x": 520, "y": 0, "width": 520, "height": 600}}
        size = {"width": 1040, "height": 600}
        base = "https://127.0.0.1:1/map"
        stage.push({"type": "imagemap", "baseUrl": base, "altText": "map", "baseSize": size, "actions": [left, right]})
        picture = rect(phone.get_by_test_id("imagemap"))
        assert picture["width"] / picture["height"] == pytest.approx(1040 / 600, abs=0.01)
        phone.mouse.click(picture["left"] + picture["width"] * 0.75, picture["top"] + picture["height"] / 2)
        expect(phone.locator("[data-from=user] .bubble")).to_have_text("right")


class TestRichMenu:
    def test_a_menu_that_wants_to_be_open_is_and_can_be_closed(self, stage: Stage, phone: Page) -> None:
        stage.show_menu(area({"type": "message", "label": "ask", "text": "asked"}))
        panel, bar = phone.get_by_test_id("rich-menu"), phone.get_by_test_id("rich-menu-bar")
        expect(panel).to_be_visible()
        expect(bar).to_have_text("Menu")
        phone.get_by_label("ask").click()
        expect(phone.locator("[data-from=user] .bubble")).to_have_text("asked")
        bar.click()
        expect(panel).to_be_hidden()

    def test_one_that_does_not_is_closed(self, stage: Stage, phone: Page) -> None:
        stage.show_menu(selected=False)
        expect(phone.get_by_test_id("rich-menu-bar")).to_be_visible()
        expect(phone.get_by_test_id("rich-menu")).to_be_hidden()

    def test_tabs(self, stage: Stage, phone: Page) -> None:
        second = stage.show_menu(alias="second")
        stage.show_menu(area({"type": "richmenuswitch", "label": "tab", "richMenuAliasId": "second", "data": "d"}))
        phone.get_by_label("tab").click()
        expect(phone.get_by_test_id("rich-menu")).to_have_attribute("data-menu", second)
        assert b'"newRichMenuAliasId":"second"' in stage.told[-1]

    def test_writing_closes_it_and_a_button_may_open_it(self, stage: Stage, phone: Page) -> None:
        stage.show_menu()
        panel = phone.get_by_test_id("rich-menu")
        phone.get_by_test_id("composer-input").click()
        expect(panel).to_be_hidden()
        action = {"type": "postback", "label": "open", "data": "d", "inputOption": "openRichMenu"}
        stage.push(flex({"type": "button", "action": action}))
        phone.get_by_text("open", exact=True).click()
        expect(panel).to_be_visible()


class TestOnAPc:
    def test_there_are_no_quick_replies_and_no_menu(self, stage: Stage, phone: Page) -> None:
        stage.show_menu()
        item = {"type": "action", "action": {"type": "message", "label": "yes", "text": "yes"}}
        stage.push({"type": "text", "text": "really?", "quickReply": {"items": [item]}})
        expect(phone.get_by_test_id("quick-reply")).to_be_visible()
        phone.set_viewport_size(PC)
        choose(phone, "device-desktop")
        expect(phone.get_by_test_id("quick-reply")).to_be_hidden()
        expect(phone.get_by_test_id("rich-menu-bar")).to_be_hidden()
        assert rect(phone.locator(".phone"))["width"] > 700
        phone.reload()
        expect(phone.get_by_test_id("device-desktop")).to_be_checked()

    def test_links_lead_where_they_should_on_a_pc(self, stage: Stage, phone: Page) -> None:
        uri = {"type": "uri", "label": "go", "uri": "tel:110", "altUri": {"desktop": "tel:119"}}
        stage.push(flex({"type": "button", "action": uri}))
        choose(phone, "device-desktop")
        phone.get_by_text("go", exact=True).click()
        expect(phone.locator("#dialog")).to_contain_text("119")

    def test_enter_sends(self, phone: Page) -> None:
        choose(phone, "device-desktop")
        phone.get_by_test_id("composer-input").fill("hello")
        phone.keyboard.press("Enter")
        expect(phone.locator("[data-from=user] .bubble")).to_have_text("hello")


class TestWriting:
    def test_a_place_is_chosen_or_given_by_its_coordinates(self, stage: Stage, phone: Page) -> None:
        phone.get_by_test_id("composer-plus").click()
        phone.get_by_test_id("send-location").click()
        phone.get_by_test_id("place").select_option("2")
        phone.get_by_test_id("dialog-ok").click()
        expect(phone.locator("[data-from=user]")).to_have_count(1)
        phone.get_by_test_id("composer-plus").click()
        phone.get_by_test_id("send-location").click()
        phone.get_by_test_id("latitude").fill("26.2")
        phone.get_by_test_id("longitude").fill("127.7")
        phone.get_by_test_id("dialog-ok").click()
        expect(phone.locator("[data-from=user]")).to_have_count(2)
        known, other = (entry["message"] for entry in stage.fake.chat(stage.friend))
        assert {"title", "address"} <= known.keys()
        assert other == {"type": "location", "latitude": 26.2, "longitude": 127.7}

    def test_stickers_and_photos(self, stage: Stage, phone: Page) -> None:
        for kind in ("sticker", "image"):
            phone.get_by_test_id("composer-plus").click()
            phone.get_by_test_id(f"send-{kind}").click()
        expect(phone.locator("[data-from=user]")).to_have_count(2)
        assert [entry["message"]["type"] for entry in stage.fake.chat(stage.friend)] == ["sticker", "image"]

    def test_what_was_read_says_so(self, stage: Stage, phone: Page) -> None:
        stage.fake.send_text(stage.friend, "hello")
        expect(phone.locator("[data-from=user]")).to_have_count(1)
        expect(phone.locator(".read")).to_be_hidden()
        stage.fake.chats.mark_read(stage.friend, stage.fake.chat(stage.friend)[0]["id"])
        expect(phone.locator(".read")).to_be_visible()

    def test_dots_move_until_the_next_message(self, stage: Stage, phone: Page) -> None:
        stage.fake.start_loading({"chatId": stage.friend, "loadingSeconds": 60})
        expect(phone.locator(".dots")).to_be_visible()
        stage.push({"type": "text", "text": "here I am"})
        expect(phone.locator(".dots")).to_be_hidden()


class TestGallery:
    def test_messages_are_drawn_as_they_come_near(self, browser: Browser, stage: Stage) -> None:
        with browser.new_context(viewport=PHONE) as context:
            page = context.new_page()
            page.goto(f"{stage.url}/gallery")
            expect(page.get_by_test_id("card")).to_have_count(SOME)
            expect(page.get_by_text("message 0", exact=True)).to_be_visible()
            last = page.get_by_test_id("card").last
            expect(last.locator(".bubble")).to_have_count(0)
            last.scroll_into_view_if_needed()
            expect(last.locator(".bubble")).to_have_text(f"message {SOME - 1}")

    def test_the_filter_looks_at_places_and_words(self, browser: Browser, stage: Stage) -> None:
        with browser.new_context(viewport=PC) as context:
            page = context.new_page()
            page.goto(f"{stage.url}/gallery")
            visible = page.locator("[data-testid=card]:visible")
            page.get_by_test_id("filter").fill("FILE_2")
            expect(visible).to_have_count(10)
            expect(page.locator(".file:visible")).to_have_count(1)
            page.get_by_test_id("filter").fill("message 31")
            expect(visible).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(browser: Browser, stage: Stage, scheme: Any) -> None:
    stage.show_menu(area({"type": "message", "label": "ask", "text": "asked"}))
    stage.fake.send_text(stage.friend, "hello")
    row = box("horizontal", words("a"), action={"type": "message", "label": "tap", "text": "t"})
    item = {"type": "action", "action": {"type": "message", "label": "yes", "text": "yes"}}
    stage.push({**flex(row), "quickReply": {"items": [item]}})
    with browser.new_context(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(stage.url)
        expect(page.get_by_test_id("rich-menu")).to_be_visible()
        assert_accessible(page)
        page.locator("#settings-button").click()
        assert_accessible(page)
        page.goto(f"{stage.url}/gallery")
        expect(page.get_by_text("message 0", exact=True)).to_be_visible()
        assert_accessible(page)


def test_the_first_page_is_light(browser: Browser, stage: Stage) -> None:
    loaded: list[Response] = []
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.on("response", lambda response: loaded.append(response))
        page.goto(stage.url)
        expect(page.get_by_test_id("phone")).to_be_visible()
        texts = [each for each in loaded if each.request.resource_type in {"document", "stylesheet", "script"}]
        assert len(texts) > 10
        assert sum(each.request.sizes()["responseBodySize"] for each in texts) < FIRST_LOAD_MOST
