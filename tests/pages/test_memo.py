"""The page of the memo for the doctor: who may open it, what stands on it, and what patients add."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from support.patient import Patient
from werkzeug.test import TestResponse

from bot.delivery import policy
from bot.desk import Desk, Tongue
from bot.links import MEMO_LIFE
from bot.pages.memo import LONGEST_NOTE, tidied
from bot.storage import memos, patients
from bot.storage.page_tables import memo_notes
from tests.pages.desk_with_pages import DeskWithPages

SWOLLEN = {"swelling": ["calf"], "whole_body": ["calf_tender"]}


def swollen(front: DeskWithPages) -> str:
    """Path of the memo of somebody with a swollen calf."""
    return front.address(front.keep(Patient(front.desk).finishes(**SWOLLEN)))


def key_of(page: TestResponse) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found
    return found[1]


def write(front: DeskWithPages, address: str, text: str, **fields: str) -> TestResponse:
    browser = front.browser()
    return browser.post(address, data={"form": key_of(browser.get(address)), "text": text, **fields})


def notes(front: DeskWithPages) -> int:
    return front.database.read(lambda c: c.execute(select(func.count()).select_from(memo_notes)).scalar_one())


class TestWhoMayOpenIt:
    def test_whoever_has_the_address_reads_it(self, front: DeskWithPages) -> None:
        page = front.browser().get(swollen(front))
        assert page.status_code == 200
        assert front.desk.library.reads("swelling_kind.calf").split("：")[1] in page.text

    def test_nobody_keeps_or_frames_or_finds_it(self, front: DeskWithPages) -> None:
        page = front.browser().get(swollen(front))
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert 'name="robots" content="noindex"' in page.text
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"

    def test_it_names_the_patient_as_staff_do_and_nothing_of_line(self, front: DeskWithPages) -> None:
        id = front.keep(Patient(front.desk).finishes(), user_id="U0123456789")
        page = front.browser().get(front.address(id))
        assert front.stored(id).reference in page.text
        assert "U0123456789" not in page.text

    @pytest.mark.parametrize("made_up", ["x", "WyJhIiwxXQ.abc", "あ", "%00", "a.b.c"])
    def test_a_made_up_address_is_unknown(self, front: DeskWithPages, made_up: str) -> None:
        page = front.browser().get(f"/memos/{made_up}")
        assert page.status_code == 404
        assert front.desk.library.memo.closed.how in unescape(page.text)
        assert page.headers["Cache-Control"] == "no-store"

    def test_an_address_whose_time_is_over_says_how_to_get_another(self, front: DeskWithPages) -> None:
        address = swollen(front)
        front.now += MEMO_LIFE
        page = front.browser().get(address)
        assert page.status_code == 410
        assert front.desk.library.memo.closed.how in unescape(page.text)

    def test_deleted_answers_are_gone(self, front: DeskWithPages) -> None:
        address = swollen(front)
        front.database.transact(lambda c: patients.forget_patient(c, "Hanako"))
        assert front.browser().get(address).status_code == 410
        assert front.browser().post(address, data={"text": "x"}).status_code == 410


class TestWhatStandsOnIt:
    def test_the_code_leads_to_the_same_page(self, front: DeskWithPages) -> None:
        page = front.browser().get(swollen(front))
        assert 'src="data:image/svg+xml' in page.text

    def test_it_works_without_scripts(self, front: DeskWithPages) -> None:
        assert "<script" not in front.browser().get(swollen(front)).text

    def test_it_says_that_it_is_no_verdict(self, front: DeskWithPages, desk: Desk) -> None:
        page = unescape(front.browser().get(swollen(front)).text)
        assert desk.library.memo.own_answers in page

    def test_unfinished_questions_have_no_advice(self, front: DeskWithPages) -> None:
        address = front.address(front.keep(Patient(front.desk).goes_to("swelling")))
        assert front.desk.library.memo.advice.none in unescape(front.browser().get(address).text)

    def test_without_answers_it_says_so(self, front: DeskWithPages) -> None:
        address = front.address(front.keep(Patient(front.desk).agrees()))
        page = front.browser().get(address)
        assert page.status_code == 200
        assert front.desk.library.memo.nothing_yet in unescape(page.text)

    def test_only_an_emergency_has_the_call(self, front: DeskWithPages) -> None:
        emergency = front.keep(Patient(front.desk).agrees().tap("dyspnoea"), "Taro")
        assert 'href="tel:119"' in front.browser().get(front.address(emergency)).text
        assert "tel:119" not in front.browser().get(swollen(front)).text

    def test_it_is_read_in_the_language_of_the_patient_or_in_another(self, front: DeskWithPages) -> None:
        library = replace(front.desk.library, language="en")
        english = Tongue(library, front.desk.vocabulary, replace(front.desk.renderer, library=library))
        two = DeskWithPages(replace(front.desk, others={"en": english}), front.database)
        address = swollen(two)
        assert '<html lang="ja">' in two.browser().get(address).text
        assert 'hreflang="en"' in two.browser().get(address).text
        two.database.transact(lambda c: patients.set_language(c, "Hanako", "en"))
        assert '<html lang="en">' in two.browser().get(address).text
        assert '<html lang="ja">' in two.browser().get(f"{address}?language=ja").text

    def test_a_language_that_is_not_offered_changes_nothing(self, front: DeskWithPages) -> None:
        page = front.browser().get(swollen(front) + "?language=tlh")
        assert page.status_code == 200
        assert '<html lang="ja">' in page.text


class TestTheNote:
    def test_it_is_shown_after_it_was_written(self, front: DeskWithPages) -> None:
        address = swollen(front)
        answer = write(front, address, "旅行に行けますか\r\n<b>来月</b>です")
        assert answer.status_code == 303
        page = front.browser().get(answer.location)
        assert "<span>旅行に行けますか</span><span>&lt;b&gt;来月&lt;/b&gt;です</span>" in page.text
        assert front.desk.library.memo.note.saved in page.text

    def test_the_newest_one_counts(self, front: DeskWithPages) -> None:
        address = swollen(front)
        write(front, address, "はじめ")
        write(front, address, "つぎ")
        page = front.browser().get(address).text
        assert "<span>つぎ</span>" in page
        assert "<span>はじめ</span>" not in page

    def test_the_same_form_sent_twice_writes_once(self, front: DeskWithPages) -> None:
        address = swollen(front)
        key = key_of(front.browser().get(address))
        with ThreadPoolExecutor(4) as pool:
            sent = [pool.submit(front.browser().post, address, data={"form": key, "text": "同じ"}) for _ in range(4)]
        assert {each.result().status_code for each in sent} == {303}
        assert notes(front) == 1

    def test_five_are_kept(self, front: DeskWithPages) -> None:
        address = swollen(front)
        for number in range(memos.MOST_NOTES + 2):
            write(front, address, f"{number}回め")
        assert notes(front) == memos.MOST_NOTES
        assert "<span>6回め</span>" in front.browser().get(address).text

    def test_an_empty_one_takes_it_away(self, front: DeskWithPages) -> None:
        address = swollen(front)
        write(front, address, "はじめ")
        write(front, address, " \n ")
        assert notes(front) == 0
        assert "memo-written" not in front.browser().get(address).text

    def test_a_thousand_letters_fit_and_one_more_does_not(self, front: DeskWithPages) -> None:
        address = swollen(front)
        assert write(front, address, "𠮷" * LONGEST_NOTE).status_code == 303
        refused = write(front, address, "あ" * (LONGEST_NOTE + 1))
        assert refused.status_code == 422
        assert "あ" * (LONGEST_NOTE + 1) in refused.text
        assert notes(front) == 1

    def test_a_form_from_elsewhere_writes_nothing(self, front: DeskWithPages) -> None:
        address = swollen(front)
        for key in ("", "x", "あ", key_of(front.browser().get(address))[::-1]):
            answer = front.browser().post(address, data={"form": key, "text": "大切なこと"})
            assert answer.status_code == 400
            assert "大切なこと" in answer.text
        assert notes(front) == 0

    def test_the_key_of_another_memo_is_none_of_this_one(self, front: DeskWithPages) -> None:
        id = front.keep(Patient(front.desk).finishes())
        address = front.address(id)
        front.now += 1
        key = key_of(front.browser().get(front.address(id)))
        assert write(front, address, "x", form=key).status_code == 400

    def test_deleting_ones_data_deletes_it(self, front: DeskWithPages) -> None:
        write(front, swollen(front), "ないしょ")
        front.database.transact(lambda c: patients.forget_patient(c, "Hanako"))
        assert notes(front) == 0

    def test_it_lives_as_long_as_the_conversation(self, front: DeskWithPages) -> None:
        write(front, swollen(front), "いまのうち")
        for moment, left in ((front.now, 1), (front.now + 1, 0)):
            front.database.transact(lambda c, moment=moment: memos.forget_notes_before(c, moment))
            assert notes(front) == left
        assert policy.CONVERSATION_LIFE > MEMO_LIFE

    @given(st.text())
    @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_text_becomes_one_that_can_be_kept(self, text: str) -> None:
        kept = tidied(text)
        assert not any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 for letter in kept)
        assert kept == tidied(kept)
        kept.encode("utf-8")

    @pytest.mark.parametrize("text", ["a\0b", "\0", "\x1b[31mred", "tab\there", "a\x7fb\x85c", "‮abc"])
    def test_letters_that_nobody_sees_do_no_harm(self, front: DeskWithPages, text: str) -> None:
        address = swollen(front)
        assert write(front, address, text).status_code == 303
        assert front.browser().get(address).status_code == 200
