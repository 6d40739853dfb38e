"""Guidebooks as pages: what stands on them, what they weigh, who may read what, and how their openings are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.desk import Desk
from bot.library.fields import Source
from bot.library.schema import Chapter, SelfPay
from bot.pages.guidebook_view import source_address, told_chapters, told_sources
from tests.delivery.doubles import wait_until
from tests.pages.changed import put
from tests.pages.desk_with_pages import LINKS, DeskWithPages
from tests.pages.opens import at_once, opens

LIGHT = 100_000
"""Bytes of a first page without pictures."""
TODAY = date(2026, 11, 23)
GUIDEBOOKS = ("knee_back_pain", "regenerative", "self_care", "visiting")
FACTS = {"cost": "COST", "visits": "VISITS", "risks": "RISKS", "contact": "CONTACT", "approval": "APPROVAL"}


def open_page(front: DeskWithPages, path: str = "self_care", **options: Any) -> TestResponse:
    return front.browser().get(f"/guidebooks/{path}", **options)


def change(front: DeskWithPages, kind: str, id: str, **fields: Any) -> None:
    """Change fields of an entry of the desk."""
    library = front.desk.library
    entries = getattr(library, kind)
    changed = {**entries, id: entries[id].model_copy(update=fields)}
    put(front, replace(front.desk, library=replace(library, **{kind: changed})))


def text_of(page: TestResponse) -> str:
    """What is read, without tags and folded spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


class TestWhatStandsOnIt:
    @pytest.mark.parametrize("id", GUIDEBOOKS)
    def test_every_chapter_is_there_and_in_the_contents(self, front: DeskWithPages, id: str) -> None:
        page, guidebook = open_page(front, id), front.desk.library.guidebooks[id]
        shown = text_of(page)
        for i, chapter in enumerate(guidebook.chapters, start=1):
            assert page.text.count(f'href="#chapter-{i}"') == page.text.count(f'id="chapter-{i}"') == 1
            assert all(spaced(point) in shown for point in (chapter.title, chapter.text or "", *chapter.points))

    @pytest.mark.parametrize("id", GUIDEBOOKS)
    def test_the_entries_of_its_chapters_are_told_in_full(self, front: DeskWithPages, id: str) -> None:
        library = front.desk.library
        shown = text_of(open_page(front, id))
        for chapter in told_chapters(front.desk.flow, library, library.guidebooks[id]):
            for entry in chapter.entries:
                assert library.named(entry.topic) in shown
                assert entry.parts
                assert all(spaced(text) in shown for part in entry.parts for text in (part.text, *part.points))

    def test_every_field_of_a_tip_that_patients_need_is_there(self, front: DeskWithPages) -> None:
        tip, shown = front.desk.library.tips["heat"], text_of(open_page(front))
        assert all(text in shown for text in (*tip.steps, tip.how_long, tip.caution, *tip.stop_when))

    def test_whom_to_call_comes_before_everything_else(self, front: DeskWithPages) -> None:
        page = open_page(front).text
        assert 0 < page.index('href="tel:119"') < page.index('href="tel:%237119"') < page.index("<h1>")

    def test_the_clinic_stands_at_the_end(self, front: DeskWithPages) -> None:
        page, clinic = open_page(front).text, front.desk.library.clinic
        end = page[page.index('id="clinic"') :]
        assert f'href="tel:{clinic.phone}"' in end
        assert f'href="{clinic.map_url}"' in end
        assert clinic.address in end

    def test_its_way_to_booking_names_nobody(self, front: DeskWithPages) -> None:
        found = re.search(rf'href="{LINKS.base_url}/bookings/([^"]+)"', open_page(front).text)
        assert found
        link = LINKS.read_booking(found[1])
        assert link is not None
        assert (link.clinic, link.reference) == (front.desk.library.clinic_id, "guidebook-self_care")

    def test_words_of_entries_are_escaped(self, front: DeskWithPages) -> None:
        change(front, "guidebooks", "self_care", title="<script>&", symbol="<b")
        page = open_page(front).text
        assert "<script>&" not in page
        assert "&lt;script&gt;&amp;" in page
        assert "<b<" not in page

    def test_what_may_be_urgent_says_so_first(self, desk: Desk) -> None:
        hurry = desk.library.message("hurry_title")
        topics = ("condition.deep_vein_thrombosis", "condition.bakers_cyst")
        guidebook = desk.library.guidebooks["self_care"].model_copy(
            update={"chapters": tuple(Chapter(title="One", topics=(topic,)) for topic in topics)}
        )
        urgent, other = (c.entries[0] for c in told_chapters(desk.flow, desk.library, guidebook))
        assert urgent.parts[0].title == other.parts[-1].title == hurry

    def test_of_several_entries_each_is_opened_by_its_name(self, desk: Desk) -> None:
        chapters = told_chapters(desk.flow, desk.library, desk.library.guidebooks["visiting"])
        for chapter in chapters:
            services = {entry.is_open for entry in chapter.entries if entry.kind == "resource"}
            others = {entry.is_open for entry in chapter.entries if entry.kind != "resource"}
            assert services <= {True}
            assert others <= {len(chapter.entries) == 1}

    def test_before_self_care_it_says_that_it_is_not_for_everybody(self, front: DeskWithPages) -> None:
        notice = front.desk.library.pages.guidebook.before_care
        assert notice in open_page(front, "self_care").text
        assert notice not in open_page(front, "knee_back_pain").text


