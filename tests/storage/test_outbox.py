"""The outbox: rows are leased to one process, go out in order per user, and outlive that process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.storage import outbox
from bot.storage.database import Database
from bot.storage.outbox import PARKED, OutboxRow, Via
from bot.storage.patients import forget_patient
from bot.storage.tables import outbox as table
from tests.delivery.doubles import wait_until
from tests.support.postgres import Postgres

ME, OTHER = "me", "other"
NOW = 1_000
LEASE_ENDS = NOW + 15_000
MESSAGES = '[{"type":"text","text":"膝の裏🍎"}]'


class Box:
    """The functions of the outbox, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, user: str = "U1", owner: str | None = ME, now: int = NOW, token: str | None = "token"
    ) -> OutboxRow | None:
        return self._database.transact(
            lambda connection: outbox.add(
                connection,
                user,
                MESSAGES,
                reply_token=token,
                reply_until=NOW + 50_000,
                retry_key="K",
                retry_until=NOW + 80_000_000,
                owner=owner,
                lease_until=LEASE_ENDS if owner else None,
                now=now,
            )
        )

    def leased(self, user: str = "U1", owner: str = ME) -> OutboxRow:
        row = self.add(user, owner)
        assert row is not None
        return row

    def postpone(self, row: OutboxRow, due_at: int, uncertain: bool = False, owner: str = ME) -> frozenset[int] | None:
        return self._database.transact(
            lambda connection: outbox.postpone(connection, row, owner, due_at, uncertain=uncertain)
        )

    def take_over(self, now: int, owner: str = ME, most: int = 100, via: Via | None = None) -> list[OutboxRow]:
        return self._database.transact(
            lambda connection: outbox.take_over(connection, owner, now + 15_000, now, most, via)
        )

    def park(self, row: OutboxRow, due_at: int = NOW) -> None:
        self._database.transact(
            lambda connection: outbox.park(connection, row, ME, due_at, uncertain=False, is_attempt=True)
        )

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        return self._database.transact(lambda connection: function(connection, *arguments))

    def rows(self) -> list[Any]:
        return list(
            self._database.read(lambda connection: connection.execute(select(table).order_by(table.c.id)).all())
        )

    def owners(self) -> list[str | None]:
        return [row.lease_owner for row in self.rows()]


@pytest.fixture
def box(database: Database) -> Box:
    return Box(database)


class TestAdding:
    def test_a_row_is_leased_to_the_process_that_adds_it(self, box: Box) -> None:
        row = box.leased()
        assert row == OutboxRow(row.id, "U1", MESSAGES, "token", NOW + 50_000, "K", NOW + 80_000_000, 0, False)
        (stored,) = box.rows()
        assert (stored.lease_owner, stored.lease_until, stored.due_at, stored.dead_reason) == (
            ME,
            LEASE_ENDS,
            NOW,
            None,
        )

    def test_later_rows_are_leased_too_while_the_earlier_ones_are_mine(self, box: Box) -> None:
        first, second = box.leased(), box.leased()
        assert first.id < second.id
        assert box.owners() == [ME, ME]

    def test_a_row_waits_behind_one_of_another_process(self, box: Box) -> None:
        box.leased(owner=OTHER)
        assert box.add() is None
        assert box.owners() == [OTHER, None]

    def test_a_row_waits_behind_one_that_nobody_holds(self, box: Box) -> None:
        first = box.leased()
        box.postpone(first, NOW + 1)
        assert box.add() is None

    def test_a_row_waits_when_any_of_the_earlier_ones_waits(self, box: Box) -> None:
        first, second = box.leased(), box.leased()
        box.postpone(second, NOW + 1)
        assert box.add() is None
        assert box.owners() == [ME, None, None]
        assert first.id < second.id

    def test_other_users_do_not_wait(self, box: Box) -> None:
        box.leased("U1", OTHER)
        assert box.add("U2") is not None

    def test_dead_rows_do_not_block(self, box: Box) -> None:
        dead = box.leased(owner=OTHER)
        box.run(outbox.give_up, dead.id, "status 400")
        assert box.add() is not None

    def test_without_room_a_row_is_left_for_the_next_sweep(self, box: Box) -> None:
        assert box.add(owner=None) is None
        assert box.owners() == [None]
        assert [row.uncertain for row in box.take_over(NOW)] == [False]

    def test_later_rows_wait_behind_one_for_which_there_was_no_room(self, box: Box) -> None:
        box.add(owner=None)
        assert box.add() is None

    def test_the_id_of_a_deleted_row_is_not_used_again(self, box: Box, database: Database) -> None:
        # A sender may still hold the deleted row, and settles or postpones by its id.
        deleted = box.leased()
        database.transact(lambda connection: forget_patient(connection, "U1"))
        assert box.leased().id != deleted.id


