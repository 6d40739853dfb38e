"""The owner of a clinic sends a guidebook to forty people, on a phone."""

from __future__ import annotations

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from bot.storage import campaigns, people, staff
from bot.storage.console_tables import campaign_batches
from bot.storage.console_tables import campaigns as campaigns_table
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import patients

pytestmark = pytest.mark.browser

PASSWORD = "a long and secret sentence"
FRIENDS = 40
TESTERS = 2
WITHIN = 15_000
"""Milliseconds; a bound for something broken."""


class Clinic:
    """A running demo, its database, and the phones of its patients."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.phones = [self._post("/users", {"name": f"P{i}"})["id"] for i in range(FRIENDS)]
        for phone in self.phones:
            self._post(f"/users/{phone}/follow", {})
        self._let_agree()
        self.settle()

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

        def work(connection) -> None:  # type: ignore[no-untyped-def]
            connection.execute(update(patients).values(news_at=now))
            blocked = update(patients).where(patients.c.user_id == self.phones[-1]).values(blocked_at=now)
            connection.execute(blocked)
            for phone in self.phones[:TESTERS]:
                people.add_tag(connection, phone, "staff", None, now)

        self.database.transact(work)

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

    def make_due(self, id: int) -> None:
        """The hold, the night and the pause between the batches are over."""

        def work(connection) -> None:  # type: ignore[no-untyped-def]
            connection.execute(update(campaigns_table).where(campaigns_table.c.id == id).values(starts_at=1))
            waiting = campaign_batches.c.campaign_id == id, campaign_batches.c.state == "waiting"
            connection.execute(update(campaign_batches).where(*waiting).values(due_at=1))

        self.database.transact(work)

    def waits_for_its_time(self, id: int) -> None:
        """Wait until the campaign is prepared."""
        wait_until(lambda: self.state(id) == "scheduled")

    def state(self, id: int) -> str:
        found = self.database.read(lambda connection: campaigns.find(connection, id))
        assert found is not None
        return found.state

    def sent(self, id: int) -> int:
        return self.database.read(lambda connection: campaigns.progress(connection, id)).sent

    def keys_tried(self, id: int) -> int:
        tried = select(campaign_batches.c.retry_key).where(
            campaign_batches.c.campaign_id == id, campaign_batches.c.first_tried_at.is_not(None)
        )
        return len(self.database.read(lambda connection: connection.execute(tried).all()))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN / 1000
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def clinic(open_demo: Callable[..., str], tmp_path: Path) -> Iterator[Clinic]:
    url = f"sqlite:///{tmp_path}/clinic.db"
    database = Database(url)
    migrate(database)
    password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    database.transact(lambda connection: staff.add(connection, "owner", "owner", password_hash, 0))
    yield Clinic(open_demo(DATABASE_URL=url, SECRET_KEY="of the test"), database)
    database.close()


@pytest.fixture
def owner(clinic: Clinic, open_page: Callable[[str], Page]) -> Page:
    """The owner's phone, logged in; a fault in a script of a page fails the test."""
    page = open_page(f"{clinic.url}/console/login")
    page.locator("[name=name]").fill("owner")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.goto(f"{clinic.url}/console/campaigns/")
    return page


def test_a_campaign_is_tried_on_staff_and_cancelled_in_the_hold(clinic: Clinic, owner: Page) -> None:
    faults: list[str] = []
    owner.on("pageerror", lambda error: faults.append(str(error)))
    choose_guidebook(owner, "self_care")
    reached = owner.locator("#count [data-reached]")
    expect(reached).to_have_attribute("data-number", str(FRIENDS - 1))
    expect(owner.locator("#left-blocked")).to_be_visible()
    owner.locator('[name="is.tag.staff"]').select_option("none")
    expect(reached).to_have_attribute("data-number", str(FRIENDS - TESTERS - 1))
    owner.locator('[name="act"][value="next"]').click()

    expect(owner.locator(".line-room [data-testid=flex-bubble]").first).to_be_visible()
    owner.locator("#test button").click()
    expect(owner.locator(".alert-success")).to_have_count(TESTERS)
    assert set(clinic.arrived()) == set(clinic.phones[:TESTERS])

    id = confirm(owner, FRIENDS - TESTERS - 1)
    expect(owner.locator("#hold")).to_be_visible()
    owner.locator("#cancel").click()
    expect(owner.locator('[data-state="cancelled"]')).to_be_visible()
    clinic.make_due(id)
    owner.wait_for_timeout(1_500)
    assert set(clinic.arrived()) == set(clinic.phones[:TESTERS])
    assert width_beyond(owner) <= 0
    assert faults == []


def test_a_campaign_arrives_once_with_everybody_and_the_page_follows(clinic: Clinic, owner: Page) -> None:
    choose_guidebook(owner, "visiting")
    owner.locator('[name="act"][value="next"]').click()
    id = confirm(owner, FRIENDS - 1)
    clinic.waits_for_its_time(id)
    clinic.make_due(id)
    expect(owner.locator('[data-number="sent"]')).to_have_text("20", timeout=WITHIN)
    assert len(clinic.arrived()) == 20
    clinic.make_due(id)
    expect(owner.locator('[data-state="done"]')).to_be_visible(timeout=WITHIN)
    expect(owner.locator('[data-number="sent"]')).to_have_text(str(FRIENDS - 1))
    assert clinic.arrived() == Counter(clinic.phones[:-1])
    assert (clinic.sent(id), clinic.keys_tried(id)) == (FRIENDS - 1, 2)

    choose_guidebook(owner, "visiting", f"{clinic.url}/console/campaigns/")
    expect(owner.locator("#count [data-reached]")).to_have_attribute("data-number", "0")


def choose_guidebook(page: Page, guidebook: str, start: str | None = None) -> None:
    if start:
        page.goto(start)
    page.locator('a[href$="/campaigns/new"]').click()
    page.locator(f"#what-{guidebook}").check()
    page.locator("main form button").last.click()


def confirm(page: Page, count: int) -> int:
    """From the preview to the confirmation, at once; the id of the campaign."""
    page.locator('a[href$="/when"].btn-primary').click()
    page.locator("main form button").last.click()
    expect(page.locator("#reached")).to_have_attribute("data-number", str(count))
    page.locator("#typed").fill("1")
    page.locator("#confirm button").click()
    expect(page.locator('[data-outcome="mistyped"]')).to_be_visible()
    page.locator("#typed").fill(str(count))
    page.locator("#confirm button").click()
    expect(page.locator("#progress")).to_be_visible()
    return int(page.url.split("/")[-1])


def width_beyond(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found