class TestSources:
    def test_each_is_named_once_and_leads_to_where_it_is_read(self, front: DeskWithPages) -> None:
        page = open_page(front, "knee_back_pain").text
        assert page.count('href="https://doi.org/10.1093/rheumatology/kel163a"') == 1
        assert page.count('href="https://www.nice.org.uk/guidance/ng226"') == 1

    def test_those_of_the_guidebook_come_first_and_those_of_its_entries_after(self, desk: Desk) -> None:
        guidebook = desk.library.guidebooks["knee_back_pain"]
        found = told_sources(guidebook, told_chapters(desk.flow, desk.library, guidebook))
        assert found[: len(guidebook.sources)] == guidebook.sources
        assert len(found) > len(guidebook.sources)
        assert set(desk.library.conditions["bakers_cyst"].sources) <= set(found)

    def test_one_that_stands_in_no_public_place_leads_nowhere(self) -> None:
        assert source_address(Source(title="A book")) is None
        assert source_address(Source(title="A paper", doi="10.1/x")) == "https://doi.org/10.1/x"


class TestSelfPayTreatment:
    def test_unless_everything_is_filled_in_only_whom_to_ask_is_told(self, front: DeskWithPages) -> None:
        treatment = front.desk.library.treatments["regenerative_prp"]
        assert not treatment.is_ready
        shown = text_of(open_page(front, "regenerative"))
        assert treatment.name in shown
        assert treatment.what_it_is not in shown
        assert treatment.risks not in shown

    @pytest.mark.parametrize("missing", FACTS)
    def test_a_single_gap_keeps_it_back(self, front: DeskWithPages, missing: str) -> None:
        change(front, "treatments", "regenerative_prp", self_pay=SelfPay(**{**FACTS, missing: None}))
        assert not any(fact in open_page(front, "regenerative").text for fact in FACTS.values())

    def test_with_all_five_facts_it_is_told_with_them(self, front: DeskWithPages) -> None:
        change(front, "treatments", "regenerative_prp", self_pay=SelfPay(**FACTS))
        shown = text_of(open_page(front, "regenerative"))
        facts = (front.desk.library.treatments["regenerative_prp"].what_it_is, *FACTS.values())
        assert all(fact in shown for fact in facts)


class TestWhoAnswersForIt:
    def test_nothing_is_said_while_nobody_has_signed(self, front: DeskWithPages) -> None:
        guidebook = front.desk.library.guidebooks["self_care"]
        assert guidebook.reviewed_on is None
        assert guidebook.reviewed_by not in open_page(front).text

    def test_a_signed_one_says_who_when_and_until_when(self, front: DeskWithPages) -> None:
        fields = {"reviewed_by": "REVIEWER", "reviewed_on": date(2026, 4, 5), "expires_on": date(2027, 6, 7)}
        change(front, "guidebooks", "self_care", **fields)
        shown = text_of(open_page(front))
        assert all(word in shown for word in ("REVIEWER", "2026年4月5日", "2027年6月7日"))

    @pytest.mark.parametrize(("days", "status"), [(1, 200), (0, 410), (-1, 410)])
    def test_from_the_day_on_which_it_expires_it_is_not_shown(
        self, front: DeskWithPages, days: int, status: int
    ) -> None:
        change(front, "guidebooks", "self_care", expires_on=TODAY + timedelta(days=days))
        assert open_page(front).status_code == status
        listed = 'href="/guidebooks/self_care"' in front.browser().get("/guidebooks").text
        assert listed == (status == 200)

    def test_days_are_those_of_the_clinic(self, front: DeskWithPages) -> None:
        """At 23:30 UTC it is the next morning in Tokyo."""
        front.now = int((date(2026, 11, 23) - date(1970, 1, 1)).total_seconds() * 1000) + 23 * 3_600_000 + 1_800_000
        change(front, "guidebooks", "self_care", expires_on=date(2026, 11, 24))
        assert open_page(front).status_code == 410


