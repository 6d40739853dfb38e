"""When LINE gives no clear answer, refuses, is busy, or the quota is used up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from bot.delivery import policy
from bot.storage.audience import LeftOut
from bot.storage.campaigns import Progress
from bot.storage.database import Database
from tests.delivery.campaign_office import LOST, UNREACHABLE, CampaignOffice, once

HOUR = 3_600_000
SOON = 2_000
"""A little longer than the first delay."""
PAUSE = policy.FIRST_BATCH_PAUSE


class TestNoClearAnswer:
    @pytest.mark.parametrize("trouble", [500, 502, 503, LOST])
    def test_the_same_recipients_under_the_same_key(self, office: CampaignOffice, trouble: int) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.trouble.extend([trouble, trouble])
        office.work()
        office.change(users[0], blocked_at=1)
        office.work_later(SOON)
        office.work_later(2 * SOON)
        assert office.line.calls == [office.line.calls[0]] * 3
        assert office.line.arrived() == once(users)
        assert (office.state(id), office.progress(id)) == ("done", Progress(sent=5))

    def test_it_is_not_tried_again_at_once(self, office: CampaignOffice) -> None:
        office.admit(5)
        office.confirm()
        office.line.trouble.append(503)
        office.work()
        office.work_later(500)
        assert len(office.line.calls) == 1

    def test_after_a_day_it_stays_unclear_and_is_never_tried_again(self, office: CampaignOffice) -> None:
        office.admit(5)
        id = office.confirm()
        office.line.trouble.append(LOST)
        office.work()
        # The server is off for a day; LINE has forgotten the key meanwhile.
        office.work_later(25 * HOUR)
        assert len(office.line.calls) == 1
        assert (office.state(id), office.progress(id)) == ("done", Progress(unclear=5))

    def test_also_when_it_was_paused_for_a_day(self, office: CampaignOffice) -> None:
        office.admit(5)
        id = office.confirm()
        office.line.trouble.append(LOST)
        office.work()
        office.pause(id)
        office.clock.advance(25 * HOUR)
        office.resume(id)
        office.work()
        assert (len(office.line.calls), office.progress(id)) == (1, Progress(unclear=5))

    def test_it_is_tried_for_as_long_as_line_knows_the_key(self, office: CampaignOffice) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.trouble.append(LOST)
        office.work()
        office.work_later(22 * HOUR)
        assert (office.state(id), office.line.arrived()) == ("done", once(users))

    def test_who_may_have_it_does_not_get_it_with_another_campaign(self, office: CampaignOffice) -> None:
        users = office.admit(5)
        first = office.confirm()
        office.line.trouble.append(LOST)
        office.work()
        office.cancel(first)
        second = office.confirm()
        office.work_later(HOUR)
        assert office.line.arrived() == once(users)
        assert (office.state(second), office.left_out(second)) == ("done", {LeftOut.ALREADY: 5})


class TestRefusals:
    @pytest.mark.parametrize("place", [0, 7, 19, 20, 300, 519])
    def test_one_id_that_line_does_not_take_is_found(self, office: CampaignOffice, place: int) -> None:
        users = office.admit(520)
        office.line.invalid = {users[place]}
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        assert office.line.arrived() == once(users) - Counter({users[place]})
        assert (office.state(id), office.progress(id)) == ("done", Progress(sent=519, refused=1))
        assert len(office.line.calls) < 25

    def test_several_of_them_are_found(self, office: CampaignOffice) -> None:
        users = office.admit(120)
        office.line.invalid = set(users[20:120:9])
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        assert office.line.arrived() == once(set(users) - office.line.invalid)
        assert office.progress(id) == Progress(sent=108, refused=12)

    def test_only_those_are_tried_again_later(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        office.line.invalid = set(users[22:24])
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        office.line.invalid.clear()
        calls = len(office.line.calls)
        office.send_rest_again(id)
        office.work()
        assert sorted(call.user_ids for call in office.line.calls[calls:]) == [(users[22],), (users[23],)]
        assert office.line.arrived() == once(users)
        assert (office.state(id), office.progress(id)) == ("done", Progress(sent=30))

    def test_a_message_that_line_does_not_take_is_not_tried_on_everybody(self, office: CampaignOffice) -> None:
        office.admit(600)
        office.line.refuses_everything = True
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        assert (office.state(id), office.find(id).paused_reason) == ("paused", "refused_400")
        assert office.progress(id) == Progress(waiting=580, refused=20)

    @pytest.mark.parametrize("status", [401, 403, 413])
    def test_what_is_about_no_recipient_pauses_the_campaign(self, office: CampaignOffice, status: int) -> None:
        users = office.admit(30)
        office.line.trouble.append(status)
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        assert (office.state(id), office.find(id).paused_reason) == ("paused", f"refused_{status}")
        assert (office.line.arrived(), len(office.line.calls)) == (once([]), 1)
        office.resume(id)
        office.work()
        office.work_later(PAUSE)
        assert office.line.arrived() == once(users)

    def test_who_has_blocked_while_it_was_paused_is_left_out(self, office: CampaignOffice) -> None:
        *others, gone = office.admit(5)
        office.line.trouble.append(401)
        id = office.confirm()
        office.work()
        office.change(gone, blocked_at=1)
        office.resume(id)
        office.work_later(SOON)
        assert (office.line.arrived(), office.left_out(id)) == (once(others), {LeftOut.BLOCKED: 1})


class TestBusy:
    @pytest.mark.parametrize("trouble", [429, UNREACHABLE])
    def test_what_line_has_not_accepted_is_tried_again(self, office: CampaignOffice, trouble: int) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.trouble.append(trouble)
        office.work()
        assert (office.state(id), office.line.arrived()) == ("sending", once([]))
        office.work_later(SOON)
        assert (office.state(id), office.line.arrived()) == ("done", once(users))

    @pytest.mark.parametrize("trouble", [429, UNREACHABLE])
    def test_days_of_it_make_nothing_unclear(self, office: CampaignOffice, trouble: int) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.trouble.extend([trouble] * 3)
        for _ in range(4):
            office.work()
            office.clock.advance(24 * HOUR)
        assert (office.progress(id), office.line.arrived()) == (Progress(sent=5), once(users))


class TestQuota:
    @pytest.fixture
    def office(self, database: Database) -> Iterator[CampaignOffice]:
        """An account that may reach 25 people this month."""
        office = CampaignOffice(database, monthly_quota=25)
        yield office
        office.close()

    def test_what_does_not_fit_in_it_pauses_the_campaign(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        assert (office.state(id), office.find(id).paused_reason) == ("paused", "quota")
        assert (office.line.arrived(), office.progress(id)) == (once(users[:20]), Progress(waiting=10, sent=20))

    def test_the_rest_goes_out_in_the_next_month(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        id = office.confirm()
        office.work()
        office.work_later(PAUSE)
        office.clock.advance(31 * 24 * HOUR)
        office.resume(id)
        office.work()
        assert (office.line.arrived(), office.state(id)) == (once(users), "done")

    def test_with_quota_left_it_was_the_rate(self, office: CampaignOffice) -> None:
        users = office.admit(20)
        id = office.confirm()
        office.line.trouble.append(429)
        office.work()
        assert office.state(id) == "sending"
        office.work_later(SOON)
        assert office.line.arrived() == once(users)
