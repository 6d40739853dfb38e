"""Versions, states, preparing and finishing of campaigns."""

from __future__ import annotations

import pytest

from bot.storage import batches, campaigns
from bot.storage.audience import Audience, HasTag, LeftOut
from bot.storage.batches import REFUSED, SENT, UNCLEAR
from bot.storage.campaigns import Progress
from bot.storage.database import Database
from bot.storage.patients import forget_patient
from tests.storage.campaigns.ledger import PAUSE, TOLD, Ledger, recipients
from tests.storage.crowd import EVERYBODY, NOW, admit, names

LATER = NOW + PAUSE


MOVES = {
    "pause": {"preparing", "scheduled", "sending"},
    "resume": {"paused"},
    "cancel": {"draft", "preparing", "scheduled", "sending", "paused"},
}
STATES = ("draft", "preparing", "scheduled", "sending", "paused", "cancelled", "done")


class TestVersions:
    def test_a_draft_is_found_as_it_was_stored(self, ledger: Ledger) -> None:
        audience = Audience(all=(HasTag(tag="over_60"),))
        campaign = ledger.find(ledger.draft(audience))
        assert (campaign.state, campaign.version, campaign.guidebook) == ("draft", 1, "osteoarthritis")
        assert (campaign.audience, campaign.text, campaign.starts_at) == (audience, None, None)

    def test_the_second_of_two_editors_changes_nothing(self, ledger: Ledger) -> None:
        id = ledger.draft()
        assert ledger.run(campaigns.change_draft, id, 1, None, "first", EVERYBODY, False)
        assert not ledger.run(campaigns.change_draft, id, 1, None, "second", EVERYBODY, False)
        assert (ledger.find(id).text, ledger.find(id).version) == ("first", 2)

    def test_a_second_click_confirms_nothing(self, ledger: Ledger) -> None:
        id = ledger.draft()
        assert ledger.run(campaigns.confirm, id, 1, TOLD, 3, NOW, 7, NOW)
        assert not ledger.run(campaigns.confirm, id, 1, TOLD, 3, NOW + 9, 8, NOW + 9)
        campaign = ledger.find(id)
        assert (campaign.state, campaign.confirmed_count, campaign.starts_at) == ("preparing", 3, NOW)

    def test_what_somebody_has_changed_meanwhile_is_not_confirmed(self, ledger: Ledger) -> None:
        id = ledger.draft()
        ledger.run(campaigns.change_draft, id, 1, None, "other words", EVERYBODY, False)
        assert not ledger.run(campaigns.confirm, id, 1, TOLD, 3, NOW, None, NOW)
        assert ledger.state(id) == "draft"

    def test_what_is_confirmed_is_no_draft_any_more(self, ledger: Ledger) -> None:
        id = ledger.confirmed()
        assert not ledger.run(campaigns.change_draft, id, 2, None, "too late", EVERYBODY, False)

    def test_a_stale_page_pauses_and_cancels_nothing(self, ledger: Ledger) -> None:
        id = ledger.confirmed()
        assert not ledger.run(campaigns.pause, id, 1, "by hand")
        assert not ledger.run(campaigns.cancel, id, 1, NOW)
        assert ledger.state(id) == "preparing"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_what_can_be_done_in_which_state(ledger: Ledger, state: str, move: str) -> None:
    id = ledger.draft()
    assert ledger.run(campaigns.move, id, None, ("draft",), state)
    moved = {
        "pause": lambda: ledger.run(campaigns.pause, id, 2, "by hand"),
        "resume": lambda: ledger.run(campaigns.resume, id, 2),
        "cancel": lambda: ledger.run(campaigns.cancel, id, 2, NOW),
    }[move]()
    assert moved is (state in MOVES[move])
    after = {"pause": "paused", "resume": "preparing", "cancel": "cancelled"}[move] if moved else state
    assert (ledger.state(id), ledger.find(id).version) == (after, 3 if moved else 2)


