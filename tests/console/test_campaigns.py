"""Campaigns from the first choice to the confirmation, and what stops somebody on the way."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from bot.delivery import policy
from bot.delivery.campaign_sender import CampaignSender
from bot.line.client import Quota, Receipt, Sent
from bot.live_desk import LiveDesk
from bot.storage import campaigns, saved_audiences
from bot.storage.audience import Audience, HasTag, LeftOut, SeenWithin
from bot.storage.campaigns import Campaign
from bot.storage.people import Person
from tests.console.office import Browser, Office

GUIDEBOOK = "self_care"
SELF_PAY = "regenerative"
NOTICE = "明日の午前は、医師の研修のため、受付を10時に始めます。"
HOUR = 3_600_000


class Desk:
    """Somebody of the staff who makes campaigns."""

    def __init__(self, office: Office, role: str = "staff", name: str | None = None) -> None:
        self.office = office
        self.browser: Browser = office.client(role, name)

    def draft(self, what: str = GUIDEBOOK, text: str = "") -> int:
        """Make a draft; its id."""
        answer = self.browser.submit("/console/campaigns/new", {"what": what, "text": text})
        assert answer.status_code == 302, answer.text
        return int(answer.location.split("/")[-2])

    def choose(self, id: int, act: str = "next", version: int | None = None, **fields: str) -> TestResponse:
        """Send the form of the audience; `fields` as ``tag.over_60="all"``."""
        shown = self.office_campaign(id).version if version is None else version
        chosen = {(f"is.{name}" if "." in name else name): value for name, value in fields.items()}
        return self.browser.submit(f"/console/campaigns/{id}/audience", {"version": shown, "act": act, **chosen})

    def set_time(self, id: int, at: str | None) -> TestResponse:
        """Send the form of the time: at once, or at a local time."""
        fields = {"when": "later", "at": at} if at else {"when": "now"}
        return self.browser.submit(
            f"/console/campaigns/{id}/when", {"version": self.office_campaign(id).version, **fields}
        )

    def confirm(self, id: int, typed: object, shown: int | None = None, version: int | None = None) -> TestResponse:
        """Type the count."""
        number = int(str(typed)) if shown is None else shown
        at = self.office_campaign(id).version if version is None else version
        form = {"version": at, "shown": number, "typed": str(typed)}
        return self.browser.submit(f"/console/campaigns/{id}/confirm", form)

    def press(self, id: int, button: str, version: int | None = None) -> TestResponse:
        at = self.office_campaign(id).version if version is None else version
        return self.browser.submit(f"/console/campaigns/{id}/{button}", {"version": at})

    def office_campaign(self, id: int) -> Campaign:
        found = self.office.read(lambda connection: campaigns.find(connection, id))
        assert isinstance(found, Campaign)
        return found


@pytest.fixture
def clerk(office: Office) -> Desk:
    return Desk(office)


def work(office: Office) -> None:
    """What the sender does until there is nothing to do at this moment."""
    # With one thread it waits for each multicast before it looks again.
    sender = CampaignSender(office.database, office.line, str(uuid.uuid4()), 1, office.clock)
    while not sender.work_once():
        pass
    sender.stop(timeout=10)


def ask_for(office: Office, person: Person, guidebook: str) -> None:
    office.say(person, "open it", key=f"guidebook.{guidebook}")


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


class TestWhen:
    def start_of(self, office: Office, clerk: Desk, at: str | None) -> tuple[str, str]:
        """When a campaign begins, and the page that says so."""
        office.add_patient()
        id = clerk.draft()
        assert clerk.set_time(id, at).status_code == 302
        page = clerk.browser.get(f"/console/campaigns/{id}/confirm").text
        clerk.confirm(id, 1)
        starts_at = clerk.office_campaign(id).starts_at
        assert starts_at is not None
        return f"{office.services.local(starts_at):%m-%d %H:%M}", page

    def test_at_once_waits_for_the_hold(self, office: Office, clerk: Desk) -> None:
        start, page = self.start_of(office, clerk, None)
        held = office.services.local(office.clock() + policy.HOLD)
        assert start == f"{held:%m-%d %H:%M}"
        assert 'id="morning"' not in page

    def test_at_a_day_and_time(self, office: Office, clerk: Desk) -> None:
        assert self.start_of(office, clerk, "2026-06-12T09:30")[0] == "06-12 09:30"

    @pytest.mark.parametrize(
        ("at", "start"),
        [
            ("2026-06-12T20:00", "06-13 08:00"),
            ("2026-06-12T23:59", "06-13 08:00"),
            ("2026-06-13T07:59", "06-13 08:00"),
        ],
    )
    def test_at_night_it_is_moved_to_the_morning_and_said_so(
        self, office: Office, clerk: Desk, at: str, start: str
    ) -> None:
        found, page = self.start_of(office, clerk, at)
        assert found == start
        assert 'id="morning"' in page

    @pytest.mark.parametrize("at", ["2026-06-10T10:00", "2026-06-09T12:00", "2026-12-31T12:00", "x", ""])
    def test_the_past_the_far_future_and_no_time_are_refused(self, clerk: Desk, at: str) -> None:
        id = clerk.draft()
        form = {"version": 1, "when": "later", "at": at}
        assert clerk.browser.submit(f"/console/campaigns/{id}/when", form).status_code == 422
        assert clerk.office_campaign(id).starts_at is None

    def test_a_time_that_passes_before_the_confirmation_is_chosen_again(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        clerk.set_time(id, "2026-06-10T10:30")
        office.clock.advance(hours=1)
        answer = clerk.confirm(id, 1)
        assert answer.status_code == 409
        assert 'data-hindrance="past"' in answer.text
        assert clerk.office_campaign(id).state == "draft"


class TestQuota:
    def page(self, office: Office, clerk: Desk, people_: int, quota: Quota | None) -> tuple[int, str]:
        for _ in range(people_):
            office.add_patient()
        office.line.left = quota
        id = clerk.draft()
        return id, clerk.browser.get(f"/console/campaigns/{id}/confirm").text

    def test_enough(self, office: Office, clerk: Desk) -> None:
        _, page = self.page(office, clerk, 3, Quota(10, 7))
        assert 'id="quota-left"' in page
        assert 'id="quota-missing"' not in page

    def test_too_small_cannot_be_confirmed(self, office: Office, clerk: Desk) -> None:
        id, page = self.page(office, clerk, 3, Quota(10, 8))
        assert 'data-hindrance="quota"' in page
        assert 'id="typed"' not in page
        assert clerk.confirm(id, 3).status_code == 409
        assert clerk.office_campaign(id).state == "draft"

    def test_what_other_campaigns_still_need_counts(self, office: Office, clerk: Desk) -> None:
        first, _ = self.page(office, clerk, 3, Quota(5, 0))
        clerk.confirm(first, 3)
        work(office)
        second = clerk.draft("text", NOTICE)
        page = clerk.browser.get(f"/console/campaigns/{second}/confirm").text
        assert 'id="quota-promised"' in page
        assert 'data-hindrance="quota"' in page

    def test_another_month_has_its_own_quota(self, office: Office, clerk: Desk) -> None:
        id, _ = self.page(office, clerk, 3, Quota(10, 10))
        clerk.set_time(id, "2026-07-01T09:00")
        assert 'data-hindrance="quota"' not in clerk.browser.get(f"/console/campaigns/{id}/confirm").text

    def test_line_does_not_tell(self, office: Office, clerk: Desk) -> None:
        id, page = self.page(office, clerk, 1, None)
        assert 'id="quota-unknown"' in page
        assert clerk.confirm(id, 1).location == f"/console/campaigns/{id}"

    def test_no_limit(self, office: Office, clerk: Desk) -> None:
        _, page = self.page(office, clerk, 1, Quota(None, 5))
        assert 'id="quota-unlimited"' in page


class TestConfirmation:
    def test_the_typed_count_confirms_it(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        office.add_patient()
        id = clerk.draft()
        assert clerk.confirm(id, 2).location == f"/console/campaigns/{id}"
        found = clerk.office_campaign(id)
        assert (found.state, found.confirmed_count) == ("preparing", 2)
        assert office.read(lambda c: campaigns.messages(c, id))
        (entry,) = office.audit("campaign_confirmed")
        assert (entry.who, entry.subject, entry.details["people"]) == ("staff", str(id), 2)

    @pytest.mark.parametrize("typed", ["２", " 2 ", "0002"])
    def test_the_count_may_be_typed_in_other_ways(self, office: Office, clerk: Desk, typed: str) -> None:
        office.add_patient()
        office.add_patient()
        id = clerk.draft()
        clerk.confirm(id, typed, shown=2)
        assert clerk.office_campaign(id).state == "preparing"

    @pytest.mark.parametrize("typed", ["1", "3", "", "two", "-2", "9" * 40])
    def test_another_number_confirms_nothing(self, office: Office, clerk: Desk, typed: str) -> None:
        office.add_patient()
        office.add_patient()
        id = clerk.draft()
        answer = clerk.confirm(id, typed, shown=2)
        assert (answer.status_code, clerk.office_campaign(id).state) == (409, "draft")
        assert 'data-outcome="mistyped"' in answer.text

    def test_when_the_count_has_changed_it_is_asked_again(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        office.add_patient()
        answer = clerk.confirm(id, 1)
        assert 'data-outcome="other_count"' in answer.text
        assert 'name="shown" value="2"' in answer.text
        assert clerk.office_campaign(id).state == "draft"
        clerk.confirm(id, 2)
        assert clerk.office_campaign(id).state == "preparing"

    def test_a_second_click_is_harmless(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        clerk.confirm(id, 1, version=1)
        assert clerk.confirm(id, 1, version=1).location == f"/console/campaigns/{id}"
        assert len(office.audit("campaign_confirmed")) == 1

    def test_who_has_not_seen_the_newest_draft_looks_again(self, office: Office, clerk: Desk) -> None:
        office.add_patient(tags=["over_60"])
        id = clerk.draft()
        Desk(office, "owner").choose(id, **{"tag.over_60": "all"})
        answer = clerk.confirm(id, 1, version=1)
        assert answer.location == f"/console/campaigns/{id}/confirm"
        assert clerk.office_campaign(id).state == "draft"

    def test_nobody_cannot_be_confirmed(self, clerk: Desk) -> None:
        id = clerk.draft()
        assert 'data-hindrance="nobody"' in clerk.browser.get(f"/console/campaigns/{id}/confirm").text
        assert clerk.confirm(id, 0).status_code == 409
        assert clerk.office_campaign(id).state == "draft"

    def test_a_guidebook_that_expires_before_the_start(self, office: Office) -> None:
        office.add_patient()
        day = office.desk.library.guidebooks[GUIDEBOOK].expires_on - timedelta(days=1)
        office.clock.set(day.year, day.month, day.day, 10)
        clerk = Desk(office)
        id = clerk.draft()
        clerk.set_time(id, f"{day + timedelta(days=1)}T09:00")
        answer = clerk.confirm(id, 1)
        assert 'data-hindrance="expired"' in answer.text
        assert clerk.office_campaign(id).state == "draft"

    def test_a_guidebook_that_has_gone(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        library = replace(office.desk.library, guidebooks={})
        desk = replace(office.desk, library=library, renderer=replace(office.desk.renderer, library=library))
        office.app.extensions["hizaura.console"] = replace(
            office.services, live=LiveDesk(lambda: desk, lambda: frozenset())
        )
        answer = clerk.confirm(id, 1)
        assert 'data-hindrance="gone"' in answer.text
        for step in ("message", "audience", "preview", "when", "confirm"):
            assert clerk.browser.get(f"/console/campaigns/{id}/{step}").status_code == 200
        assert clerk.browser.get(f"/console/campaigns/{id}").status_code == 200

    def test_steps_of_a_confirmed_campaign_lead_to_its_page(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        clerk.confirm(id, 1)
        for step in ("message", "audience", "preview", "when", "confirm", "count"):
            assert clerk.browser.get(f"/console/campaigns/{id}/{step}").location == f"/console/campaigns/{id}"


class TestOnItsWay:
    @pytest.fixture
    def id(self, office: Office, clerk: Desk) -> int:
        """A campaign to three people that is ready."""
        for _ in range(3):
            office.add_patient()
        office.add_patient(blocked=True)
        id = clerk.draft()
        clerk.confirm(id, 3)
        work(office)
        return id

    def refuse_all(self, office: Office) -> None:
        office.clock.advance(seconds=policy.HOLD // 1000)
        office.line.answer = Receipt(Sent.REFUSED, 400, "request")
        work(office)
        office.line.answer = Receipt(Sent.ACCEPTED, 200, "request")
        office.line.multicasts.clear()

    def test_the_page_says_how_far_it_is_and_what_goes_out(self, clerk: Desk, id: int) -> None:
        page = clerk.browser.get(f"/console/campaigns/{id}").text
        assert 'data-state="scheduled"' in page
        assert 'id="hold"' in page
        assert 'id="left-blocked"' in page
        assert 'data-action="campaign_confirmed"' in page
        followed = clerk.browser.get(f"/console/campaigns/{id}/progress").json
        assert followed is not None
        assert (followed["state"], followed["total"], followed["settled"]) == ("scheduled", 3, 0)

    def test_cancelled_in_the_hold_nobody_gets_it(self, office: Office, clerk: Desk, id: int) -> None:
        clerk.press(id, "cancel")
        assert clerk.office_campaign(id).state == "cancelled"
        office.clock.advance(hours=1)
        work(office)
        assert office.line.multicasts == []
        assert ("staff", "campaign_cancelled", str(id)) in office.actions()

    def test_paused_and_resumed(self, office: Office, clerk: Desk, id: int) -> None:
        clerk.press(id, "pause")
        assert clerk.office_campaign(id).state == "paused"
        assert 'id="paused-reason"' in clerk.browser.get(f"/console/campaigns/{id}").text
        clerk.press(id, "resume")
        assert clerk.office_campaign(id).state == "preparing"
        assert [action for _, action, _ in office.actions()][-2:] == ["campaign_paused", "campaign_resumed"]

    def test_resumed_at_night_it_waits_for_the_morning(self, office: Office, clerk: Desk, id: int) -> None:
        clerk.press(id, "pause")
        office.clock.set(2026, 6, 10, 21)
        Desk(office).press(id, "resume")
        starts_at = clerk.office_campaign(id).starts_at
        assert starts_at is not None
        assert f"{office.services.local(starts_at):%m-%d %H:%M}" == "06-11 08:00"

    def test_a_button_on_an_old_page_changes_nothing(self, office: Office, clerk: Desk, id: int) -> None:
        before = clerk.office_campaign(id)
        clerk.press(id, "pause")
        clerk.press(id, "cancel", version=before.version)
        assert clerk.office_campaign(id).state == "paused"
        assert office.audit("campaign_cancelled") == []

    def test_it_is_stopped_even_when_it_has_gone_on_since_the_page_was_opened(
        self, office: Office, clerk: Desk, id: int
    ) -> None:
        before = clerk.office_campaign(id)
        office.transact(lambda c: campaigns.move(c, id, None, ("scheduled",), "sending"))
        clerk.press(id, "pause", version=before.version)
        assert clerk.office_campaign(id).state == "paused"
        clerk.press(id, "resume")
        clerk.press(id, "cancel", version=before.version)
        assert clerk.office_campaign(id).state == "cancelled"

    @pytest.mark.parametrize("button", ["pause", "cancel"])
    def test_a_second_click_on_a_button_does_and_notes_nothing_more(
        self, office: Office, clerk: Desk, id: int, button: str
    ) -> None:
        before = clerk.office_campaign(id)
        for _ in range(2):
            clerk.press(id, button, version=before.version)
        assert 'class="alert alert-warning" role="status"' not in clerk.browser.get(f"/console/campaigns/{id}").text
        assert len(office.audit()) == 3

    @pytest.mark.parametrize("reason", ["quota", "refused_400", "refused_401", "refused_418"])
    def test_why_it_stands_still_is_told(self, office: Office, clerk: Desk, id: int, reason: str) -> None:
        office.transact(lambda c: campaigns.pause(c, id, None, reason))
        page = clerk.browser.get(f"/console/campaigns/{id}").text
        told = page.split('id="paused-reason"')[1].split("</p>")[0]
        assert "campaign_paused" not in told
        assert ("418" in told) == (reason == "refused_418")

    def test_those_who_were_refused_can_be_tried_again_and_nobody_else(
        self, office: Office, clerk: Desk, id: int
    ) -> None:
        self.refuse_all(office)
        assert clerk.office_campaign(id).state == "done"
        assert 'id="again"' in clerk.browser.get(f"/console/campaigns/{id}").text
        clerk.press(id, "again")
        found = office.read(lambda c: campaigns.progress(c, id))
        assert (clerk.office_campaign(id).state, found.waiting, found.refused) == ("sending", 3, 0)
        work(office)
        assert sum(len(users) for users, _ in office.line.multicasts) == 3
        assert clerk.office_campaign(id).state == "done"

    def test_tried_again_at_night_they_wait_for_the_morning(self, office: Office, id: int) -> None:
        self.refuse_all(office)
        office.clock.set(2026, 6, 10, 23)
        Desk(office).press(id, "again")
        work(office)
        assert office.line.multicasts == []
        office.clock.set(2026, 6, 11, 8)
        work(office)
        assert sum(len(users) for users, _ in office.line.multicasts) == 3

    def test_the_list_shows_every_campaign_with_its_state(self, office: Office, clerk: Desk, id: int) -> None:
        other = clerk.draft("text", NOTICE)
        page = office.client("viewer").get("/console/campaigns/").text
        assert page.index(f'id="campaign-{other}"') < page.index(f'id="campaign-{id}"')
        assert "state-of-scheduled" in page
        assert "state-of-draft" in page

    def test_a_draft_can_be_thrown_away(self, clerk: Desk) -> None:
        id = clerk.draft()
        clerk.press(id, "cancel")
        assert clerk.office_campaign(id).state == "cancelled"


class TestClosureNotice:
    def test_two_clicks_lead_to_the_confirmation_to_everybody(self, office: Office) -> None:
        office.clock.set(2026, 12, 1, 10)
        office.add_patient()
        office.add_patient(agreed=None)
        clerk = Desk(office)
        assert "/console/campaigns/closure" in clerk.browser.get("/console/campaigns/").text
        page = clerk.browser.get("/console/campaigns/closure").text
        text = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
        assert "12月29日" in text
        assert "1月3日" in text
        answer = clerk.browser.submit("/console/campaigns/closure", {"text": text})
        id = int(answer.location.split("/")[-2])
        assert answer.location.endswith("/confirm")
        assert clerk.office_campaign(id).audience == Audience()
        clerk.confirm(id, 1)
        assert clerk.office_campaign(id).state == "preparing"

    def test_without_known_days_the_blanks_must_be_filled(self, office: Office) -> None:
        office.clock.set(2027, 2, 1, 10)
        clerk = Desk(office)
        page = clerk.browser.get("/console/campaigns/closure").text
        text = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
        assert clerk.browser.submit("/console/campaigns/closure", {"text": text}).status_code == 422
        assert office.read(campaigns.latest) == []


class TestWhoMay:
    ONLY_STAFF = ("new", "closure", "1/audience", "1/preview", "1/when", "1/confirm", "1/count", "1/message")

    @pytest.mark.parametrize("path", ONLY_STAFF)
    def test_a_viewer_makes_no_campaign(self, office: Office, clerk: Desk, path: str) -> None:
        clerk.draft()
        assert office.client("viewer").get(f"/console/campaigns/{path}").status_code == 403

    @pytest.mark.parametrize("path", ["audience", "test", "when", "confirm", "pause", "resume", "cancel", "again"])
    def test_a_viewer_changes_none(self, office: Office, clerk: Desk, path: str) -> None:
        id = clerk.draft()
        answer = office.client("viewer").submit(f"/console/campaigns/{id}/{path}", {"version": 1})
        assert (answer.status_code, clerk.office_campaign(id).state) == (403, "draft")

    def test_a_viewer_sees_them(self, office: Office, clerk: Desk) -> None:
        id = clerk.draft()
        page = office.client("viewer").get(f"/console/campaigns/{id}").text
        assert 'id="cancel"' not in page

    @pytest.mark.parametrize("path", ["", "/progress", "/audience", "/preview", "/when", "/confirm", "/count"])
    @pytest.mark.parametrize("id", ["7", "99999999999999999999", "x"])
    def test_one_that_is_not_there(self, clerk: Desk, id: str, path: str) -> None:
        assert clerk.browser.get(f"/console/campaigns/{id}{path}").status_code == 404

    def test_nobody_gets_in_without_a_login(self, office: Office) -> None:
        assert office.visitor().get("/console/campaigns/").status_code == 302

    def test_a_form_without_its_token_changes_nothing(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        id = clerk.draft()
        form = {"version": 1, "shown": 1, "typed": "1"}
        assert clerk.browser.post(f"/console/campaigns/{id}/confirm", data=form).status_code == 400
        assert clerk.office_campaign(id).state == "draft"

    def test_pages_show_no_user_id(self, office: Office, clerk: Desk) -> None:
        person = office.add_patient(tags=["staff"])
        id = clerk.draft()
        for step in ("", "/audience", "/preview", "/when", "/confirm"):
            assert person.user_id not in clerk.browser.get(f"/console/campaigns/{id}{step}").text
