"""Accessibility of a page in the browser, as axe-core sees it (WCAG 2 A and AA among its rules)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_GRAVE = ("serious", "critical")


def assert_accessible(page: Page) -> None:
    """Fail when axe-core finds something on the page, as it stands now, that keeps people from using it.

    What is folded, hidden or not yet loaded is not looked at: open it first, and look again in each colour scheme
    (``page.emulate_media(color_scheme="dark")``).
    """
    found = Axe().run(page)
    grave = [rule for rule in found.response["violations"] if rule["impact"] in _GRAVE]
    assert grave == [], "\n".join(_told(rule) for rule in grave)


def _told(rule: dict) -> str:  # type: ignore[type-arg]
    places = "".join(f"\n    {' '.join(map(str, node['target']))}: {node['failureSummary']}" for node in rule["nodes"])
    return f"{rule['id']} ({rule['impact']}): {rule['help']}{places}"
