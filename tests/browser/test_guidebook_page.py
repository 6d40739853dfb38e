"""A guidebook on a phone: read without help, by everybody, in any light, in large letters and on paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bot.desk import Desk
from tests.browser.axe import assert_accessible

pytestmark = pytest.mark.browser

FINGER = 44
"""Pixels that a finger needs (WCAG 2.5.5)."""


@pytest.fixture
def show(shared_demo_url: str, open_page: Callable[[str], Page]) -> Callable[[str], Page]:
    """Opens a page of this path."""
    return lambda path: open_page(f"{shared_demo_url}{path}")


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_from_the_contents_to_the_steps_of_a_tip_and_to_the_clinic(show: Callable[[str], Page], desk: Desk) -> None:
    library = desk.library
    page = show("/guidebooks")
    page.get_by_role("link", name=library.guidebooks["self_care"].title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(library.guidebooks["self_care"].title)
    page.locator('.contents a[href="#chapter-5"]').click()
    expect(page.locator("#chapter-5 h2")).to_be_in_viewport()
    step = page.get_by_text(library.tips["heat"].steps[0])
    expect(step).to_be_hidden()
    page.locator("#chapter-5 summary").filter(has_text=library.tips["heat"].name).first.click()
    expect(step).to_be_visible()
    page.locator("#chapter-5 .to-contents a").click()
    page.locator('.contents a[href="#clinic"]').click()
    expect(page.locator(f'#clinic a[href="tel:{library.clinic.phone}"]')).to_be_in_viewport()


def test_nobody_is_kept_from_reading(show: Callable[[str], Page], desk: Desk) -> None:
    for path in ("", *(f"/{id}" for id in desk.library.guidebooks), "/nothing"):
        page = show(f"/guidebooks{path}")
        unfold(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert_accessible(page)
        page.close()


def test_a_narrow_phone_and_large_letters_need_no_sideways_scrolling(show: Callable[[str], Page]) -> None:
    page = show("/guidebooks/visiting")
    unfold(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert not is_wider_than_the_screen(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not is_wider_than_the_screen(page)


def test_what_is_tapped_is_as_large_as_a_finger(show: Callable[[str], Page]) -> None:
    page = show("/guidebooks/self_care")
    for tapped in page.locator(".button, summary, .contents a, .to-contents a").all():
        box = tapped.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER, tapped.inner_text()


def test_on_paper_everything_is_unfolded_and_the_way_to_the_page_is_named(
    show: Callable[[str], Page], desk: Desk
) -> None:
    page = show("/guidebooks/self_care")
    address = page.locator(".paper-only")
    expect(address).to_be_hidden()
    page.emulate_media(media="print")
    expect(address).to_be_visible()
    for id in ("heat", "stretch", "cold_pack"):
        expect(page.get_by_text(desk.library.tips[id].steps[-1])).to_be_visible()
    expect(page.locator(".to-contents").first).to_be_hidden()


def test_a_picture_without_words_is_found(show: Callable[[str], Page]) -> None:
    page = show("/guidebooks")
    page.evaluate("document.querySelector('main').append(new Image())")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)
