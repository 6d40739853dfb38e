"""When it goes, whether the quota lasts, and the number that confirms it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery import policy
from bot.line.client import Quota
from bot.live_desk import LiveDesk
from bot.storage import campaigns
from tests.console.campaigns.clerk import Desk, work
from tests.console.office import Office

GUIDEBOOK = "self_care"
NOTICE = "明日の午前は、医師の研修のため、受付を10時に始めます。"


class TestWhen:
    def start_of(self, office: Office, clerk: Desk, at: str | None, people: int = 1) -> tuple[str, str]:
        """When a campaign begins, and the page that says so; one more patient comes for it."""
        office.add_patient()
        id = clerk.draft()
        assert clerk.set_time(id, at).status_code == 302
        page = clerk.browser.get(f"/console/campaigns/{id}/confirm").text
        clerk.confirm(id, people)
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

    @pytest.mark.parametrize(("people", "is_told"), [(20, False), (21, True)])
    def test_when_the_night_comes_before_the_rest_it_is_said(
        self, office: Office, clerk: Desk, people: int, is_told: bool
    ) -> None:
        for _ in range(people - 1):
            office.add_patient()
        start, page = self.start_of(office, clerk, "2026-06-12T19:59", people)
        assert start == "06-12 19:59"
        assert ('id="rest-morning"' in page) is is_told

    @pytest.mark.parametrize("at", ["2026-06-10T10:00", "2026-06-09T12:00", "2026-12-31T12:00", "x", ""])
    def test_the_past_the_far_future_and_no_time_are_refused(self, clerk: Desk, at: str) -> None:
        id = clerk.draft()
        form = {"version": 1, "when": "later", "at": at}
        assert clerk.browser.submit(f"/console/campaigns/{id}/when", form).status_code == 422
        assert clerk.office_campaign(id).starts_at is None

    def test_now_and_a_time_at_once_are_asked_about(self, clerk: Desk) -> None:
        id = clerk.draft()
        form = {"version": 1, "when": "now", "at": "2026-06-12T10:00"}
        answer = clerk.browser.submit(f"/console/campaigns/{id}/when", form)
        assert answer.status_code == 422
        assert 'id="at-fault"' in answer.text
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


class TestTheSameWordsAgain:
    def test_who_got_exactly_these_words_is_said_with_the_day(self, office: Office, clerk: Desk) -> None:
        office.add_patient()
        first = clerk.draft("text", NOTICE)
        clerk.confirm(first, 1)
        office.clock.advance(days=1)
        work(office)
        office.clock.advance(days=2)
        office.add_patient()
        clerk = Desk(office)
        page = clerk.browser.get(f"/console/campaigns/{clerk.draft('text', NOTICE)}/confirm").text
        warning = page.split('id="same-words"')[1].split("</div>")[0]
        assert f'data-campaign="{first}" data-people="1"' in warning
        assert "2026-06-11" in warning
        assert f'href="/console/campaigns/{first}"' in warning

    def test_before_they_have_gone_out_it_is_said_too_and_may_be_confirmed_all_the_same(
        self, office: Office, clerk: Desk
    ) -> None:
        office.add_patient()
        clerk.confirm(clerk.draft("text", NOTICE), 1)
        work(office)
        second = clerk.draft("text", NOTICE)
        assert 'id="same-words"' in clerk.browser.get(f"/console/campaigns/{second}/confirm").text
        clerk.confirm(second, 1)
        assert clerk.office_campaign(second).state == "preparing"

    @pytest.mark.parametrize("what", [("text", f"{NOTICE}!"), (GUIDEBOOK, "")])
    def test_nothing_is_said_of_anything_else(self, office: Office, clerk: Desk, what: tuple[str, str]) -> None:
        office.add_patient()
        clerk.confirm(clerk.draft("text", NOTICE), 1)
        work(office)
        page = clerk.browser.get(f"/console/campaigns/{clerk.draft(*what)}/confirm").text
        assert 'id="same-words"' not in page


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