class TestSettling:
    def test_a_settled_row_is_gone(self, box: Box) -> None:
        first, second = box.leased(), box.leased()
        box.run(outbox.settle, first.id)
        assert [row.id for row in box.rows()] == [second.id]

    def test_a_postponed_row_is_free_and_due_later(self, box: Box) -> None:
        row = box.leased()
        box.postpone(row, NOW + 500)
        (stored,) = box.rows()
        assert (stored.due_at, stored.attempts, stored.lease_owner, stored.lease_until) == (NOW + 500, 1, None, None)

    def test_a_row_may_lose_a_reply_token_that_is_of_no_use(self, box: Box) -> None:
        box.postpone(replace(box.leased(), reply_token=None), NOW)
        assert [row.reply_token for row in box.take_over(NOW)] == [None]

    def test_the_users_later_rows_wait_behind_it(self, box: Box) -> None:
        first, second, _ = box.leased(), box.leased(), box.leased("U2")
        assert box.postpone(first, NOW + 500) == frozenset({second.id})
        assert [(row.user_id, row.lease_owner, row.attempts) for row in box.rows()] == [
            ("U1", None, 1),
            ("U1", None, 0),
            ("U2", ME, 0),
        ]

    def test_the_users_earlier_rows_keep_their_lease(self, box: Box) -> None:
        _, second = box.leased(), box.leased()
        box.postpone(second, NOW + 500)
        assert box.owners() == [ME, None]

    def test_a_row_that_another_process_took_over_is_left_to_it(self, box: Box) -> None:
        slept = box.leased(owner=OTHER)
        box.take_over(LEASE_ENDS + 1)
        before = box.rows()
        box.postpone(slept, NOW + 500, owner=OTHER)
        assert box.rows() == before

    def test_a_dead_row_stays_for_staff_to_see(self, box: Box) -> None:
        row = box.leased()
        box.run(outbox.give_up, row.id, "status 400 R1")
        (stored,) = box.rows()
        assert (stored.dead_reason, stored.lease_owner) == ("status 400 R1", None)
        assert box.run(outbox.waiting) == 0


