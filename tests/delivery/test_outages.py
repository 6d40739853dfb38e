"""LINE is down, refuses the access token, or has had too much: rows wait without cost, and go out once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from bot.delivery import policy
from bot.delivery.breaker import State
from bot.line.client import Receipt, Sent
from bot.storage.patients import set_blocked
from tests.delivery.doubles import OVER_QUOTA, OVER_RATE, TOO_MUCH, Call, wait_until
from tests.delivery.office import Office

USERS = [f"U{i:02}" for i in range(20)]


class TestLineIsDown:
    @pytest.fixture
    def cut_off(self, open_office: Office) -> Office:
        """An office that knows that LINE is down. The rows that found out wait to be tried again."""
        open_office.line.is_down = True
        for i in range(policy.FAILURES):
            open_office.answer(f"early {i}", f"E{i}")
            open_office.wait_until_idle()
        assert open_office.sender.line_state is State.OPEN
        return open_office

    def test_nothing_is_called_and_no_attempt_is_counted(self, cut_off: Office) -> None:
        calls = len(cut_off.line.calls)
        for user in USERS:
            cut_off.receive(f"to {user}", user)
        cut_off.sweep()
        assert len(cut_off.line.calls) == calls
        assert cut_off.sender.held == 0
        assert {(row.attempts, row.lease_owner) for row in cut_off.rows() if row.user_id in USERS} == {(0, None)}

    def test_waiting_costs_no_write(self, cut_off: Office) -> None:
        for user in USERS:
            cut_off.receive(f"to {user}", user)
        with counted_writes(cut_off) as writes:
            for _ in range(5):
                cut_off.sweep()
        assert writes() == 0

    def test_rows_in_memory_are_given_back_together(self, cut_off: Office) -> None:
        # They were committed with a lease before LINE was known to be down.
        rows = [cut_off.promise(f"to {user} {i}", user) for user in USERS for i in range(2)]
        cut_off.sender.put([row for row in rows if row], cut_off.clock() + policy.LEASE)
        with counted_writes(cut_off) as writes:
            cut_off.sweep()
        assert (cut_off.sender.held, writes()) == (0, 1)
        cut_off.line.is_down = False
        cut_off.later(policy.DOWN_PAUSE)
        wait_until(lambda: not [row for row in cut_off.rows() if row.user_id in USERS])
        for user in USERS:
            assert [words for words in cut_off.line.words if user in words] == [f"to {user} 0", f"to {user} 1"]

    def test_a_row_handed_over_after_that_keeps_its_turn(self, cut_off: Office) -> None:
        first, second = cut_off.promise("1", "U"), cut_off.promise("2", "U")
        assert first
        assert second
        cut_off.sender.put([first], cut_off.clock() + policy.LEASE)
        cut_off.sweep()
        cut_off.line.is_down = False
        cut_off.sender.put([second], cut_off.clock() + policy.LEASE)
        cut_off.later(policy.DOWN_PAUSE)
        wait_until(lambda: not [row for row in cut_off.rows() if row.user_id == "U"])
        assert [words for words in cut_off.line.words if words in "12"] == ["1", "2"]

    def test_one_probe_at_a_time(self, cut_off: Office) -> None:
        for user in USERS:
            cut_off.receive(f"to {user}", user)
        calls = len(cut_off.line.calls)
        cut_off.later(policy.DOWN_PAUSE)
        assert len(cut_off.line.calls) == calls + 1
        cut_off.sweep()
        cut_off.wait_until_idle()
        assert len(cut_off.line.calls) == calls + 1

    def test_after_twenty_seconds_everybody_gets_a_reply(self, cut_off: Office) -> None:
        for _ in range(20):
            cut_off.receive("held up", f"U{cut_off.clock()}")
            cut_off.later(1_000)
        cut_off.line.is_down = False
        before = len(cut_off.line.calls)
        for _ in range(policy.DOWN_LONGEST // 1_000 + 6):
            cut_off.later(1_000)
        cut_off.wait_until_empty()
        assert set(cut_off.line.methods) == {"reply"}
        assert len(cut_off.line.calls) - before == 20 + policy.FAILURES

    def test_the_first_answer_of_line_sets_all_free(self, cut_off: Office) -> None:
        for i in range(3):
            for user in USERS:
                cut_off.receive(f"to {user} {i}", user)
        cut_off.line.is_down = False
        cut_off.clock.advance(policy.DOWN_PAUSE)
        cut_off.sender.wake()
        # Without another look from outside, though the sweeper by itself would look in an hour.
        wait_until(lambda: not [row for row in cut_off.rows() if row.user_id in USERS])
        for user in USERS:
            assert [words for words in cut_off.line.words if user in words] == [f"to {user} {i}" for i in range(3)]

    def test_it_is_told_once(self, open_office: Office) -> None:
        open_office.line.is_down = True
        with capture_logs() as logs:
            for i in range(20):
                open_office.receive("held up", f"U{i}")
                open_office.wait_until_idle()
                open_office.later(1_000)
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["line_is_down"]

    def test_after_a_day_rows_are_given_up(self, cut_off: Office) -> None:
        cut_off.receive("too late", "U")
        cut_off.later(policy.RETRY_KEY_LIFE + 1)
        reasons = {row.dead_reason for row in cut_off.rows()}
        assert None not in reasons
        assert all(reason.startswith("status 0") for reason in reasons)


class TestAccess:
    @pytest.mark.parametrize("status", [401, 403])
    def test_rows_wait_until_the_token_works(self, open_office: Office, status: int) -> None:
        refused = Receipt(Sent.LOCKED_OUT, status, "R1")
        open_office.line.replies.extend([refused] * 1_000)
        open_office.line.pushes.extend([refused] * 1_000)
        for user in USERS:
            open_office.receive(f"to {user}", user)
            open_office.wait_until_idle()
        for _ in range(60):
            open_office.later(60_000)
        assert {row.dead_reason for row in open_office.rows()} == {None}
        open_office.line.replies.clear()
        open_office.line.pushes.clear()
        answered = len(open_office.line.calls)
        open_office.later(policy.LOCKED_OUT_LONGEST)
        # In small steps: no lease may run out while a row is on its way.
        open_office.sweep_until_empty(1_000)
        assert sorted(open_office.line.words[answered:]) == [f"to {user}" for user in USERS]

    def test_few_calls_find_out(self, open_office: Office) -> None:
        open_office.line.replies.extend([Sent.LOCKED_OUT] * 1_000)
        for user in USERS:
            open_office.receive(f"to {user}", user)
            open_office.wait_until_idle()
        assert len(open_office.line.calls) == 1

    def test_an_uncertain_reply_is_not_taken_for_accepted(self, open_office: Office) -> None:
        open_office.line.replies.extend([Sent.UNCERTAIN, Sent.LOCKED_OUT])
        open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.later(2_000)
        open_office.later(policy.LOCKED_OUT_PAUSE)
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply", "reply", "reply"]

    def test_it_is_told_once(self, open_office: Office) -> None:
        open_office.line.replies.extend([Sent.LOCKED_OUT] * 1_000)
        with capture_logs() as logs:
            for user in USERS:
                open_office.receive("hello", user)
                open_office.wait_until_idle()
                open_office.later(1_000)
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["line_refuses_access"]

    def test_who_blocks_meanwhile_gets_nothing(self, open_office: Office) -> None:
        open_office.line.replies.append(Sent.LOCKED_OUT)
        open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.database.transact(lambda connection: set_blocked(connection, "U1", open_office.clock()))
        open_office.later(policy.LOCKED_OUT_LONGEST)
        assert open_office.line.methods == ["reply"]

    def test_who_blocks_while_the_row_is_on_its_way_gets_it_no_second_time(self, open_office: Office) -> None:
        gate = open_office.line.hold("hello")
        open_office.line.replies.append(Sent.UNCERTAIN)
        open_office.answer("hello")
        wait_until(lambda: open_office.line.calls)
        open_office.database.transact(lambda connection: set_blocked(connection, "U1", open_office.clock()))
        gate.set()
        open_office.wait_until_idle()
        open_office.later(policy.LEASE + 1)
        assert (open_office.rows(), open_office.line.methods) == ([], ["reply"])


class TestTheRate:
    def test_replies_rest_and_pushes_go_on(self, open_office: Office) -> None:
        open_office.line.replies.append(OVER_RATE)
        open_office.answer("1", "U1")
        open_office.wait_until_postponed()
        open_office.answer("2", "U2")
        open_office.answer("3", "U3", token=None)
        wait_until(lambda: "3" in open_office.line.words)
        assert open_office.line.words == ["1", "3"]
        open_office.later(2_000)
        open_office.wait_until_empty()
        assert sorted(open_office.line.words) == ["1", "1", "2", "3"]

    def test_a_short_rest_is_waited_for_in_memory(self, open_office: Office) -> None:
        open_office.line.replies.append(OVER_RATE)
        open_office.answer("1", "U1")
        open_office.wait_until_postponed()
        open_office.answer("2", "U2")
        # The first look of all also gives up what is a day old.
        open_office.sweep()
        with counted_writes(open_office) as writes:
            open_office.sweep()
        assert (open_office.sender.held, writes()) == (1, 0)

    def test_a_long_rest_is_not(self, open_office: Office) -> None:
        open_office.line.replies.append(Receipt(Sent.BUSY, 429, "R1", OVER_RATE.limit, retry_after=60_000))
        open_office.answer("1", "U1")
        open_office.wait_until_postponed()
        open_office.answer("2", "U2")
        open_office.sweep()
        assert not open_office.sender.has_room()
        assert [(row.lease_owner, row.attempts) for row in open_office.rows()] == [(None, 1), (None, 0)]
        # By then the reply tokens are old.
        open_office.later(60_000)
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply", "push", "push"]


class TestTheQuota:
    @pytest.fixture
    def used_up(self, open_office: Office) -> Office:
        """An office whose first push has met the monthly limit."""
        open_office.line.pushes.append(OVER_QUOTA)
        open_office.answer("pushed", token=None)
        wait_until(lambda: [row.attempts for row in open_office.rows()] == [1])
        open_office.wait_until_idle()
        return open_office

    def test_the_same_users_replies_go_on(self, used_up: Office) -> None:
        for text in ("1", "2"):
            assert used_up.answer(text) is not None
        wait_until(lambda: used_up.line.words == ["pushed", "1", "2"])
        used_up.wait_until_idle()
        assert [row.attempts for row in used_up.rows()] == [1]

    def test_other_pushes_are_not_even_tried(self, used_up: Office) -> None:
        used_up.answer("by hand", "U2", token=None)
        used_up.promise("planned", "U3", owner=None, token=None)
        used_up.later(1_000)
        assert used_up.line.words == ["pushed"]
        assert [row.attempts for row in used_up.rows()] == [1, 0, 0]

    def test_a_push_that_nobody_has_tried_holds_up_no_reply_either(self, used_up: Office) -> None:
        used_up.promise("planned", "U3", owner=None, token=None)
        used_up.sweep()
        assert used_up.answer("reply", "U3") is not None
        wait_until(lambda: "reply" in used_up.line.words)

    def test_an_answer_whose_token_is_refused_waits(self, used_up: Office) -> None:
        used_up.line.replies.append(Sent.REFUSED)
        used_up.answer("late", "U2")
        used_up.wait_until_idle()
        assert used_up.line.methods == ["push", "reply"]
        assert [row.reply_token for row in used_up.rows()] == [None, None]

    def test_one_push_finds_out_whether_there_is_quota_again(self, used_up: Office) -> None:
        for user in USERS:
            used_up.promise(f"to {user}", user, owner=None, token=None)
        used_up.line.pushes.append(OVER_QUOTA)
        used_up.later(policy.QUOTA_PAUSE)
        assert len(used_up.line.calls) == 2
        used_up.later(policy.QUOTA_PAUSE)
        used_up.wait_until_empty()
        assert len(used_up.line.calls) == 2 + len(USERS) + 1

    def test_one_users_pushes_keep_their_order(self, used_up: Office) -> None:
        for i in range(5):
            used_up.promise(f"{i}", "U2", owner=None, token=None)
        used_up.sweep()
        for _ in range(4):
            used_up.later(policy.QUOTA_PAUSE)
        used_up.wait_until_empty()
        assert [words for words in used_up.line.words if words != "pushed"] == [f"{i}" for i in range(5)]

    def test_what_waits_for_too_long_is_given_up_and_says_why(self, used_up: Office) -> None:
        used_up.promise("planned", "U3", owner=None, token=None)
        used_up.later(policy.RETRY_KEY_LIFE + 1)
        for row in used_up.rows():
            assert row.dead_reason.startswith("status 429")
            assert "quota" in row.dead_reason


class TestOneUser:
    def test_only_that_users_rows_wait(self, open_office: Office) -> None:
        open_office.line.pushes.append(TOO_MUCH)
        open_office.answer("1", "U1", token=None)
        open_office.wait_until_postponed()
        open_office.answer("2", "U1", token=None)
        open_office.answer("other", "U2", token=None)
        wait_until(lambda: "other" in open_office.line.words)
        open_office.later(5_000)
        assert open_office.line.words == ["1", "other"]
        open_office.later(10_000)
        open_office.wait_until_empty()
        assert open_office.line.words == ["1", "other", "1", "2"]


class TestRoom:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(policy, "MOST_HELD", 8)
        monkeypatch.setattr(policy, "TAKEN_AT_ONCE", 4)

    def test_what_there_is_no_room_for_waits_in_the_outbox_and_goes_out_in_order(self, open_office: Office) -> None:
        gates = [open_office.line.hold(f"{user} 0") for user in USERS[:8]]
        for i in range(3):
            for user in USERS:
                open_office.receive(f"{user} {i}", user)
        assert open_office.sender.held == 8
        assert not open_office.sender.has_room()
        for gate in gates:
            gate.set()
        open_office.wait_until_empty()
        for user in USERS:
            assert [words for words in open_office.line.words if user in words] == [f"{user} {i}" for i in range(3)]

    def test_sweeps_take_no_more_than_there_is_room_for(self, office: Office) -> None:
        for user in USERS:
            office.promise(user, user, owner=None)
        assert [office.sender.sweep_once() for _ in range(3)] == [4, 4, 0]
        assert office.sender.held == 8

    def test_a_full_sweep_is_followed_by_the_next_at_once(self, open_office: Office) -> None:
        for user in USERS:
            open_office.promise(user, user, owner=None)
        open_office.sender.wake()
        open_office.wait_until_empty()
        assert sorted(open_office.line.words) == USERS


class TestWaking:
    def test_the_sweeper_looks_at_once(self, open_office: Office) -> None:
        open_office.promise("from elsewhere", owner=None)
        open_office.sender.wake("U1")
        open_office.wait_until_empty()

    def test_it_looks_again_when_the_users_earlier_rows_are_done(self, open_office: Office) -> None:
        # Another process added a row behind one that is on its way here.
        gate = open_office.line.hold("mine")
        open_office.answer("mine")
        wait_until(lambda: open_office.line.calls)
        assert open_office.promise("behind it", owner="other") is None
        open_office.sender.wake("U1")
        gate.set()
        open_office.wait_until_empty()
        assert open_office.line.words == ["mine", "behind it"]


def test_stopping_gives_back_what_cannot_be_sent(office: Office) -> None:
    office.start()
    office.line.replies.append(OVER_RATE)
    office.answer("1", "U1")
    office.wait_until_postponed()
    office.answer("2", "U2")
    office.sender.stop(timeout=5)
    assert [(row.lease_owner, row.uncertain) for row in office.rows()] == [(None, False), (None, False)]
    assert office.line.calls == [Call("reply", "token-1", "1")]


class counted_writes:
    """Counts the transactions on the database that changed something."""

    def __init__(self, office: Office) -> None:
        self._engine = office.database.engine
        self._lock = threading.Lock()
        self._written: set[int] = set()
        self._count = 0

    def __enter__(self) -> Callable[[], int]:
        event.listen(self._engine, "after_cursor_execute", self._after)
        event.listen(self._engine, "commit", self._committed)
        return lambda: self._count

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "after_cursor_execute", self._after)
        event.remove(self._engine, "commit", self._committed)

    def _after(self, connection: Any, _: object, statement: str, *__: object) -> None:
        if statement.lstrip().upper().startswith(("UPDATE", "INSERT", "DELETE")):
            with self._lock:
                self._written.add(id(connection))

    def _committed(self, connection: Any) -> None:
        with self._lock:
            self._count += id(connection) in self._written
            self._written.discard(id(connection))
