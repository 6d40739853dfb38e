"""Looking at the content: entries, previews, reviews, faults, hours."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.console import entries
from bot.console.entries import review_state
from bot.faults import Fault
from bot.library.readiness import SOON, open_points
from bot.live_desk import LiveDesk, Refused
from tests.console.office import Office, shipped_words

TODAY = date(2026, 6, 10)
CONDITION = "/console/content/conditions/bakers_cyst"


class TestFront:
    def test_shows_the_clinic_and_two_weeks(self, office: Office) -> None:
        page = office.client("viewer").get("/console/content/").text
        assert office.desk.library.clinic.name in page
        days = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)"', page)
        assert days == [str(TODAY + timedelta(days=ahead)) for ahead in range(14)]

    def test_counts_what_is_open(self, office: Office) -> None:
        page = office.client("viewer").get("/console/content/").text
        for id in {point.id for point in open_points(office.desk.library, TODAY)}:
            assert f"#{id}" in page

    def test_leads_to_every_kind(self, office: Office) -> None:
        page = office.client("viewer").get("/console/content/").text
        assert all(f"/console/content/{kind}/" in page for kind in entries.kinds())

    def test_says_when_changed_files_are_not_in_use(self, office: Office, refuse: Callable[..., None]) -> None:
        refuse(Fault("content/ja/menu.yaml", 7, "YAML007", "<b>wrong</b>", "Correct it."))
        page = office.client("viewer").get("/console/content/").text
        assert 'id="refused-section"' in page
        assert "content/ja/menu.yaml:7" in page
        assert "<b>wrong</b>" not in page

    def test_says_when_changed_files_cannot_be_read(self, office: Office, refuse: Callable[..., None]) -> None:
        refuse()
        assert 'id="refused-section"' in office.client("viewer").get("/console/content/").text

    def test_says_nothing_of_the_kind_otherwise(self, office: Office) -> None:
        assert 'id="refused-section"' not in office.client("viewer").get("/console/content/").text

    @pytest.mark.parametrize("path", ["", "reviews", "conditions/", "conditions/bakers_cyst"])
    def test_asks_for_a_login(self, office: Office, path: str) -> None:
        assert office.visitor().get(f"/console/content/{path}").status_code == 302


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the changed files have faults."""
    return lambda *faults: monkeypatch.setattr(LiveDesk, "refused", Refused(faults))


class TestReviews:
    def test_every_open_point_has_its_place(self, office: Office) -> None:
        page = html.unescape(office.client("viewer").get("/console/content/reviews").text)
        for point in open_points(office.desk.library, TODAY):
            assert f"{point.file}:{point.line}" in page

    def test_a_review_is_due_when_it_is_near(self, office: Office) -> None:
        signed = office.desk.library.conditions["bakers_cyst"].model_copy(update={"reviewed_on": TODAY})
        assert review_state(signed, signed.expires_on) == "expired"
        assert review_state(signed, signed.expires_on - SOON) == "soon"
        assert review_state(signed, signed.expires_on - SOON - timedelta(days=1)) == "signed"
        assert review_state(signed.model_copy(update={"reviewed_on": None}), TODAY) == "unsigned"


class TestKinds:
    @pytest.mark.parametrize("kind", entries.kinds())
    def test_every_entry_is_listed(self, office: Office, kind: str) -> None:
        page = office.client("viewer").get(f"/console/content/{kind}/").text
        assert all(f'id="entry-{e.id}"' in page for e in entries.entries(office.desk.library, kind))

    @pytest.mark.parametrize("path", ["documents/", "__class__/", "conditions/nothing", "documents/x", "a/b"])
    def test_nothing_else_is_there(self, office: Office, path: str) -> None:
        assert office.client("viewer").get(f"/console/content/{path}").status_code == 404

    @pytest.mark.parametrize("kind", entries.kinds())
    def test_every_entry_opens(self, office: Office, kind: str) -> None:
        client = office.client("viewer")
        for entry in entries.entries(office.desk.library, kind)[::10]:
            assert client.get(f"/console/content/{kind}/{entry.id}").status_code == 200


class TestEntry:
    def test_shows_fields_review_and_sources(self, office: Office) -> None:
        condition = office.desk.library.conditions["bakers_cyst"]
        page = html.unescape(office.client("viewer").get(CONDITION).text)
        assert condition.course in page
        assert condition.reviewed_by in page
        assert all(source.title in page for source in condition.sources)

    def test_shows_what_patients_read(self, office: Office) -> None:
        page = office.client("viewer").get(CONDITION).text
        packed = re.findall(r'data-messages="([^"]*)"', page)
        messages = [message for each in packed for message in json.loads(html.unescape(each))]
        assert office.desk.library.conditions["bakers_cyst"].name in json.dumps(messages, ensure_ascii=False)
        assert page.count('class="said"') == len(messages)

    @pytest.mark.parametrize("kind", ["conditions", "self_care", "treatments", "answers", "guidebooks", "questions"])
    def test_everything_that_patients_open_has_a_preview(self, office: Office, kind: str) -> None:
        now = office.services.local(office.clock())
        for entry in entries.entries(office.desk.library, kind):
            assert next(entries.pictures(office.desk.renderer, entry, now), None), entry.id

    def test_words_of_the_content_are_escaped(self, office: Office) -> None:
        library = office.desk.library
        hostile = library.conditions["bakers_cyst"].model_copy(update={"course": "<script>alert(1)</script>"})
        conditions = {**library.conditions, "bakers_cyst": hostile}
        office.live._desk = replace(office.desk, library=replace(library, conditions=conditions))
        assert "<script>alert" not in office.client("viewer").get(CONDITION).text

    def test_every_field_has_a_name_in_every_language(self, office: Office) -> None:
        names = {
            name for kind in entries.kinds() for e in entries.entries(office.desk.library, kind) for name in e.fields
        }
        for words in shipped_words().values():
            assert {f"field_{name}" for name in names} <= set(words.texts)