class TestWhatIsNotThere:
    @pytest.mark.parametrize("path", ["nothing", "self_care/more", "..%2fmemos", "%00", "SELF_CARE"])
    def test_friendly_words_and_the_way_on(self, front: DeskWithPages, path: str) -> None:
        page = open_page(front, path)
        assert page.status_code == 404
        assert f'href="tel:{front.desk.library.clinic.phone}"' in page.text
        assert 'href="/guidebooks"' in page.text

    def test_an_expired_one_says_something_else_than_one_that_never_was(self, front: DeskWithPages) -> None:
        change(front, "guidebooks", "self_care", expires_on=date(2026, 1, 1))
        closed = front.desk.library.pages.closed
        assert closed.expired in open_page(front).text
        assert closed.unknown in open_page(front, "nothing").text


class TestList:
    @pytest.mark.parametrize("path", ["/guidebooks", "/guidebooks/"])
    def test_it_has_them_all(self, front: DeskWithPages, path: str) -> None:
        page = front.browser().get(path).text
        assert all(f'href="/guidebooks/{id}"' in page for id in front.desk.library.guidebooks)

    def test_self_pay_treatment_is_never_in_front(self, front: DeskWithPages) -> None:
        change(front, "guidebooks", "knee_back_pain", self_pay=True)
        page = front.browser().get("/guidebooks").text
        free, paid = page.split(front.desk.library.pages.list.self_pay_title)
        assert {"visiting", "self_care"} == set(re.findall(r'href="/guidebooks/(\w+)"', free))
        assert {"knee_back_pain", "regenerative"} == set(re.findall(r'href="/guidebooks/(\w+)"', paid))


class TestLanguage:
    @pytest.mark.parametrize("language", ["xx", "", "../en", "ja"])
    def test_one_that_is_not_offered_is_the_first_one(self, front: DeskWithPages, language: str) -> None:
        page = open_page(front, query_string={"language": language})
        assert page.status_code == 200
        assert '<html lang="ja">' in page.text

    def test_one_that_is_offered_is_named_and_kept_on_the_way_to_other_pages(self, front: DeskWithPages) -> None:
        words = front.desk.library.language_words.model_copy(update={"name": "Another"})
        library = replace(front.desk.library, language="xy", language_words=words)
        tongue = replace(front.desk.tongue("ja"), library=library)
        put(front, replace(front.desk, others={"xy": tongue}))
        assert 'href="/guidebooks/self_care?language=xy"' in open_page(front).text
        page = open_page(front, query_string={"language": "xy"}).text
        assert '<html lang="xy">' in page
        assert 'href="/guidebooks?language=xy"' in page
        assert 'href="/guidebooks/self_care?language=ja"' in page


class TestPictures:
    def test_each_has_words_and_only_that_of_the_cover_is_fetched_at_once(
        self, front: DeskWithPages, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pictures = {id: SimpleNamespace(alt=f"<{id}>") for id in ("guidebook_self_care", "tip_heat")}
        monkeypatch.setattr("bot.pages.guidebooks._pictures", lambda _: pictures)
        page = open_page(front).text
        for id, loading in (("guidebook_self_care", "eager"), ("tip_heat", "lazy")):
            image = f'src="/pictures/{id}.png" alt="&lt;{id}&gt;" loading="{loading}"'
            assert page.count(image) == 1
        assert page.count("<img") == len(pictures)


def weight(browser: FlaskClient, path: str) -> int:
    """Bytes of a file."""
    with browser.get(path) as answer:
        assert answer.status_code == 200
        return len(answer.data)


class TestWeight:
    @pytest.mark.parametrize("id", ["", *GUIDEBOOKS])
    def test_a_first_page_is_light_and_runs_nothing(self, front: DeskWithPages, id: str) -> None:
        browser = front.browser()
        page = browser.get(f"/guidebooks/{id}")
        assert page.status_code == 200
        styles = [weight(browser, path) for path in re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)]
        assert len(styles) == 2
        assert "<script" not in page.text
        assert len(page.data) + sum(styles) < LIGHT

    def test_no_style_is_written_into_it(self, front: DeskWithPages) -> None:
        page = open_page(front)
        assert "style-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)