class TestTakingOver:
    def test_rows_that_somebody_holds_are_left_alone(self, box: Box) -> None:
        box.leased(owner=OTHER)
        assert box.take_over(LEASE_ENDS) == []

    def test_rows_whose_holder_is_dead_are_taken(self, box: Box) -> None:
        row = box.leased(owner=OTHER)
        (taken,) = box.take_over(LEASE_ENDS + 1)
        assert (taken.id, taken.messages, taken.reply_token, taken.retry_key) == (row.id, MESSAGES, "token", "K")
        (stored,) = box.rows()
        assert (stored.lease_owner, stored.lease_until) == (ME, LEASE_ENDS + 1 + 15_000)

    def test_nobody_knows_whether_a_dead_holder_has_sent_its_row(self, box: Box) -> None:
        box.leased(owner=OTHER)
        assert [row.uncertain for row in box.take_over(LEASE_ENDS + 1)] == [True]

    def test_a_row_that_waited_behind_another_one_was_sent_by_nobody(self, box: Box) -> None:
        first = box.leased(owner=OTHER)
        box.add()
        box.run(outbox.settle, first.id)
        assert [row.uncertain for row in box.take_over(NOW)] == [False]

    @pytest.mark.parametrize("uncertain", [False, True])
    def test_what_is_known_of_an_earlier_attempt_is_kept(self, box: Box, uncertain: bool) -> None:
        box.postpone(box.leased(), NOW, uncertain)
        assert [(row.attempts, row.uncertain) for row in box.take_over(NOW)] == [(1, uncertain)]

    def test_what_is_taken_is_not_taken_again(self, box: Box) -> None:
        box.leased(owner=OTHER)
        assert len(box.take_over(LEASE_ENDS + 1)) == 1
        assert box.take_over(LEASE_ENDS + 2, owner="third") == []

    def test_only_the_oldest_of_each_user_is_taken(self, box: Box) -> None:
        rows = [box.leased(user, OTHER) for user in ("U1", "U1", "U2", "U1", "U2")]
        assert [row.id for row in box.take_over(LEASE_ENDS + 1)] == [rows[0].id, rows[2].id]
        box.run(outbox.settle, rows[0].id)
        assert [row.id for row in box.take_over(LEASE_ENDS + 1)] == [rows[1].id]

    def test_a_row_that_is_not_due_holds_up_the_later_ones(self, box: Box) -> None:
        first, _ = box.leased(), box.leased()
        box.postpone(first, NOW + 500)
        assert box.take_over(NOW + 499) == []
        assert [row.id for row in box.take_over(NOW + 500)] == [first.id]

    def test_dead_rows_are_not_taken_and_do_not_hold_up(self, box: Box) -> None:
        dead, later = box.leased(owner=OTHER), box.leased(owner=OTHER)
        box.run(outbox.give_up, dead.id, "status 400")
        assert [row.id for row in box.take_over(LEASE_ENDS + 1)] == [later.id]

    def test_no_more_than_asked_for_are_taken_oldest_first(self, box: Box) -> None:
        rows = [box.leased(f"U{i}", OTHER) for i in range(5)]
        assert [row.id for row in box.take_over(LEASE_ENDS + 1, most=2)] == [row.id for row in rows[:2]]
        assert box.owners().count(ME) == 2

    def test_what_a_dead_holder_may_have_done_is_not_forgotten_when_it_is_given_back(self, box: Box) -> None:
        box.leased(owner=OTHER)
        box.take_over(LEASE_ENDS + 1)
        assert box.run(outbox.give_back, ME, ["U1"])
        assert [row.uncertain for row in box.take_over(LEASE_ENDS + 1)] == [True]

    def test_only_rows_that_go_out_by_one_endpoint(self, box: Box) -> None:
        box.add("U1", None)
        box.add("U2", None, token=None)
        assert [row.user_id for row in box.take_over(NOW, via=Via.PUSH)] == ["U2"]
        assert [row.user_id for row in box.take_over(NOW, via=Via.REPLY)] == ["U1"]

    def test_a_reply_becomes_a_push_when_its_token_is_old(self, box: Box) -> None:
        box.add(owner=None)
        assert box.take_over(NOW + 50_000, via=Via.REPLY) == []
        (row,) = box.take_over(NOW + 50_000, via=Via.PUSH)
        assert (row.via(NOW + 49_999), row.via(NOW + 50_000)) == (Via.REPLY, Via.PUSH)


class TestGivingBack:
    def test_all_rows_of_these_users_that_are_mine_are_free(self, box: Box) -> None:
        mine = [box.leased("U1"), box.leased("U1"), box.leased("U2")]
        box.leased("U3"), box.leased("U4", OTHER)
        assert box.run(outbox.give_back, ME, ["U1", "U2", "U4"]) == frozenset(row.id for row in mine)
        assert box.owners() == [None, None, None, ME, OTHER]
        assert {row.attempts for row in box.rows()} == {0}


