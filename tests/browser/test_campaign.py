"""The owner of a clinic sends a guidebook to forty people, on a phone."""

from __future__ import annotations

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, update

from bot.storage import people
from bot.storage.campaigns import Progress
from bot.storage.tables import patients
from tests.support import campaign_steps as steps
from tests.support.campaign_book import CampaignBook
from tests.support.daytime import zone_at_noon

pytestmark = pytest.mark.browser

FRIENDS = 40
TESTERS = 2
WITHIN = 15_000
"""Milliseconds; a bound for something broken."""


class Clinic:
    """A running demo, its campaigns, and the phones of its patients."""

    def __init__(self, url: str, book: CampaignBook) -> None:
        self.url = url
        self.book = book
        self.phones = [self._post("/users", {"name": f"P{i}"})["id"] for i in range(FRIENDS)]
        for phone in self.phones:
            self._post(f"/users/{phone}/follow", {})
        # Only who has been greeted is in the database and can agree.
        self.settle()
        self._let_agree()

    def _post(self, path: str, body: dict[str, str]) -> dict[str, str]:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/simulator{path}", data, headers)
        with urllib.request.urlopen(request, timeout=WITHIN / 1000) as answer:
            found: dict[str, str] = json.load(answer)
            return found

    def _let_agree(self) -> None:
        """Everybody agreed to messages; one has blocked the account since, and two work here."""
        now = int(time.time() * 1000)

        def work(connection: Connection) -> None:
            connection.execute(update(patients).values(news_at=now))
            blocked = update(patients).where(patients.c.user_id == self.phones[-1]).values(blocked_at=now)
            connection.execute(blocked)
            for phone in self.phones[:TESTERS]:
                people.add_tag(connection, phone, "staff", None, now)

        self.book.database.transact(work)

    def settle(self) -> None:
        """Wait until everybody has got the greeting, so that what comes later is the campaign."""
        self.before = self._entries()
        while True:
            time.sleep(0.3)
            now = self._entries()
            if now == self.before and all(now.values()):
                return
            self.before = now

    def arrived(self) -> Counter[str]:
        """How many messages each phone got since `settle`; who got none is not in it."""
        return self._entries() - self.before

    def _entries(self) -> Counter[str]:
        with urllib.request.urlopen(f"{self.url}/simulator/state", timeout=WITHIN / 1000) as answer:
            users = json.load(answer)["users"]
        return Counter({user["id"]: sum(e["from"] == "bot" for e in user["entries"]) for user in users})


@pytest.fixture
def clinic(open_demo: Callable[..., str], tmp_path: Path) -> Iterator[Clinic]:
    url = f"sqlite:///{tmp_path}/clinic.db"
    book = CampaignBook(url)
    yield Clinic(open_demo(DATABASE_URL=url, SECRET_KEY="of the test", TZ_NAME=zone_at_noon()), book)
    book.close()


@pytest.fixture
def owner(clinic: Clinic, open_page: Callable[[str], Page]) -> Page:
    """The owner's phone, at the list of campaigns."""
    page = steps.log_in(open_page(f"{clinic.url}/console/login"))
    page.goto(f"{clinic.url}/console/campaigns/")
    return page


def test_a_campaign_is_tried_on_staff_and_cancelled_in_the_hold(clinic: Clinic, owner: Page) -> None:
    faults: list[str] = []
    owner.on("pageerror", lambda error: faults.append(str(error)))
    steps.choose_guidebook(owner, "self_care")
    reached = owner.locator("#count [data-reached]")
    expect(reached).to_have_attribute("data-number", str(FRIENDS - 1))
    expect(owner.locator("#left-blocked")).to_be_visible()
    steps.leave_out(owner, "staff")
    expect(reached).to_have_attribute("data-number", str(FRIENDS - TESTERS - 1))
    steps.to_the_preview(owner)

    expect(owner.locator(".line-room [data-testid=flex-bubble]").first).to_be_visible()
    steps.send_test(owner)
    expect(owner.locator(".alert-success")).to_have_count(TESTERS)
    assert set(clinic.arrived()) == set(clinic.phones[:TESTERS])

    steps.choose_time(owner)
    id = steps.confirm(owner, FRIENDS - TESTERS - 1)
    expect(owner.locator("#hold")).to_be_visible()
    owner.locator("#cancel").click()
    expect(owner.locator('[data-state="cancelled"]')).to_be_visible()
    clinic.book.make_due(id)
    owner.wait_for_timeout(1_500)
    assert set(clinic.arrived()) == set(clinic.phones[:TESTERS])
    assert steps.width_beyond(owner) <= 0
    assert faults == []


def test_a_campaign_arrives_once_with_everybody_and_the_page_follows(clinic: Clinic, owner: Page) -> None:
    steps.choose_guidebook(owner, "visiting")
    steps.to_the_preview(owner)
    steps.choose_time(owner)
    id = steps.confirm(owner, FRIENDS - 1)
    clinic.book.wait_until_prepared(id)
    clinic.book.make_due(id)
    expect(owner.locator('[data-number="sent"]')).to_have_text("20", timeout=WITHIN)
    assert len(clinic.arrived()) == 20
    clinic.book.make_due(id)
    expect(owner.locator('[data-state="done"]')).to_be_visible(timeout=WITHIN)
    expect(owner.locator('[data-number="sent"]')).to_have_text(str(FRIENDS - 1))
    assert clinic.arrived() == Counter(clinic.phones[:-1])
    assert (clinic.book.progress(id), clinic.book.keys_tried(id)) == (Progress(sent=FRIENDS - 1), 2)

    owner.goto(f"{clinic.url}/console/campaigns/")
    steps.choose_guidebook(owner, "visiting")
    expect(owner.locator("#count [data-reached]")).to_have_attribute("data-number", "0")
