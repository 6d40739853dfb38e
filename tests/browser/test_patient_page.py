"""A patient asks for a person and a nurse answers by hand, each on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Locator, Page, expect

from bot.storage import staff
from bot.storage.database import Database
from bot.storage.migrate import migrate

pytestmark = pytest.mark.browser

PASSWORD = "a long and secret sentence"
WITHIN = 15_000
"""Milliseconds; a bound for something broken."""


@pytest.fixture
def clinic(open_demo: Callable[..., str], tmp_path: Path) -> str:
    """The address of a demo with a console and a nurse."""
    url = f"sqlite:///{tmp_path}/clinic.db"
    database = Database(url)
    migrate(database)
    password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    database.transact(lambda connection: staff.add(connection, "nurse", "staff", password_hash, 0))
    database.close()
    return open_demo(DATABASE_URL=url, SECRET_KEY="of the test")


def test_from_asking_for_a_person_to_the_bot_speaking_again(clinic: str, open_page: Callable[[str], Page]) -> None:
    patient = open_page(f"{clinic}/simulator")
    patient.get_by_test_id("add-friend").first.click()
    expect(patient.locator('[data-postback$="|consent|agree"]')).to_have_count(1)
    say(patient, "スタッフ")
    expect(answers(patient)).to_have_count(3, timeout=WITHIN)

    nurse = log_in(open_page(f"{clinic}/console/"))
    waiting = nurse.get_by_test_id("queue").get_by_role("listitem")
    expect(waiting).to_have_count(1)
    waiting.locator('form[action$="/take"] button').click()
    expect(nurse.locator(".turn").last).to_contain_text("スタッフ")
    nurse.locator("#message").fill("お待たせしました。受付です。")
    nurse.locator('form[action*="/message"] button').click()
    expect(nurse.locator('.turn[data-kind="staff"]')).to_have_count(1)
    expect(answers(patient).last).to_contain_text("お待たせしました。受付です。", timeout=WITHIN)

    before = answers(patient).count()
    say(patient, "ありがとう")
    expect(nurse.locator("[data-newest]")).to_be_visible(timeout=2 * WITHIN)
    assert answers(patient).count() == before
    say(patient, "息が苦しい")
    expect(patient.locator('[data-uri="tel:119"], a[href="tel:119"]').first).to_be_attached(timeout=WITHIN)

    nurse.reload()
    nurse.locator('form[action$="/resume"] button').click()
    expect(nurse.locator('form[action$="/resume"]')).to_have_count(0)
    before = answers(patient).count()
    say(patient, "ヘルプ")
    expect(answers(patient)).not_to_have_count(before, timeout=WITHIN)


def test_on_a_phone_nothing_is_wider_than_the_page(clinic: str, open_page: Callable[[str], Page]) -> None:
    patient = open_page(f"{clinic}/simulator")
    patient.get_by_test_id("add-friend").first.click()
    expect(patient.locator('[data-postback$="|consent|agree"]')).to_have_count(1)
    nurse = log_in(open_page(f"{clinic}/console/patients/"))
    nurse.set_viewport_size({"width": 360, "height": 780})
    faults: list[str] = []
    nurse.on("pageerror", lambda error: faults.append(str(error)))
    nurse.locator(".patients a").first.click()
    expect(nurse.locator(".turn")).to_have_count(1)
    for path in ("", "patients/", "queue/", "dead-letters/"):
        assert width_beyond(nurse) <= 0
        nurse.goto(f"{clinic}/console/{path}")
    assert width_beyond(nurse) <= 0
    assert faults == []


def log_in(page: Page) -> Page:
    page.locator('[name="name"]').fill("nurse")
    page.locator('[name="password"]').fill(PASSWORD)
    page.locator("main button").click()
    return page


def say(phone: Page, text: str) -> None:
    phone.get_by_test_id("composer-input").first.fill(text)
    phone.get_by_test_id("composer-send").first.click()


def answers(phone: Page) -> Locator:
    """What the account wrote, message by message."""
    return phone.locator('[data-testid="chat-log"] [data-from="bot"]')


def width_beyond(page: Page) -> int:
    beyond: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return beyond
