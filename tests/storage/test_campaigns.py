"""Campaigns, their batches, and the rate: everybody is entered once, and no batch can go out under two keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.storage import batches, campaigns, rates
from bot.storage.audience import Audience, HasTag, LeftOut
from bot.storage.batches import REFUSED, SENT, UNCLEAR, Batch, Due
from bot.storage.campaigns import Campaign, Progress
from bot.storage.console_tables import campaign_batches, campaign_recipients
from bot.storage.database import Database
from bot.storage.patients import forget_patient
from bot.storage.tables import patients
from tests.storage.crowd import EVERYBODY, NOW, admit, names

FIRST, PAUSE, LEASE = 20, 120_000, 30_000
TOLD = [{"type": "text", "text": "膝の体操"}]
ME, OTHER = "me", "another process"
LATER = NOW + PAUSE


class Ledger:
    """Campaigns of one database, each call in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self.database.transact(lambda connection: function(connection, *arguments, **named))

    def draft(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis") -> int:
        text = None if guidebook else "hello"
        return int(self.run(campaigns.add, guidebook, text, audience, False, None, NOW))

    def confirmed(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis") -> int:
        id = self.draft(audience, guidebook)
        assert self.run(campaigns.confirm, id, 1, TOLD, 0, NOW, None, NOW)
        return id

    def prepared(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis") -> int:
        id = self.confirmed(audience, guidebook)
        self.prepare(id)
        return id

    def prepare(self, id: int, most: int = 500, steps: int = 1_000) -> None:
        """Prepare to the end, or so many steps."""
        campaign = self.find(id)
        for _ in range(steps):
            if not self.run(batches.prepare, campaign, NOW, first=FIRST, first_pause=PAUSE, most=most):
                return

    def find(self, id: int) -> Campaign:
        found = self.run(campaigns.find, id)
        assert isinstance(found, Campaign)
        return found

    def state(self, id: int) -> str:
        return self.find(id).state

    def lease(self, now: int = NOW, owner: str = ME, most: int = 1_000) -> list[Batch]:
        """Look at what is due and take it."""
        due = self.due(now)
        leased: list[Batch] = self.run(batches.lease, due, owner, now + LEASE, now, most, PAUSE)
        return leased

    def due(self, now: int = NOW) -> Due:
        return self.database.read(lambda connection: batches.due(connection, now, 1_000))

    def settle(self, *leased: Batch, state: str = SENT) -> None:
        for batch in leased:
            self.run(batches.settle, batch, state, NOW)

    def progress(self, id: int) -> Progress:
        found = self.run(campaigns.progress, id)
        assert isinstance(found, Progress)
        return found

    def left_out(self, id: int) -> dict[LeftOut, int]:
        return dict(self.run(campaigns.left_out, id))

    def batches(self) -> list[Any]:
        statement = select(campaign_batches).order_by(campaign_batches.c.id)
        return list(self.database.read(lambda connection: connection.execute(statement).all()))

    def entered(self, id: int) -> dict[str, int | None]:
        """User to batch."""
        rows = select(campaign_recipients).where(campaign_recipients.c.campaign_id == id)
        found = self.database.read(lambda connection: connection.execute(rows).all())
        return {row.user_id: row.batch_id for row in found}

    def change(self, user: str, **columns: object) -> None:
        values = update(patients).where(patients.c.user_id == user).values(**columns)
        self.database.transact(lambda connection: connection.execute(values).rowcount)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def recipients(*leased: Batch) -> list[str]:
    """Everybody whom batches go to, as often as they get it."""
    return sorted(user for batch in leased for user in batch.user_ids)


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


MOVES = {
    "pause": {"preparing", "scheduled", "sending"},
    "resume": {"paused"},
    "cancel": {"draft", "preparing", "scheduled", "sending", "paused"},
}
STATES = ("draft", "preparing", "scheduled", "sending", "paused", "cancelled", "done")


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


class TestLeasing:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, *names(30))

    def test_nothing_goes_before_it_starts(self, ledger: Ledger) -> None:
        ledger.prepared()
        assert ledger.lease(NOW - 1) == []
        assert [len(batch.user_ids) for batch in ledger.lease(NOW)] == [20]

    def test_nothing_goes_before_everybody_is_entered(self, ledger: Ledger) -> None:
        id = ledger.confirmed()
        ledger.prepare(id, most=25, steps=1)
        assert ledger.lease() == []

    def test_the_rest_follows_after_the_pause(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        (first,) = ledger.lease()
        assert ledger.state(id) == "sending"
        ledger.settle(first)
        assert ledger.lease(LATER - 1) == []
        (rest,) = ledger.lease(LATER)
        assert recipients(first, rest) == sorted(names(30))

    def test_the_rest_keeps_its_distance_when_the_first_batch_goes_late(self, ledger: Ledger) -> None:
        # As when the server did not run at the hour for which the campaign was set.
        ledger.prepared()
        late = NOW + 10 * PAUSE
        (first,) = ledger.lease(late)
        assert len(first.user_ids) == 20
        ledger.settle(first)
        assert ledger.lease(late + PAUSE - 1) == []
        assert [len(batch.user_ids) for batch in ledger.lease(late + PAUSE)] == [10]

    def test_a_campaign_that_goes_on_waits_no_second_time(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        ledger.run(campaigns.pause, id, None, "by hand")
        ledger.run(campaigns.resume, id, ledger.find(id).version)
        ledger.prepare(id)
        assert [len(batch.user_ids) for batch in ledger.lease(LATER)] == [10]

    def test_a_batch_carries_what_was_confirmed(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        (batch,) = ledger.lease()
        (row, _) = ledger.batches()
        assert (batch.campaign_id, batch.messages, batch.retry_key) == (id, TOLD, row.retry_key)
        assert (batch.attempts, batch.first_tried_at, batch.was_tried) == (0, NOW, False)

    def test_what_somebody_holds_is_not_taken_before_the_lease_ends(self, ledger: Ledger) -> None:
        ledger.prepared()
        (mine,) = ledger.lease()
        assert ledger.lease(NOW + LEASE, owner=OTHER) == []
        (theirs,) = ledger.lease(NOW + LEASE + 1, owner=OTHER)
        assert (theirs.id, theirs.user_ids, theirs.retry_key) == (mine.id, mine.user_ids, mine.retry_key)
        assert (theirs.first_tried_at, theirs.was_tried) == (NOW, True)

    def test_after_a_start_on_the_same_machine_nobody_waits_for_a_lease(self, ledger: Ledger) -> None:
        ledger.prepared()
        (held,) = ledger.lease(owner="dead")
        ledger.run(batches.release_all)
        (again,) = ledger.lease()
        assert (again.retry_key, again.user_ids, again.was_tried) == (held.retry_key, held.user_ids, True)

    def test_no_more_than_asked_for(self, ledger: Ledger) -> None:
        ledger.prepared()
        ledger.prepared(guidebook=None)
        assert len(ledger.lease(most=1)) == 1
        assert len(ledger.lease(most=0)) == 0
        assert len(ledger.run(batches.due, NOW, 1).ids) == 1

    @pytest.mark.parametrize("stop", [campaigns.pause, campaigns.cancel])
    def test_nothing_goes_out_of_a_campaign_that_was_stopped(self, ledger: Ledger, stop: Callable[..., bool]) -> None:
        id = ledger.prepared()
        assert ledger.run(stop, id, 3, "by hand" if stop is campaigns.pause else NOW)
        assert ledger.due(LATER).ids == ()
        assert ledger.lease(LATER) == []

    @pytest.mark.parametrize("stop", [campaigns.pause, campaigns.cancel])
    def test_what_was_stopped_after_the_look_is_not_taken(self, ledger: Ledger, stop: Callable[..., bool]) -> None:
        id = ledger.prepared()
        due = ledger.due()
        assert due.ids
        assert ledger.run(stop, id, 3, "by hand" if stop is campaigns.pause else NOW)
        assert ledger.run(batches.lease, due, ME, NOW + LEASE, NOW, 9, PAUSE) == []

    def test_what_another_one_took_after_the_look_is_not_taken(self, ledger: Ledger) -> None:
        ledger.prepared()
        due = ledger.due()
        (theirs,) = ledger.lease(owner=OTHER)
        assert ledger.run(batches.lease, due, ME, NOW + LEASE, NOW, 9, PAUSE) == []
        ledger.run(batches.postpone, theirs, NOW, was_refused=False)
        ledger.change(theirs.user_ids[0], blocked_at=NOW)
        (mine,) = ledger.run(batches.lease, ledger.due(), ME, NOW + LEASE, NOW, 9, PAUSE)
        assert mine.user_ids == theirs.user_ids


CHANGES: dict[LeftOut, dict[str, Any]] = {
    LeftOut.BLOCKED: {"blocked_at": NOW},
    LeftOut.OPTED_OUT: {"news_off_at": NOW, "news_at": None},
    LeftOut.WITH_STAFF: {"asked_for_staff_at": NOW},
    LeftOut.URGENT: {"urgency": "emergency_now", "urgency_at": NOW},
}


class TestTakingOut:
    """Whoever may no longer get it between the preparation and the first attempt."""

    @pytest.fixture(autouse=True)
    def three_patients(self, database: Database) -> None:
        admit(database, "U1", "U2", "U3")

    @pytest.mark.parametrize("reason", CHANGES)
    def test_is_left_out_and_counted(self, ledger: Ledger, reason: LeftOut) -> None:
        id = ledger.prepared()
        ledger.change("U2", **CHANGES[reason])
        (batch,) = ledger.lease()
        assert batch.user_ids == ("U1", "U3")
        assert ledger.left_out(id) == {reason: 1}
        assert ledger.progress(id) == Progress(waiting=2)

    def test_who_deletes_the_data_is_left_out_and_nowhere(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.run(forget_patient, "U2")
        (batch,) = ledger.lease()
        assert batch.user_ids == ("U1", "U3")
        assert (ledger.left_out(id), ledger.progress(id)) == ({}, Progress(waiting=2))
        assert set(ledger.entered(id)) == {"U1", "U3"}

    def test_who_got_the_guidebook_with_another_campaign_is_left_out(self, ledger: Ledger) -> None:
        refused = ledger.prepared()
        ledger.settle(*ledger.lease(), state=REFUSED)
        ledger.prepared()
        ledger.settle(*ledger.lease())
        assert ledger.run(batches.send_rest_again, refused, ledger.find(refused).version, NOW)
        (batch,) = ledger.lease()
        assert (batch.user_ids, ledger.left_out(refused)) == ((), {LeftOut.ALREADY: 3})

    def test_when_nobody_is_left_the_batch_is_empty_and_the_campaign_can_end(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        for user in ("U1", "U2", "U3"):
            ledger.change(user, blocked_at=NOW)
        (batch,) = ledger.lease()
        assert batch.user_ids == ()
        ledger.settle(batch)
        assert (ledger.state(id), ledger.progress(id).total) == ("done", 0)

    @pytest.mark.parametrize("reason", CHANGES)
    def test_after_the_first_attempt_recipients_and_key_stay(self, ledger: Ledger, reason: LeftOut) -> None:
        id = ledger.prepared()
        (first,) = ledger.lease()
        ledger.run(batches.postpone, first, NOW + 1, was_refused=False)
        ledger.change("U2", **CHANGES[reason])
        (second,) = ledger.lease(NOW + 1)
        assert (second.user_ids, second.retry_key) == (first.user_ids, first.retry_key)
        assert (ledger.left_out(id), ledger.progress(id)) == ({}, Progress(waiting=3))

    def test_who_deletes_the_data_while_it_is_on_its_way_leaves_when_it_is_settled(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        (first,) = ledger.lease()
        ledger.run(batches.postpone, first, NOW + 1, was_refused=False)
        ledger.run(forget_patient, "U2")
        (second,) = ledger.lease(NOW + 1)
        assert second.user_ids == first.user_ids
        assert ledger.left_out(id) == {}
        ledger.settle(second)
        assert set(ledger.entered(id)) == {"U1", "U3"}
        assert (ledger.state(id), ledger.progress(id)) == ("done", Progress(sent=3))

    def test_who_deletes_the_data_afterwards_is_forgotten_and_stays_counted(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        ledger.settle(*ledger.lease())
        ledger.run(forget_patient, "U2")
        assert set(ledger.entered(id)) == {"U1", "U3"}
        assert ledger.progress(id) == Progress(sent=3)


class TestNoClearAnswer:
    @pytest.fixture(autouse=True)
    def two_patients(self, database: Database) -> None:
        admit(database, "U1", "U2")

    def test_the_same_again_when_it_is_due(self, ledger: Ledger) -> None:
        ledger.prepared()
        (first,) = ledger.lease()
        ledger.run(batches.postpone, first, NOW + 500, was_refused=False)
        assert ledger.lease(NOW + 499) == []
        (second,) = ledger.lease(NOW + 500)
        assert (second.retry_key, second.user_ids, second.first_tried_at) == (first.retry_key, first.user_ids, NOW)
        assert (second.attempts, second.was_tried) == (1, True)

    def test_what_was_clearly_not_accepted_is_tried_as_if_for_the_first_time(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        (first,) = ledger.lease()
        ledger.run(batches.postpone, first, NOW + 500, was_refused=True)
        ledger.change("U2", blocked_at=NOW)
        (second,) = ledger.lease(NOW + 500)
        assert (second.user_ids, ledger.left_out(id)) == (("U1",), {LeftOut.BLOCKED: 1})
        assert second.retry_key != first.retry_key
        assert (second.attempts, second.first_tried_at, second.was_tried) == (1, NOW + 500, False)

    def test_a_refusal_says_nothing_about_an_earlier_attempt(self, ledger: Ledger) -> None:
        ledger.prepared()
        (first,) = ledger.lease()
        ledger.run(batches.postpone, first, NOW + 500, was_refused=False)
        (second,) = ledger.lease(NOW + 500)
        ledger.run(batches.postpone, second, NOW + 900, was_refused=True)
        (third,) = ledger.lease(NOW + 900)
        assert (third.retry_key, third.user_ids, third.was_tried) == (first.retry_key, first.user_ids, True)


class TestSplitting:
    def test_two_halves_under_new_keys(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1", "U2", "U3", "U4", "U5")
        id = ledger.prepared()
        (whole,) = ledger.lease()
        ledger.run(batches.split, whole, NOW)
        halves = ledger.lease()
        assert [half.user_ids for half in halves] == [("U1", "U2"), ("U3", "U4", "U5")]
        assert len({whole.retry_key, *(half.retry_key for half in halves)}) == 3
        assert (ledger.progress(id), ledger.state(id)) == (Progress(waiting=5), "sending")

    def test_the_same_refusal_told_twice_splits_once(self, ledger: Ledger, database: Database) -> None:
        admit(database, "U1", "U2", "U3", "U4")
        ledger.prepared()
        (whole,) = ledger.lease()
        ledger.run(batches.split, whole, NOW)
        ledger.run(batches.split, whole, NOW)
        assert recipients(*ledger.lease()) == ["U1", "U2", "U3", "U4"]


class TestLosingTheLease:
    """A process sleeps longer than its lease; another one has taken over and sends under the same key."""

    @pytest.fixture(autouse=True)
    def two_patients(self, database: Database) -> None:
        admit(database, "U1", "U2")

    @pytest.fixture
    def id(self, ledger: Ledger) -> int:
        return ledger.prepared()

    @pytest.fixture
    def slept(self, ledger: Ledger, id: int) -> Batch:
        (batch,) = ledger.lease()
        assert batch.campaign_id == id
        return batch

    @pytest.fixture
    def taken(self, ledger: Ledger, slept: Batch) -> Batch:
        (batch,) = ledger.lease(slept.lease_until + 1, owner=OTHER)
        return batch

    def test_what_it_wants_to_try_anew_stays_under_its_key(self, ledger: Ledger, slept: Batch, taken: Batch) -> None:
        before = ledger.batches()
        ledger.run(batches.postpone, slept, NOW, was_refused=True)
        ledger.run(batches.split, slept, NOW)
        ledger.settle(slept, state=REFUSED)
        ledger.settle(slept, state=UNCLEAR)
        assert ledger.batches() == before
        assert taken.retry_key == slept.retry_key

    def test_what_line_has_taken_from_it_is_sent(self, ledger: Ledger, id: int, slept: Batch, taken: Batch) -> None:
        ledger.settle(slept)
        ledger.run(batches.postpone, taken, NOW, was_refused=False)
        assert (ledger.progress(id), ledger.state(id)) == (Progress(sent=2), "done")

    def test_what_the_other_has_split_is_split(self, ledger: Ledger, id: int, slept: Batch, taken: Batch) -> None:
        ledger.run(batches.split, taken, NOW)
        ledger.settle(slept)
        assert ledger.progress(id) == Progress(waiting=2)
        assert recipients(*ledger.lease()) == ["U1", "U2"]

    def test_what_the_other_has_sent_is_sent(self, ledger: Ledger, id: int, slept: Batch, taken: Batch) -> None:
        ledger.settle(taken)
        for was_refused in (True, False):
            ledger.run(batches.postpone, slept, NOW, was_refused=was_refused)
        ledger.run(batches.split, slept, NOW)
        ledger.settle(slept, state=REFUSED)
        assert (ledger.progress(id), ledger.lease(LATER)) == (Progress(sent=2), [])


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


# -- the rate ----------------------------------------------------------------------------------------------------------


class TestRates:
    def take(self, ledger: Ledger, wanted: int, now: int = NOW) -> int:
        return int(ledger.run(rates.take, "multicast", now, wanted, 190))

    def test_a_second_gives_no_more_than_it_has(self, ledger: Ledger) -> None:
        assert [self.take(ledger, 100, NOW + i) for i in range(3)] == [100, 90, 0]

    def test_the_next_second_begins_anew(self, ledger: Ledger) -> None:
        assert [self.take(ledger, 190, NOW + 999), self.take(ledger, 1, NOW + 999)] == [190, 0]
        assert self.take(ledger, 190, NOW + 1_000) == 190

    def test_a_clock_that_is_behind_does_not_begin_the_second_anew(self, ledger: Ledger) -> None:
        ahead, behind = NOW + 1_000, NOW + 999
        taken = [self.take(ledger, 100, now) for now in (ahead, behind, ahead, behind, ahead)]
        assert sum(taken) == 190

    def test_a_clock_that_is_far_ahead_stops_nobody_for_long(self, ledger: Ledger) -> None:
        self.take(ledger, 190, NOW + 3_600_000)
        assert self.take(ledger, 190) == 190

    def test_kinds_of_calls_do_not_share(self, ledger: Ledger) -> None:
        assert ledger.run(rates.take, "push", NOW, 190, 190) == 190
        assert self.take(ledger, 190) == 190

    @pytest.fixture
    def processes(self, database: Database) -> Iterator[list[Database]]:
        """Several processes on one database, each with a writer of its own."""
        opened = [Database(database.url.render_as_string()) for _ in range(4)]
        yield opened
        for each in opened:
            each.close()

    def test_processes_share_a_second(self, processes: list[Database]) -> None:
        together = threading.Barrier(len(processes))

        def hurry(process: Database) -> int:
            def work(connection: Connection) -> int:
                return rates.take(connection, "multicast", NOW, 7, 190)

            together.wait()
            return sum(process.transact(work) for _ in range(20))

        with ThreadPoolExecutor(len(processes)) as pool:
            assert sum(pool.map(hurry, processes)) == 190

    def test_processes_share_the_batches(self, processes: list[Database], ledger: Ledger, database: Database) -> None:
        admit(database, *names(2_520))
        ledger.prepared()
        ledger.settle(*ledger.lease())
        together = threading.Barrier(len(processes))

        def hurry(process: Database) -> list[Batch]:
            together.wait()
            leased: list[Batch] = []
            for _ in range(5):
                leased += Ledger(process).lease(LATER, owner=str(id(process)), most=1)
            return leased

        with ThreadPoolExecutor(len(processes)) as pool:
            leased = [batch for taken in pool.map(hurry, processes) for batch in taken]
        assert len(recipients(*leased)) == len(set(recipients(*leased))) == 2_500


def test_a_lease_is_told_from_the_next_one(ledger: Ledger, database: Database) -> None:
    admit(database, "U1")
    ledger.prepared()
    (first,) = ledger.lease()
    (second,) = ledger.lease(NOW + LEASE + 1)
    assert replace(second, was_tried=False, lease_until=first.lease_until) == first
    assert second.lease_until > first.lease_until
