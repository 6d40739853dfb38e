"""The memo for the doctor in a browser: opened from the chat, written on, and printed on one sheet."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.patient import MONDAY, Patient
from werkzeug.serving import make_server

from bot.desk import Desk
from bot.line.gallery import somebody_with_everything
from bot.pages.memo import LONGEST_NOTE
from bot.storage import memos
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.browser.axe import assert_accessible
from tests.pages.desk_with_pages import DeskWithPages

pytestmark = pytest.mark.browser

LONG_NOTE = ("去年の夏から左の膝の裏が張る感じがあり、階段を下りるときに怖いです。\n" * 40)[:LONGEST_NOTE]
OpenPage = Callable[[str], Page]


@pytest.fixture
def front(desk: Desk, tmp_path: Path) -> Iterator[DeskWithPages]:
    database = Database(f"sqlite:///{tmp_path}/pages.db")
    migrate(database)
    yield DeskWithPages(desk, database)
    database.close()


@pytest.fixture
def open_memo(front: DeskWithPages, open_page: OpenPage) -> Iterator[Callable[[str], Page]]:
    """Opens the memo of a conversation."""
    server = make_server("127.0.0.1", 0, front.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield lambda id: open_page(f"http://127.0.0.1:{server.port}{front.address(id)}")
    server.shutdown()
    thread.join()
    server.server_close()


def sheets(page: Page) -> int:
    """How many sheets a page takes on paper."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_a_patient_adds_a_note_on_the_phone(front: DeskWithPages, open_memo: Callable[[str], Page]) -> None:
    id = front.keep(Patient(front.desk).finishes(swelling=["calf"], whole_body=["calf_tender"]))
    page = open_memo(id)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    page.locator("textarea").fill("旅行に行けますか。\n来月です。")
    page.locator("form button").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".memo-written span")).to_have_text(["旅行に行けますか。", "来月です。"])
    expect(page.locator("textarea")).to_have_value("旅行に行けますか。\n来月です。")
    assert page.locator(".memo-code img").evaluate("image => image.naturalWidth") > 0


@pytest.mark.parametrize("has_everything", [True, False])
def test_it_is_printed_on_one_sheet(
    front: DeskWithPages, open_memo: Callable[[str], Page], has_everything: bool
) -> None:
    if has_everything:
        id = front.keep_conversation(somebody_with_everything(front.desk.flow, MONDAY))
    else:
        id = front.keep(Patient(front.desk).finishes(swelling=["calf"]))
    front.database.transact(lambda connection: memos.write_note(connection, id, LONG_NOTE, front.now))
    page = open_memo(id)
    assert sheets(page) == 1
    page.evaluate("document.documentElement.style.fontSize = '24pt'")
    assert sheets(page) > 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(front: DeskWithPages, open_memo: Callable[[str], Page], scheme: str) -> None:
    id = front.keep_conversation(somebody_with_everything(front.desk.flow, MONDAY))
    front.database.transact(lambda connection: memos.write_note(connection, id, LONG_NOTE, front.now))
    page = open_memo(id)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert_accessible(page)
    page.locator("textarea").evaluate("area => area.removeAttribute('maxlength')")
    page.locator("textarea").fill("x" * (LONGEST_NOTE + 1))
    page.locator("form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


def test_what_is_for_the_patient_alone_is_not_printed(front: DeskWithPages, open_memo: Callable[[str], Page]) -> None:
    page = open_memo(front.keep(Patient(front.desk).agrees().tap("dyspnoea")))
    page.emulate_media(media="print")
    expect(page.locator("form")).to_be_hidden()
    expect(page.locator('a[href="tel:119"]')).to_be_hidden()
    expect(page.locator(".memo-code img")).to_be_visible()


def test_the_button_in_the_chat_leads_to_it(phone: Page, open_page: OpenPage) -> None:
    phone.get_by_test_id("add-friend").first.click()
    for option in ("consent|agree", "chest|dyspnoea"):
        phone.locator(f'[data-postback$="|{option}"]').last.click()
    phone.get_by_test_id("composer-input").first.fill("受診メモ")
    phone.get_by_test_id("composer-send").first.click()
    link = phone.locator('[data-uri*="/memos/"]')
    expect(link).to_have_count(1, timeout=15_000)
    memo = open_page(str(link.get_attribute("data-uri")))
    expect(memo.locator(".memo-number strong")).to_have_text(re.compile(r"^[0-9a-f]{12}$"))