class TestPreparing:
    def test_a_small_batch_first_then_full_ones(self, ledger: Ledger, database: Database) -> None:
        admit(database, *names(1_203))
        id = ledger.prepared()
        assert [row.size for row in ledger.batches()] == [20, 500, 500, 183]
        assert [row.due_at for row in ledger.batches()] == [NOW, LATER, LATER, LATER]
        assert len({row.retry_key for row in ledger.batches()}) == 4
        entered = ledger.entered(id)
        assert set(entered) == set(names(1_203))
        assert (ledger.state(id), ledger.progress(id)) == ("scheduled", Progress(waiting=1_203))

    @pytest.mark.parametrize("most", [1, 7, 19, 20, 21])
    def test_however_many_at_a_time(self, ledger: Ledger, database: Database, most: int) -> None:
        admit(database, *names(50))
        id = ledger.confirmed()
        ledger.prepare(id, most=most)
        assert [row.size for row in ledger.batches()] == [20, 30]
        assert set(ledger.entered(id)) == set(names(50))

    def test_those_who_are_left_out_stand_in_the_ledger_and_in_no_batch(
        self, ledger: Ledger, database: Database
    ) -> None:
        admit(database, "U1", "U2")
        admit(database, "B1", "B2", blocked_at=NOW)
        admit(database, "N1", news_at=None)
        id = ledger.prepared()
        assert recipients(*ledger.lease()) == ["U1", "U2"]
        assert ledger.left_out(id) == {LeftOut.BLOCKED: 2, LeftOut.NO_CONSENT: 1}
        assert {user for user, batch in ledger.entered(id).items() if batch is None} == {"B1", "B2", "N1"}

    def test_nobody_to_reach_is_done_at_once(self, ledger: Ledger, database: Database) -> None:
        admit(database, "B1", blocked_at=NOW)
        id = ledger.prepared()
        campaign = ledger.find(id)
        assert (campaign.state, campaign.finished_at, ledger.progress(id).total) == ("done", NOW, 0)

    def test_a_pause_stops_it_and_it_goes_on_where_it_stopped(self, ledger: Ledger, database: Database) -> None:
        admit(database, *names(60))
        id = ledger.confirmed()
        ledger.prepare(id, most=25, steps=1)
        assert ledger.run(campaigns.pause, id, 2, "by hand")
        ledger.prepare(id, most=25)
        assert ledger.progress(id).waiting == 25
        assert ledger.run(campaigns.resume, id, 3)
        ledger.prepare(id, most=25)
        assert [row.size for row in ledger.batches()] == [20, 40]
        assert set(ledger.entered(id)) == set(names(60))

    def test_who_comes_in_after_a_pause_joins_no_batch_that_was_tried(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1", "U2")
        id = ledger.prepared()
        (tried,) = ledger.lease()
        ledger.run(campaigns.pause, id, None, "by hand")
        admit(database, "U3")
        ledger.run(campaigns.resume, id, ledger.find(id).version)
        ledger.prepare(id)
        ledger.settle(tried)
        (new,) = ledger.lease(LATER)
        assert (tried.user_ids, new.user_ids) == (("U1", "U2"), ("U3",))
        assert ledger.progress(id) == Progress(waiting=1, sent=2)

    def test_who_comes_in_later_is_not_taken_for_reached(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1")
        admit(database, "U2", news_at=None)
        id = ledger.prepared()
        ledger.run(batches.settle, ledger.lease()[0], REFUSED, NOW)
        ledger.run(campaigns.move, id, None, ("done",), "preparing")
        admit(database, "U3")
        ledger.prepare(id)
        assert ledger.progress(id) == Progress(waiting=1, refused=1)

    def test_another_campaign_does_not_change_what_is_prepared(self, ledger: Ledger, database: Database) -> None:
        admit(database, *names(30))
        first, second = ledger.confirmed(guidebook=None), ledger.confirmed(guidebook=None)
        for _ in range(10):
            ledger.prepare(first, most=7, steps=1)
            ledger.prepare(second, most=7, steps=1)
        assert ledger.progress(first) == ledger.progress(second) == Progress(waiting=30)
        assert [row.size for row in ledger.batches() if row.campaign_id == first] == [20, 10]


class TestFinishing:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, *names(30))

    def test_a_campaign_is_done_when_its_last_batch_is_settled(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        assert ledger.state(id) == "sending"
        ledger.settle(*ledger.lease(LATER))
        campaign = ledger.find(id)
        assert (campaign.state, campaign.finished_at) == ("done", NOW)

    @pytest.mark.parametrize("state", [REFUSED, UNCLEAR])
    def test_also_when_some_were_not_reached(self, ledger: Ledger, state: str) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        ledger.settle(*ledger.lease(LATER), state=state)
        assert (ledger.state(id), ledger.progress(id)) == ("done", Progress(**{"sent": 20, state: 10}))

    def test_also_when_it_went_on_before_the_last_answer_came(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        last = ledger.lease(LATER)
        ledger.run(campaigns.pause, id, None, "by hand")
        ledger.run(campaigns.resume, id, ledger.find(id).version)
        ledger.prepare(id)
        ledger.settle(*last)
        assert ledger.state(id) == "done"

    def test_a_paused_one_is_done_when_it_goes_on_and_nothing_is_left(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        last = ledger.lease(LATER)
        ledger.run(campaigns.pause, id, None, "by hand")
        ledger.settle(*last)
        assert ledger.state(id) == "paused"
        ledger.run(campaigns.resume, id, ledger.find(id).version)
        ledger.prepare(id)
        campaign = ledger.find(id)
        assert (campaign.state, campaign.finished_at) == ("done", NOW)

    def test_a_cancelled_one_stays_cancelled(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        leased = ledger.lease()
        ledger.run(campaigns.cancel, id, ledger.find(id).version, NOW)
        ledger.settle(*leased)
        assert (ledger.state(id), ledger.progress(id)) == ("cancelled", Progress(waiting=10, sent=20))


class TestSendingTheRestAgain:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, *names(30))

    def again(self, ledger: Ledger, id: int) -> bool:
        return bool(ledger.run(batches.send_rest_again, id, ledger.find(id).version, LATER))

    def test_exactly_those_who_were_refused(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        refused = ledger.lease(LATER)
        ledger.settle(*refused, state=REFUSED)
        assert self.again(ledger, id)
        (batch,) = ledger.lease(LATER)
        assert batch.user_ids == refused[0].user_ids
        assert batch.retry_key != refused[0].retry_key
        ledger.settle(batch)
        assert (ledger.state(id), ledger.progress(id)) == ("done", Progress(sent=30))

    def test_a_second_click_does_nothing(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease(), *ledger.lease(LATER), state=REFUSED)
        version = ledger.find(id).version
        assert ledger.run(batches.send_rest_again, id, version, LATER)
        assert not ledger.run(batches.send_rest_again, id, version, LATER)

    @pytest.mark.parametrize("state", [SENT, UNCLEAR])
    def test_when_nobody_was_refused_it_stays_done(self, ledger: Ledger, state: str) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease(), *ledger.lease(LATER), state=state)
        assert not self.again(ledger, id)
        assert (ledger.state(id), ledger.lease(LATER)) == ("done", [])

    def test_a_campaign_that_was_paused_while_it_was_prepared_is_prepared_to_its_end(
        self, ledger: Ledger, database: Database
    ) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease(), state=REFUSED)
        ledger.run(campaigns.pause, id, None, "by hand")
        ledger.run(campaigns.resume, id, ledger.find(id).version)
        admit(database, "V1")
        ledger.run(campaigns.pause, id, None, "by hand")
        assert self.again(ledger, id)
        ledger.prepare(id)
        assert "V1" in ledger.entered(id)

    @pytest.mark.parametrize("state", ["draft", "preparing", "scheduled", "sending", "cancelled"])
    def test_only_of_a_campaign_that_is_done_or_paused(self, ledger: Ledger, state: str) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease(), state=REFUSED)
        ledger.run(campaigns.move, id, None, ("sending",), state)
        assert not self.again(ledger, id)
        assert ledger.state(id) == state


class TestForgetting:
    def test_nobody_else_is_touched(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1", "U2")
        first, second = ledger.prepared(), ledger.prepared(guidebook=None)
        ledger.run(forget_patient, "U1")
        for id in (first, second):
            assert set(ledger.entered(id)) == {"U2"}
            assert ledger.progress(id) == Progress(waiting=1)

    def test_who_was_left_out_is_forgotten_too(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1", blocked_at=NOW)
        id = ledger.prepared()
        ledger.run(forget_patient, "U1")
        assert ledger.entered(id) == {}
