"""A campaign that is on its way, closure notices, and who may do what."""

from __future__ import annotations

import pytest

from bot.delivery import policy
from bot.line.client import Receipt, Sent
from bot.storage import campaigns
from bot.storage.audience import Audience
from tests.console.campaigns.clerk import Desk, work
from tests.console.office import Office

NOTICE = "明日の午前は、医師の研修のため、受付を10時に始めます。"


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
        work(office)
        assert office.line.multicasts == []
        office.clock.set(2026, 6, 11, 8)
        work(office)
        assert sum(len(users) for users, _ in office.line.multicasts) == 3

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


class TestWhatItWaitsFor:
    def happening(self, clerk: Desk, id: int) -> str:
        """What the page says that it does now; its script is told the same."""
        page = clerk.browser.get(f"/console/campaigns/{id}").text
        shown = page.split('id="now" data-now>')[1].split("</span>")[0]
        followed = clerk.browser.get(f"/console/campaigns/{id}/progress").json
        assert followed is not None
        assert followed["now"] == shown
        return shown

    def confirmed(self, office: Office, count: int) -> tuple[Desk, int]:
        for _ in range(count):
            office.add_patient()
        clerk = Desk(office)
        id = clerk.draft()
        clerk.confirm(id, count)
        work(office)
        return clerk, id

    def test_the_rest_after_its_pause(self, office: Office) -> None:
        clerk, id = self.confirmed(office, 21)
        office.clock.advance(seconds=policy.HOLD // 1000)
        work(office)
        assert "2026-06-10 10:05" in self.happening(clerk, id)
        office.clock.advance(seconds=policy.FIRST_BATCH_PAUSE // 1000)
        assert "2026-06-10" not in self.happening(clerk, id)

    def test_the_morning_after_an_outage_over_the_evening(self, office: Office) -> None:
        _, id = self.confirmed(office, 3)
        office.clock.set(2026, 6, 10, 22)
        assert "2026-06-11 08:00" in self.happening(Desk(office), id)

    def test_the_morning_while_it_is_still_evening(self, office: Office) -> None:
        office.clock.set(2026, 6, 10, 19, 56)
        clerk, id = self.confirmed(office, 21)
        office.clock.advance(seconds=policy.HOLD // 1000)
        work(office)
        assert "2026-06-11 08:00" in self.happening(clerk, id)

    @pytest.mark.parametrize("state", ["paused", "cancelled", "done"])
    def test_what_stands_still_waits_for_nothing(self, office: Office, state: str) -> None:
        _, id = self.confirmed(office, 3)
        office.transact(lambda c: campaigns.move(c, id, None, ("scheduled",), state))
        office.clock.set(2026, 6, 10, 22)
        assert "2026-06-11" not in self.happening(Desk(office), id)


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
