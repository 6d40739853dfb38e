"""Who edits the content while the demo runs is told on the page when it has faults, and until they are mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.broken import copy_toy

pytestmark = pytest.mark.browser

WITHIN = 30_000
"""Milliseconds; a bound for something broken. Files and notice are looked at every few seconds."""


def test_faults_are_shown_until_they_are_mended_and_patients_notice_nothing(
    open_demo: Callable[..., str], open_page: Callable[[str], Page], tmp_path: Path
) -> None:
    toy = copy_toy(tmp_path / "toy")
    page = open_page(f"{open_demo(CONTENT_DIR=str(toy / 'content'), FLOWS_DIR=str(toy / 'flows'))}/simulator")
    notice = page.get_by_test_id("content-notice")
    expect(notice).to_be_hidden()
    rules = toy / "content/ja/rules.yaml"
    sound = rules.read_text(encoding="utf-8")

    rules.write_text(sound + "R3: Twice.\n" * 20, encoding="utf-8")
    expect(notice).to_be_visible(timeout=WITHIN)
    expect(notice).to_contain_text("YAML002 content/ja/rules.yaml:4")
    assert 1 < notice.get_by_role("listitem").count() < 20
    page.get_by_test_id("add-friend").first.click()
    expect(page.locator('[data-postback$="|consent|agree"]')).to_have_count(1)

    rules.write_text(sound, encoding="utf-8")
    expect(notice).to_be_hidden(timeout=WITHIN)