class TestParking:
    def test_a_parked_row_holds_up_nobody(self, box: Box) -> None:
        box.park(box.leased(), NOW + 500)
        later = box.add()
        assert later is not None
        box.postpone(later, NOW)
        assert [row.id for row in box.take_over(NOW)] == [later.id]

    def test_it_is_taken_when_it_is_due_and_nobody_has_sent_it(self, box: Box) -> None:
        row = box.leased()
        box.park(row, NOW + 500)
        assert box.take_over(NOW + 499) == []
        assert [(taken.id, taken.uncertain, taken.attempts) for taken in box.take_over(NOW + 500)] == [
            (row.id, False, 1)
        ]

    def test_one_users_parked_rows_keep_their_order(self, box: Box) -> None:
        rows = [box.leased(), box.leased()]
        for row in rows:
            box.park(row)
        assert [row.id for row in box.take_over(NOW)] == [rows[0].id]

    def test_only_pushes_that_nobody_holds_are_parked(self, box: Box) -> None:
        box.add("reply", None)
        box.add("push", None, token=None)
        box.add("held", token=None)
        box.add("dead", OTHER, token=None)
        box.run(outbox.park_pushes, NOW)
        assert box.owners() == [None, PARKED, ME, OTHER]
        box.run(outbox.park_pushes, LEASE_ENDS + 1)
        assert [(row.user_id, row.uncertain) for row in box.rows() if row.lease_owner == PARKED] == [
            ("push", False),
            ("held", True),
            ("dead", True),
        ]

    def test_what_another_process_has_taken_over_is_left_to_it(self, box: Box) -> None:
        slept = box.leased()
        box.take_over(LEASE_ENDS + 1, OTHER)
        box.park(slept)
        assert box.owners() == [OTHER]

    def test_a_start_leaves_it_parked(self, box: Box) -> None:
        box.park(box.leased())
        box.run(outbox.release_all)
        assert [(row.lease_owner, row.uncertain) for row in box.rows()] == [(PARKED, False)]


class TestWaitingForTooLong:
    def test_what_is_older_than_its_retry_key_is_given_up(self, box: Box) -> None:
        box.add("reply", None)
        box.add("push", None, token=None)
        ended = NOW + 80_000_001
        assert box.run(outbox.give_up_old, None, ended - 1, "status 0") == 0
        assert box.run(outbox.give_up_old, Via.REPLY, ended, "status 0") == 0
        assert box.run(outbox.give_up_old, None, ended, "status 0") == 2
        assert {row.dead_reason for row in box.rows()} == {"status 0"}


class TestReleasing:
    def test_every_lease_ends_and_who_held_one_may_have_sent(self, box: Box) -> None:
        held, waiting = box.leased(owner=OTHER), box.add()
        assert waiting is None
        box.run(outbox.release_all)
        assert [(row.id == held.id, row.lease_owner, row.uncertain) for row in box.rows()] == [
            (True, None, True),
            (False, None, False),
        ]
        assert [row.id for row in box.take_over(NOW)] == [held.id]

    def test_waiting_counts_what_is_promised(self, box: Box) -> None:
        first, _, dead = box.leased(), box.leased(), box.leased("U2")
        box.run(outbox.give_up, dead.id, "status 400")
        assert box.run(outbox.waiting) == 2
        box.run(outbox.settle, first.id)
        assert box.run(outbox.waiting) == 1


def test_a_row_added_while_the_one_in_front_is_postponed_waits_behind_it(postgres: Postgres) -> None:
    # On SQLite nothing happens at the same time.
    with postgres.database() as url, closing(Database(url)) as database, ThreadPoolExecutor(1) as thread:
        box = Box(database)
        first, answer = box.leased(), {"reply_token": None, "reply_until": 0, "retry_key": "K", "retry_until": NOW}
        with database.engine.begin() as adding:
            second = outbox.add(adding, "U1", MESSAGES, owner=ME, lease_until=LEASE_ENDS, now=NOW, **answer)
            postponing = thread.submit(box.postpone, first, NOW + 500)
            wait_until(lambda: waits_for_a_lock(database))
        assert second is not None
        assert postponing.result() == frozenset({second.id})
        assert box.owners() == [None, None]


def waits_for_a_lock(database: Database) -> bool:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return bool(database.read(lambda connection: connection.execute(waiting).scalar_one()))