class TestOpenedAgain:
    @pytest.mark.parametrize("path", ["/guidebooks", "/guidebooks/self_care"])
    def test_nothing_is_sent_when_nothing_has_changed(self, front: DeskWithPages, path: str) -> None:
        browser = front.browser()
        first = browser.get(path)
        again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")

    def test_another_server_of_the_same_clinic_names_the_same_page(self, front: DeskWithPages, desk: Desk) -> None:
        other = DeskWithPages(desk, front.database)
        assert open_page(front).headers["ETag"] == open_page(other).headers["ETag"]

    def test_a_changed_text_shows_at_once(self, front: DeskWithPages) -> None:
        first = open_page(front)
        change(front, "tips", "heat", how_long="Another text")
        again = open_page(front, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
        assert "Another text" in again.text

    def test_browsers_ask_every_time(self, front: DeskWithPages) -> None:
        assert open_page(front).headers["Cache-Control"] == "no-cache"

    def test_it_keeps_nothing_of_the_reader(self, front: DeskWithPages) -> None:
        page = open_page(front)
        assert "Set-Cookie" not in page.headers
        assert page.headers["Referrer-Policy"] == "no-referrer"


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari Line/14.1"


class TestCounting:
    def test_it_is_counted_some_time_after_it_was_opened(self, front: DeskWithPages) -> None:
        for _ in range(3):
            open_page(front)
        wait_until(lambda: opens(front) == {"guidebook.self_care": 3})

    @pytest.fixture
    def counted(self, front: DeskWithPages, monkeypatch: pytest.MonkeyPatch) -> DeskWithPages:
        monkeypatch.setattr(front.database, "transact_later", at_once(front.database))
        return front

    def test_one_that_has_not_changed_is_counted_too(self, counted: DeskWithPages) -> None:
        tag = open_page(counted).headers["ETag"]
        open_page(counted, headers={"If-None-Match": tag})
        assert opens(counted) == {"guidebook.self_care": 2}

    @pytest.mark.parametrize("agent", [PHONE, "Mozilla/5.0 (Linux; Android 12; CUBOT X70) Chrome/120", ""])
    def test_people_are_counted(self, counted: DeskWithPages, agent: str) -> None:
        open_page(counted, headers={"User-Agent": agent})
        assert opens(counted) == {"guidebook.self_care": 1}

    @pytest.mark.parametrize(
        "headers",
        [
            {"User-Agent": "facebookexternalhit/1.1;line-poker/1.0"},
            {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
            {"User-Agent": "Slackbot-LinkExpanding 1.0"},
            {"User-Agent": "Some Link Preview"},
            {"User-Agent": PHONE, "Sec-Purpose": "prefetch;prerender"},
            {"User-Agent": PHONE, "Purpose": "prefetch"},
        ],
    )
    def test_whoever_only_looks_ahead_is_not(self, counted: DeskWithPages, headers: Mapping[str, str]) -> None:
        assert open_page(counted, headers=headers).status_code == 200
        assert opens(counted) == {}

    def test_asking_for_the_headers_is_no_opening(self, counted: DeskWithPages) -> None:
        assert counted.browser().head("/guidebooks/self_care").status_code == 200
        assert opens(counted) == {}

    def test_neither_the_list_nor_what_is_not_there_is_counted(self, counted: DeskWithPages) -> None:
        for path in ("", "nothing"):
            open_page(counted, path)
        assert opens(counted) == {}

    def test_a_page_that_cannot_be_counted_is_shown_all_the_same(
        self, counted: DeskWithPages, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("bot.storage.page_opens.add", broken)
        assert open_page(counted).status_code == 200
        assert opens(counted) == {}

    def test_it_is_shown_when_the_database_is_closed(self, front: DeskWithPages) -> None:
        front.database.close()
        assert open_page(front).status_code == 200
