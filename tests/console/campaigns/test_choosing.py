"""What goes out and to whom: guidebook or own words, audience, count, preview, test."""

from __future__ import annotations

import uuid

import pytest
from werkzeug.test import TestResponse

from bot.line.client import Receipt, Sent
from bot.storage import campaigns, saved_audiences
from bot.storage.audience import Audience, HasTag, LeftOut, SeenWithin
from tests.console.campaigns.clerk import Desk, ask_for
from tests.console.office import Office

GUIDEBOOK = "self_care"
SELF_PAY = "regenerative"
NOTICE = "明日の午前は、医師の研修のため、受付を10時に始めます。"


class TestWhatGoesOut:
    def test_every_guidebook_is_offered_and_a_choice_makes_a_draft(self, office: Office, clerk: Desk) -> None:
        page = clerk.browser.get("/console/campaigns/new").text
        assert all(f'value="{id}"' in page for id in office.desk.library.guidebooks)
        id = clerk.draft(GUIDEBOOK)
        assert clerk.office_campaign(id).guidebook == GUIDEBOOK
        assert ("staff", "campaign_drafted", str(id)) in office.actions()

    def test_a_second_click_makes_no_second_draft(self, office: Office, clerk: Desk) -> None:
        assert clerk.draft() == clerk.draft()
        office.clock.advance(minutes=1)
        assert clerk.draft() != 1

    def test_an_expired_guidebook_cannot_be_chosen(self, office: Office) -> None:
        expires = office.desk.library.guidebooks[GUIDEBOOK].expires_on
        office.clock.set(expires.year, expires.month, expires.day, 10)
        clerk = Desk(office)
        page = clerk.browser.get("/console/campaigns/new").text
        assert "disabled" in page.split(f'id="what-{GUIDEBOOK}"')[1].split(">")[0]
        answer = clerk.browser.submit("/console/campaigns/new", {"what": GUIDEBOOK})
        assert answer.status_code == 422
        assert office.read(campaigns.latest) == []

    @pytest.mark.parametrize("text", ["", "   ", "あ" * 501, "休診日は__です", "\x00"])
    def test_a_text_that_cannot_go_out_is_refused(self, office: Office, clerk: Desk, text: str) -> None:
        assert clerk.browser.submit("/console/campaigns/new", {"what": "text", "text": text}).status_code == 422
        assert office.read(campaigns.latest) == []

    @pytest.mark.parametrize("word", ["絶対", "診断", "PRP療法", "幹細胞", "再生医療"])
    def test_forbidden_words_and_self_pay_treatment_are_named(self, office: Office, clerk: Desk, word: str) -> None:
        answer = clerk.browser.submit("/console/campaigns/new", {"what": "text", "text": f"お知らせ:{word}"})
        assert answer.status_code == 422
        assert word in answer.text.split('id="words-to-change"')[1].split("</ul>")[0]
        assert office.read(campaigns.latest) == []

    def test_a_text_of_500_characters_goes_out_as_it_is(self, clerk: Desk) -> None:
        id = clerk.draft("text", "あ" * 500)
        assert (clerk.office_campaign(id).guidebook, clerk.office_campaign(id).text) == (None, "あ" * 500)

    def test_something_else_can_be_chosen_later(self, clerk: Desk) -> None:
        id = clerk.draft(GUIDEBOOK)
        form = {"what": "text", "text": NOTICE, "version": 1}
        assert clerk.browser.submit(f"/console/campaigns/{id}/message", form).status_code == 302
        assert clerk.office_campaign(id).text == NOTICE

    def test_html_in_a_text_is_shown_as_text(self, clerk: Desk) -> None:
        id = clerk.draft("text", "<script>alert(1)</script>")
        page = clerk.browser.get(f"/console/campaigns/{id}/preview").text
        assert "<script>alert" not in page


