"""What a dead process left is sent by another one, once; and a process does not send what it no longer holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from bot.delivery import policy
from bot.line.client import Sent
from bot.storage import outbox
from bot.storage.patients import remember_event
from bot.storage.tables import webhook_events
from tests.delivery.doubles import PATIENCE, Call, wait_until
from tests.delivery.office import Office

DEAD = "dead"


def test_the_lease_of_a_dead_process_is_waited_for(open_office: Office) -> None:
    open_office.promise("left", owner=DEAD)
    open_office.clock.advance(policy.LEASE)
    open_office.sweep()
    open_office.wait_until_idle()
    assert open_office.line.calls == []


def test_what_a_dead_process_left_is_sent_once(open_office: Office) -> None:
    for user in ("U1", "U2"):
        open_office.promise(f"left to {user}", user, owner=DEAD)
    open_office.clock.advance(policy.LEASE + 1)
    for _ in range(3):
        open_office.sweep()
    open_office.wait_until_empty()
    open_office.sweep()
    assert sorted(open_office.line.words) == ["left to U1", "left to U2"]


def test_it_had_been_sent_when_its_token_is_refused(open_office: Office) -> None:
    open_office.promise("left", owner=DEAD)
    open_office.line.replies.append(Sent.REFUSED)
    open_office.clock.advance(policy.LEASE + 1)
    open_office.sweep()
    open_office.wait_until_empty()
    assert open_office.line.methods == ["reply"]


def test_it_is_pushed_when_the_token_is_too_old(open_office: Office) -> None:
    open_office.promise("left", owner=DEAD)
    open_office.clock.advance(policy.REPLY_WINDOW)
    open_office.sweep()
    open_office.wait_until_empty()
    assert open_office.line.methods == ["push"]


def test_new_answers_wait_behind_what_was_left(open_office: Office) -> None:
    open_office.promise("left", owner=DEAD)
    assert open_office.answer("new") is None
    for _ in range(2):
        open_office.clock.advance(policy.LEASE + 1)
        open_office.sweep()
        open_office.wait_until_idle()
    open_office.wait_until_empty()
    assert open_office.line.words == ["left", "new"]


def test_two_processes_that_sweep_send_once(open_office: Office) -> None:
    other = Office(open_office.database, owner="other", beside=open_office)
    for i in range(20):
        open_office.promise(f"{i}", f"U{i}", owner=DEAD)
    open_office.clock.advance(policy.LEASE + 1)
    assert (open_office.sender.sweep_once(), other.sender.sweep_once()) == (20, 0)
    open_office.wait_until_empty()
    assert sorted(open_office.line.words) == sorted(f"{i}" for i in range(20))


def test_a_process_that_slept_leaves_its_row_to_the_new_holder(open_office: Office) -> None:
    # The new holder's call is on its way when the old one wakes up. A second answer would be a push:
    # the reply token is used, and nothing tells the next process that somebody was sending.
    sleeper = Office(open_office.database, owner="sleeper", beside=open_office)
    row = sleeper.promise("once", owner="sleeper")
    assert row is not None
    gate = open_office.line.hold("once")
    open_office.line.replies.extend([Sent.ACCEPTED, Sent.REFUSED])
    sleeper.sender.put([row], sleeper.clock() + policy.LEASE)
    sleeper.clock.advance(policy.LEASE + 1)
    open_office.sweep()
    wait_until(lambda: open_office.line.calls)
    sleeper.start()
    sleeper.wait_until_idle()
    sleeper.sweep()
    gate.set()
    open_office.wait_until_empty()
    sleeper.sender.stop(PATIENCE)
    assert open_office.line.methods == ["reply"]


def test_after_a_start_on_sqlite_nothing_is_waited_for(open_office: Office) -> None:
    open_office.promise("left", owner=DEAD)
    open_office.database.transact(outbox.release_all)
    open_office.sweep()
    open_office.wait_until_empty()
    assert open_office.line.words == ["left"]


class TestLapsedLeases:
    @pytest.mark.parametrize("left", [-1, 0, 1, 1_000])
    def test_a_row_whose_lease_ends_is_not_sent(self, open_office: Office, left: int) -> None:
        open_office.answer("late", lease_until=open_office.clock() + left)
        open_office.wait_until_idle()
        assert open_office.line.calls == []
        assert len(open_office.rows()) == 1

    def test_a_row_is_not_sent_when_a_call_may_outlast_its_lease(self, open_office: Office) -> None:
        open_office.answer("late", lease_until=open_office.clock() + policy.LEASE_MARGIN - 1)
        open_office.wait_until_idle()
        assert open_office.line.calls == []

    def test_it_is_sent_after_being_taken_over_again(self, open_office: Office) -> None:
        open_office.answer("late", lease_until=open_office.clock() + 1)
        open_office.wait_until_idle()
        assert open_office.line.calls == []
        open_office.clock.advance(2)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.words == ["late"]

    def test_it_holds_up_the_users_later_rows(self, open_office: Office) -> None:
        open_office.answer("late", lease_until=open_office.clock() + 1)
        open_office.wait_until_idle()
        open_office.answer("later")
        open_office.wait_until_idle()
        assert open_office.line.calls == []
        for _ in range(2):
            open_office.clock.advance(policy.LEASE + 1)
            open_office.sweep()
            open_office.wait_until_idle()
        open_office.wait_until_empty()
        assert open_office.line.words == ["late", "later"]


class TestFaults:
    def test_a_fault_while_sending_costs_no_other_row(self, open_office: Office) -> None:
        # No access token could be had, for example.
        open_office.line.replies.append(RuntimeError("no token"))
        open_office.answer("unlucky", "U1")
        open_office.wait_until_idle()
        open_office.answer("lucky", "U2")
        wait_until(lambda: "lucky" in open_office.line.words)
        assert [row.user_id for row in open_office.rows() if row.user_id == "U1"] == ["U1"]

    def test_the_row_is_tried_again_after_its_lease(self, open_office: Office) -> None:
        open_office.line.replies.append(RuntimeError("no token"))
        open_office.answer("unlucky")
        open_office.wait_until_idle()
        open_office.clock.advance(policy.LEASE + 1)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.words == ["unlucky", "unlucky"]

    def test_a_row_that_always_fails_is_given_up_in_the_end(self, open_office: Office) -> None:
        open_office.line.replies.append(RuntimeError("no token"))
        open_office.answer("unlucky", retry_until=open_office.clock() + 100)
        assert open_office.wait_until_dead()

    def test_what_could_not_be_noted_is_noted_later_and_not_sent_twice(self, open_office: Office) -> None:
        gate = open_office.line.hold("first")
        open_office.answer("first")
        open_office.answer("second")
        wait_until(lambda: open_office.line.calls)
        with without_outbox(open_office):
            gate.set()
            wait_until(lambda: open_office.sender._unwritten)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.calls == [
            Call("reply", "token-first", "first"),
            Call("reply", "token-second", "second"),
        ]

    def test_new_answers_do_not_overtake_what_could_not_be_noted(self, open_office: Office) -> None:
        gate = open_office.line.hold("first")
        open_office.line.replies.append(Sent.BUSY)
        open_office.answer("first")
        wait_until(lambda: open_office.line.calls)
        with without_outbox(open_office):
            gate.set()
            wait_until(lambda: open_office.sender._unwritten)
        open_office.answer("second")
        open_office.sweep()
        open_office.wait_until_idle()
        for _ in range(2):
            open_office.later(2_000)
        open_office.wait_until_empty()
        assert open_office.line.words == ["first", "first", "second"]


def test_a_lease_is_not_trusted_when_the_clock_went_back(open_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # Until a machine's clock was set back the lease had counted; nobody knows for how long another one waits.
    gate = open_office.line.hold("1")
    open_office.answer("1")
    open_office.answer("2")
    wait_until(lambda: open_office.line.calls)
    passed = time.monotonic() + policy.LEASE / 1000
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    open_office.clock.advance(-3_600_000)
    gate.set()
    wait_until(lambda: not open_office.sender.held)
    assert open_office.line.words == ["1"]


@contextmanager
def without_outbox(office: Office) -> Iterator[None]:
    """The database refuses everything that concerns the outbox."""
    office.database.transact(lambda c: c.exec_driver_sql("ALTER TABLE outbox RENAME TO gone").rowcount)
    yield
    office.database.transact(lambda c: c.exec_driver_sql("ALTER TABLE gone RENAME TO outbox").rowcount)


def test_old_event_ids_are_tidied_away(office: Office) -> None:
    def note(connection: Connection) -> None:
        remember_event(connection, "old", office.clock() - policy.EVENT_MEMORY - 1)
        remember_event(connection, "young", office.clock() - policy.EVENT_MEMORY + 1)

    office.database.transact(note)
    office.start()
    wait_until(lambda: ids(office) == ["young"])


def ids(office: Office) -> list[str]:
    return list(office.database.read(lambda connection: connection.execute(webhook_events.select()).scalars().all()))
