"""A campaign from the confirmation to the last recipient, stopped, taken over, and at what rate."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bot.delivery import policy
from bot.errors import StorageError
from bot.storage import batches
from bot.storage.audience import Audience, HasTag, LeftOut
from bot.storage.campaigns import Progress
from tests.delivery.campaign_office import LOST, CampaignOffice, once
from tests.delivery.doubles import PATIENCE, wait_until

PAUSE = policy.FIRST_BATCH_PAUSE


class TestACampaign:
    def test_few_get_it_first_and_the_rest_after_a_pause(self, office: CampaignOffice) -> None:
        users = office.admit(1_203)
        id = office.confirm()
        office.work()
        assert (office.line.sizes, office.progress(id)) == ([20], Progress(waiting=1_183, sent=20))
        office.work_later(PAUSE - 1)
        assert office.line.sizes == [20]
        office.work_later(1)
        assert (office.line.sizes[0], sorted(office.line.sizes[1:])) == (20, [183, 500, 500])
        assert office.line.arrived() == once(users)
        assert (office.state(id), office.progress(id)) == ("done", Progress(sent=1_203))
        assert office.find(id).finished_at == office.clock()

    def test_nobody_gets_anything_before_it_starts(self, office: CampaignOffice) -> None:
        users = office.admit(3)
        id = office.confirm(starts_in=policy.HOLD)
        office.work_later(policy.HOLD - 1)
        assert (office.line.calls, office.state(id)) == ([], "scheduled")
        office.work_later(1)
        assert office.line.arrived() == once(users)

    def test_only_the_audience_gets_it(self, office: CampaignOffice) -> None:
        wanted = office.admit(3, tags=["over_60"])
        office.admit(2)
        office.confirm(Audience(all=(HasTag(tag="over_60"),)))
        office.work()
        assert office.line.arrived() == once(wanted)

    def test_an_audience_of_nobody_is_done(self, office: CampaignOffice) -> None:
        office.admit(2, blocked_at=1)
        id = office.confirm()
        office.work()
        campaign = office.find(id)
        assert (campaign.state, campaign.finished_at, office.line.calls) == ("done", office.clock(), [])
        assert (office.progress(id), office.left_out(id)) == (Progress(), {LeftOut.BLOCKED: 2})

    def test_a_second_campaign_with_the_same_guidebook_reaches_only_new_patients(self, office: CampaignOffice) -> None:
        old = office.admit(3)
        office.confirm()
        office.work()
        new = office.admit(2)
        second = office.confirm()
        office.work()
        assert office.line.arrived() == once(old + new)
        assert office.left_out(second) == {LeftOut.ALREADY: 3}

    def test_two_campaigns_with_the_same_guidebook_at_the_same_moment(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        ids = [office.confirm(), office.confirm()]
        office.work()
        office.work_later(PAUSE)
        assert office.line.arrived() == once(users)
        assert {office.state(id) for id in ids} == {"done"}

    def test_own_words_can_be_sent_again(self, office: CampaignOffice) -> None:
        users = office.admit(3)
        for _ in range(2):
            office.confirm(guidebook=None)
            office.work()
        assert office.line.arrived() == once(users + users)

    def test_it_goes_out_by_itself(self, office: CampaignOffice, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(policy, "CAMPAIGN_LOOK_EVERY", 0.01)
        users = office.admit(45)
        office.sender.start()
        id = office.confirm()
        wait_until(lambda: office.progress(id).sent == 20)
        office.clock.advance(PAUSE)
        wait_until(lambda: office.state(id) == "done")
        assert office.line.arrived() == once(users)


class TestStopping:
    def test_cancelled_before_it_starts_nobody_gets_anything(self, office: CampaignOffice) -> None:
        office.admit(30)
        id = office.confirm(starts_in=policy.HOLD)
        office.work()
        office.cancel(id)
        office.work_later(policy.HOLD + PAUSE)
        assert (office.line.calls, office.state(id)) == ([], "cancelled")

    def test_cancelled_while_it_is_prepared_nobody_gets_anything(self, office: CampaignOffice) -> None:
        office.admit(30)
        id = office.confirm()
        office.sender.work_once()
        assert office.state(id) == "preparing"
        office.cancel(id)
        office.work_later(PAUSE)
        assert office.line.calls == []

    @pytest.mark.parametrize("stop", [CampaignOffice.pause, CampaignOffice.cancel])
    def test_after_the_first_batch_the_rest_gets_nothing(
        self, office: CampaignOffice, stop: Callable[[CampaignOffice, int], None]
    ) -> None:
        users = office.admit(30)
        id = office.confirm()
        office.work()
        stop(office, id)
        office.work_later(PAUSE)
        assert office.line.arrived() == once(users[:20])

    def test_what_is_on_its_way_is_settled_all_the_same(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        id = office.confirm()
        office.line.open.clear()
        office.look_until_called()
        office.cancel(id)
        office.line.open.set()
        office.wait_until_idle()
        assert office.line.arrived() == once(users[:20])
        assert (office.state(id), office.progress(id)) == ("cancelled", Progress(waiting=10, sent=20))

    def test_few_are_on_their_way_when_it_is_stopped(
        self, office: CampaignOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "BATCH_SIZE", 1)
        office.admit(60)
        id = office.confirm()
        office.work()
        office.clock.advance(PAUSE)
        office.line.open.clear()
        office.look_until_called()
        office.pause(id)
        office.line.open.set()
        office.wait_until_idle()
        office.work()
        assert len(office.line.calls) <= 1 + 4

    def test_a_pause_is_taken_back(self, office: CampaignOffice) -> None:
        users = office.admit(30)
        id = office.confirm()
        office.work()
        office.pause(id)
        office.work_later(PAUSE)
        office.resume(id)
        office.work()
        assert office.line.arrived() == once(users)
        assert (office.state(id), office.find(id).paused_reason) == ("done", None)

    def test_again_and_again_in_any_state(self, office: CampaignOffice, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(policy, "PREPARED_AT_ONCE", 7)
        users = office.admit(60)
        id = office.confirm()
        while office.state(id) != "done":
            office.sender.work_once()
            office.wait_until_idle()
            if office.state(id) in ("preparing", "scheduled", "sending"):
                office.pause(id)
                office.sender.work_once()
                office.resume(id)
                office.sender.work_once()
            office.clock.advance(PAUSE // 2)
        office.wait_until_idle()
        assert office.line.arrived() == once(users)


class TestBetweenPreparationAndSending:
    @pytest.mark.parametrize(
        ("reason", "columns"),
        [
            (LeftOut.BLOCKED, {"blocked_at": 1}),
            (LeftOut.OPTED_OUT, {"news_at": None, "news_off_at": 1}),
            (LeftOut.WITH_STAFF, {"asked_for_staff_at": 1}),
        ],
    )
    def test_who_must_not_get_it_any_more_does_not(
        self, office: CampaignOffice, reason: LeftOut, columns: dict[str, object]
    ) -> None:
        *others, gone = office.admit(30)
        id = office.confirm()
        office.work()
        office.change(gone, **columns)
        office.work_later(PAUSE)
        assert office.line.arrived() == once(others)
        assert (office.left_out(id), office.progress(id)) == ({reason: 1}, Progress(sent=29))

    def test_when_nobody_is_left_line_is_not_called(self, office: CampaignOffice) -> None:
        *first, gone = office.admit(21)
        id = office.confirm()
        office.work()
        office.change(gone, blocked_at=1)
        office.work_later(PAUSE)
        assert (office.line.sizes, office.state(id)) == ([20], "done")
        assert office.line.arrived() == once(first)


class TestTakingOver:
    def test_what_a_dead_process_held_goes_out_under_its_key(
        self, office: CampaignOffice, beside: CampaignOffice
    ) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.open.clear()
        office.look_until_called()
        beside.work_later(policy.LEASE)
        assert len(office.line.calls) == 1
        office.line.open.set()
        beside.work_later(1)
        assert {call.retry_key for call in office.line.calls} == {office.line.calls[0].retry_key}
        office.wait_until_idle()
        assert (office.line.arrived(), office.state(id)) == (once(users), "done")

    def test_what_could_not_be_noted_as_sent_is_not_sent_again(
        self, office: CampaignOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        users = office.admit(5)
        id = office.confirm()

        def fail(*_: object) -> None:
            raise StorageError("The disk is full.")

        with monkeypatch.context() as patched:
            patched.setattr(batches, "settle", fail)
            office.look_until_called()
            office.sender.stop(PATIENCE)
        restarted = CampaignOffice(office.database, "restarted", beside=office)
        restarted.work_later(policy.LEASE + 1)
        assert office.line.arrived() == once(users)
        assert (len(office.line.calls), office.state(id)) == (2, "done")
        restarted.sender.stop(PATIENCE)

    def test_two_processes_share_the_work(
        self, office: CampaignOffice, beside: CampaignOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "BATCH_SIZE", 10)
        monkeypatch.setattr(policy, "CAMPAIGN_LOOK_EVERY", 0.01)
        users = office.admit(420)
        id = office.confirm()
        office.work()
        office.clock.advance(PAUSE)
        office.line.trouble.extend([LOST, 503, 429] * 3)
        office.sender.start()
        beside.sender.start()

        def is_done() -> bool:
            office.clock.advance(100)
            return office.state(id) == "done"

        wait_until(is_done)
        assert office.line.arrived() == once(users)
        assert office.progress(id) == Progress(sent=420)


class TestTheRate:
    @pytest.fixture
    def rationed(self, office: CampaignOffice, monkeypatch: pytest.MonkeyPatch) -> CampaignOffice:
        """Three calls a second, five people in a call."""
        monkeypatch.setattr(policy, "MULTICASTS_PER_SECOND", 3)
        monkeypatch.setattr(batches, "BATCH_SIZE", 5)
        return office

    def test_a_second_brings_no_more_than_it_may(self, rationed: CampaignOffice) -> None:
        users = rationed.admit(60)
        rationed.confirm()
        rationed.work()
        rationed.clock.advance(PAUSE)
        calls = []
        for _ in range(4):
            before = len(rationed.line.calls)
            rationed.work()
            calls.append(len(rationed.line.calls) - before)
            rationed.clock.advance(1_000)
        assert (calls, rationed.line.arrived()) == ([3, 3, 2, 0], once(users))

    def test_nobody_waits_longer_than_for_the_next_second(self, rationed: CampaignOffice) -> None:
        rationed.admit(60)
        rationed.confirm()
        rationed.work()
        rationed.clock.advance(PAUSE + 900)
        rationed.work()
        assert rationed.sender.work_once() == pytest.approx(0.1)

    def test_a_look_at_nothing_takes_nothing_from_the_rate(self, rationed: CampaignOffice) -> None:
        for _ in range(10):
            rationed.work()
        users = rationed.admit(3)
        rationed.confirm()
        rationed.work()
        assert rationed.line.arrived() == once(users)

    def test_processes_share_it(self, rationed: CampaignOffice, beside: CampaignOffice) -> None:
        rationed.admit(60)
        rationed.confirm()
        rationed.work()
        rationed.clock.advance(PAUSE)
        before = len(rationed.line.calls)
        rationed.work()
        beside.work()
        assert len(rationed.line.calls) - before == 3


class TestTheEnd:
    def test_what_is_on_its_way_is_finished(self, office: CampaignOffice) -> None:
        users = office.admit(5)
        id = office.confirm()
        office.line.open.clear()
        office.look_until_called()
        slow_line = threading.Timer(0.2, office.line.open.set)
        slow_line.start()
        office.sender.stop(PATIENCE)
        slow_line.join()
        assert (office.state(id), office.line.arrived()) == ("done", once(users))

    def test_nobody_waits_for_line_for_ever(self, office: CampaignOffice) -> None:
        office.admit(5)
        id = office.confirm()
        office.line.open.clear()
        office.look_until_called()
        office.sender.stop(0.05)
        assert office.state(id) == "sending"