class TestAudience:
    def test_the_count_says_who_is_left_out_and_why(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        office.add_patient(blocked=True)
        office.add_patient(agreed=False)
        office.add_patient(agreed=None)
        office.add_patient(waits_since=1)
        office.add_patient(urgency="same_day")
        id = clerk.draft()
        counted = clerk.browser.get(f"/console/campaigns/{id}/count").json
        assert counted is not None
        assert counted["reached"] == 1
        assert {row["why"]: row["number"] for row in counted["left_out"]} == {
            "blocked": "1",
            "opted_out": "1",
            "no_consent": "1",
            "with_staff": "1",
            "urgent": "1",
        }

    def test_all_any_and_none(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["over_60"])
        office.add_patient(tags=["over_60", "injured"])
        office.add_patient(tags=["stairs_hurt", "injured"])
        id = clerk.draft()
        for asked, reached in (
            ({"is.tag.over_60": "all"}, 2),
            ({"is.tag.over_60": "all", "is.tag.injured": "all"}, 1),
            ({"is.tag.over_60": "any", "is.tag.stairs_hurt": "any"}, 3),
            ({"is.tag.injured": "none"}, 1),
            ({"is.seen_within.7": "all"}, 3),
            ({"is.seen_within.7": "none"}, 0),
            ({"is.language.ja": "none"}, 0),
            ({"is.tag.over_60": ""}, 3),
        ):
            answer = clerk.browser.get(f"/console/campaigns/{id}/count", query_string=asked).json
            assert answer is not None
            assert answer["reached"] == reached, asked

    @pytest.mark.parametrize(
        "asked",
        [
            {"is.tag.": "all"},
            {"is.nothing.x": "all"},
            {"is.urgency.none": "all"},
            {"is.seen_within.x": "all"},
            {"is.seen_within.0": "all"},
            {"is.tag.over_60": "perhaps"},
            {f"is.tag.{i}": "all" for i in range(200)},
        ],
    )
    def test_fields_that_no_page_sends_are_refused(self, clerk: Desk, asked: dict[str, str]) -> None:
        id = clerk.draft()
        assert clerk.browser.get(f"/console/campaigns/{id}/count", query_string=asked).status_code == 400

    def test_a_tag_that_staff_wrote_in_japanese_can_be_asked_for(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["紹介 〇〇医院"])
        office.add_patient()
        id = clerk.draft()
        clerk.choose(id, **{"tag.紹介 〇〇医院": "all"})
        assert clerk.office_campaign(id).audience == Audience(all=(HasTag(tag="紹介 〇〇医院"),))

    def test_without_a_script_the_button_counts_and_stays(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["over_60"])
        office.add_patient()
        id = clerk.draft()
        answer = clerk.choose(id, "count", **{"tag.over_60": "all"})
        page = clerk.browser.get(answer.location).text
        assert 'data-number="1"' in page

    def test_two_who_change_a_draft_do_not_overwrite_each_other(self, office: Office, clerk: Desk) -> None:
        id = clerk.draft()
        other = Desk(office, "owner")
        other.choose(id, **{"tag.over_60": "all"})
        answer = clerk.choose(id, version=1, **{"tag.injured": "all"})
        assert answer.location == f"/console/campaigns/{id}/audience"
        assert clerk.office_campaign(id).audience == Audience(all=(HasTag(tag="over_60"),))

    def test_a_second_click_on_the_same_choice_goes_on(self, clerk: Desk) -> None:
        id = clerk.draft()
        clerk.choose(id, version=1, **{"tag.over_60": "all"})
        answer = clerk.choose(id, version=1, **{"tag.over_60": "all"})
        assert answer.location == f"/console/campaigns/{id}/preview"

    def test_a_self_pay_guidebook_reaches_only_who_asked_for_it(self, office: Office, clerk: Desk) -> None:
        asked, _ = office.add_patient(), office.add_patient()
        ask_for(office, asked, SELF_PAY)
        id = clerk.draft(SELF_PAY)
        counted = clerk.browser.get(f"/console/campaigns/{id}/count").json
        assert counted is not None
        assert counted["reached"] == 1
        assert [row["why"] for row in counted["left_out"]] == [LeftOut.NOT_ASKED]
        assert 'id="self-pay"' in clerk.browser.get(f"/console/campaigns/{id}/audience").text

    def test_choosing_another_guidebook_takes_the_rule_for_self_pay_along(self, clerk: Desk) -> None:
        id = clerk.draft(GUIDEBOOK)
        clerk.browser.submit(f"/console/campaigns/{id}/message", {"what": SELF_PAY, "version": 1})
        assert clerk.office_campaign(id).only_to_who_asked


class TestSavedAudiences:
    def test_keep_load_and_delete(self, office: Office, clerk: Desk) -> None:
        first = clerk.draft()
        clerk.choose(first, "save", name="Older people", **{"tag.over_60": "all", "seen_within.90": "none"})
        (kept,) = office.read(saved_audiences.everything)
        assert kept.audience == Audience(all=(HasTag(tag="over_60"),), none=(SeenWithin(days=90),))
        second = clerk.draft("text", NOTICE)
        clerk.choose(second, "load", saved=str(kept.id))
        assert clerk.office_campaign(second).audience == kept.audience
        clerk.choose(second, "delete", saved=str(kept.id), **{"tag.over_60": "all"})
        assert office.read(saved_audiences.everything) == []
        assert clerk.choose(second, "load", saved=str(kept.id)).status_code == 302

    def test_a_name_that_is_taken_is_replaced_only_when_asked(self, office: Office, clerk: Desk) -> None:
        id = clerk.draft()
        clerk.choose(id, "save", name="Mine", **{"tag.over_60": "all"})
        assert clerk.choose(id, "save", name="Mine", **{"tag.injured": "all"}).status_code == 422
        assert office.read(saved_audiences.everything)[0].audience.all == (HasTag(tag="over_60"),)
        clerk.choose(id, "save", name="Mine", overwrite="y", **{"tag.injured": "all"})
        assert office.read(saved_audiences.everything)[0].audience.all == (HasTag(tag="injured"),)

    @pytest.mark.parametrize("name", ["", "  ", "x" * 61])
    def test_a_name_that_cannot_be_kept(self, office: Office, clerk: Desk, name: str) -> None:
        id = clerk.draft()
        assert clerk.choose(id, "save", name=name).status_code == 422
        assert office.read(saved_audiences.everything) == []


class TestPreview:
    def test_the_message_is_there_for_the_drawing_and_as_text(self, office: Office, clerk: Desk) -> None:
        id = clerk.draft()
        page = clerk.browser.get(f"/console/campaigns/{id}/preview").text
        assert "data-messages=" in page
        assert office.desk.library.guidebooks[GUIDEBOOK].title in page.split('class="line-text"')[1]

    @pytest.mark.parametrize("name", ["messages.js", "flex.js", "flex.css"])
    def test_the_scripts_that_draw_are_served_and_the_simulator_is_not(self, office: Office, name: str) -> None:
        with office.client("viewer").get(f"/console/line/{name}") as answer:
            assert answer.status_code == 200
        assert office.visitor().get(f"/console/line/{name}").status_code == 302
        assert office.client("viewer").get("/simulator").status_code == 404

    @pytest.mark.parametrize("name", ["../routes.py", "%2e%2e/routes.py", "nothing.js"])
    def test_nothing_else_is_served(self, office: Office, name: str) -> None:
        assert office.client("viewer").get(f"/console/line/{name}").status_code == 404


class TestTestSend:
    def send(self, clerk: Desk, id: int, once: str | None = None) -> TestResponse:
        return clerk.browser.submit(f"/console/campaigns/{id}/test", {"once": once or str(uuid.uuid4())})

    def test_staff_get_it_each_under_a_key_of_their_own(self, office: Office, clerk: Desk) -> None:
        mari, ken = (office.add_patient(name, tags=["staff"], agreed=None) for name in ("Mari", "Ken"))
        office.add_patient("Nobody's colleague")
        id = clerk.draft()
        page = clerk.browser.get(self.send(clerk, id).location).text
        assert {user for user, _ in office.line.pushes} == {mari.user_id, ken.user_id}
        assert len(set(office.line.retry_keys)) == 2
        assert page.count("alert-success") == 2
        (entry,) = office.audit("campaign_tested")
        assert (entry.who, entry.subject, entry.details) == ("staff", str(id), {"people": 2})

    def test_a_second_click_has_the_same_keys(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["staff"])
        id, once = clerk.draft(), str(uuid.uuid4())
        self.send(clerk, id, once)
        self.send(clerk, id, once)
        assert len(set(office.line.retry_keys)) == 1

    @pytest.mark.parametrize("sent", [Sent.REFUSED, Sent.BUSY, Sent.UNCERTAIN])
    def test_what_did_not_arrive_is_told(self, office: Office, clerk: Desk, sent: Sent) -> None:
        office.add_patient(tags=["staff"])
        office.line.answer = Receipt(sent, 0, "")
        page = clerk.browser.get(self.send(clerk, clerk.draft()).location).text
        assert "alert-warning" in page
        assert "alert-success" not in page

    def test_who_blocks_the_account_gets_nothing(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["staff"], blocked=True)
        self.send(clerk, clerk.draft())
        assert office.line.pushes == []

    def test_without_staff_nothing_is_sent_or_noted(self, office: Office, clerk: Desk) -> None:
        assert self.send(clerk, clerk.draft()).status_code == 302
        assert (office.line.pushes, office.audit("campaign_tested")) == ([], [])

    @pytest.mark.parametrize("once", ["x", ""])
    def test_a_key_that_no_page_made_is_refused(self, office: Office, clerk: Desk, once: str) -> None:
        office.add_patient(tags=["staff"])
        answer = clerk.browser.submit(f"/console/campaigns/{clerk.draft()}/test", {"once": once})
        assert (answer.status_code, office.line.pushes) == (400, [])
