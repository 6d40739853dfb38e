"""What somebody does on the campaign pages in a browser, step by step."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.console.office import PASSWORD
from tests.support.campaign_book import OWNER


def log_in(page: Page, name: str = OWNER) -> Page:
    """From the login page to the first page."""
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    expect(page.locator("[name=password]")).to_have_count(0)
    return page


def choose_guidebook(page: Page, guidebook: str) -> None:
    """From the list of campaigns to the choice of people."""
    page.locator('a[href$="/campaigns/new"]').click()
    page.locator(f"#what-{guidebook}").check()
    page.locator("main form button").last.click()


def leave_out(page: Page, *tags: str) -> None:
    for tag in tags:
        page.locator(f'[name="is.tag.{tag}"]').select_option("none")


def to_the_preview(page: Page) -> None:
    page.locator('[name="act"][value="next"]').click()


def send_test(page: Page) -> None:
    page.locator("#test button").click()


def choose_time(page: Page, at: str | None = None) -> None:
    """From the preview to the confirmation; at once, or at a clinic-local time such as 2026-11-24T10:00."""
    page.locator('a[href$="/when"].btn-primary').click()
    if at:
        page.locator("#at").fill(at)
        expect(page.locator("#when-later")).to_be_checked()
    page.locator("main form button").last.click()


def confirm(page: Page, count: int) -> int:
    """Type a wrong number, then the right one; the id of the campaign."""
    expect(page.locator("#reached")).to_have_attribute("data-number", str(count))
    page.locator("#typed").fill("1")
    page.locator("#confirm button").click()
    expect(page.locator('[data-outcome="mistyped"]')).to_be_visible()
    page.locator("#typed").fill(str(count))
    page.locator("#confirm button").click()
    expect(page.locator("#progress")).to_be_visible()
    return int(page.url.split("/")[-1])


def width_beyond(page: Page) -> int:
    """Pixels by which a page is wider than the screen."""
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found
