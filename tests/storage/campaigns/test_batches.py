"""Batches leased, taken out of, split, lost and told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.storage import batches, campaigns
from bot.storage.audience import LeftOut
from bot.storage.batches import REFUSED, UNCLEAR, Batch
from bot.storage.campaigns import Progress
from bot.storage.database import Database
from bot.storage.patients import forget_patient
from tests.storage.campaigns.ledger import LEASE, ME, OTHER, PAUSE, TOLD, Ledger, recipients
from tests.storage.crowd import NOW, admit, names

LATER = NOW + PAUSE


CHANGES: dict[LeftOut, dict[str, Any]] = {
    LeftOut.BLOCKED: {"blocked_at": NOW},
    LeftOut.OPTED_OUT: {"news_off_at": NOW, "news_at": None},
    LeftOut.WITH_STAFF: {"asked_for_staff_at": NOW},
    LeftOut.URGENT: {"urgency": "emergency_now", "urgency_at": NOW},
}


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


def test_a_lease_is_told_from_the_next_one(ledger: Ledger, database: Database) -> None:
    admit(database, "U1")
    ledger.prepared()
    (first,) = ledger.lease()
    (second,) = ledger.lease(NOW + LEASE + 1)
    assert replace(second, was_tried=False, lease_until=first.lease_until) == first
    assert second.lease_until > first.lease_until
