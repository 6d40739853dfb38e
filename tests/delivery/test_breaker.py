"""When calls may leave: what opens a breaker, how long it rests, and what closes it."""

from __future__ import annotations

import pytest

from bot.delivery import policy
from bot.delivery.breaker import Gates, State
from bot.line.client import Receipt, Sent
from bot.storage.outbox import Via
from tests.delivery.doubles import DOWN, OVER_QUOTA, OVER_RATE, TOO_MUCH, FakeClock

ACCEPTED = Receipt(Sent.ACCEPTED, 200, "R1")
REFUSED = Receipt(Sent.REFUSED, 400, "R1")
FAILED = Receipt(Sent.UNCERTAIN, 500, "R1")
REVOKED = Receipt(Sent.LOCKED_OUT, 401, "R1")
ALL_ROOM = 100


class Door:
    """The gates of one process, and its clock."""

    def __init__(self) -> None:
        self.gates = Gates()
        self.clock = FakeClock()

    def learn(self, receipt: Receipt, via: Via = Via.REPLY, times: int = 1) -> bool:
        return [self.gates.learn(via, receipt, self.clock()) for _ in range(times)][-1]

    def enters(self, via: Via = Via.REPLY) -> bool:
        return self.gates.enter(via, self.clock())

    @property
    def state(self) -> State:
        return self.gates.line.state


@pytest.fixture
def door() -> Door:
    return Door()


class TestLineIsDown:
    @pytest.mark.parametrize("failure", [DOWN, FAILED], ids=["no answer", "500"])
    def test_failures_in_a_row_open_it(self, door: Door, failure: Receipt) -> None:
        door.learn(failure, times=policy.FAILURES - 1)
        assert door.enters()
        door.learn(failure, Via.PUSH)
        assert door.state is State.OPEN
        assert not door.enters(Via.REPLY)
        assert not door.enters(Via.PUSH)

    @pytest.mark.parametrize("answer", [ACCEPTED, REFUSED, TOO_MUCH], ids=["200", "400", "429"])
    def test_any_clear_answer_in_between_keeps_it_closed(self, door: Door, answer: Receipt) -> None:
        for _ in range(2):
            door.learn(FAILED, times=policy.FAILURES - 1)
            door.learn(answer)
        assert door.state is State.CLOSED

    def test_after_the_pause_one_call_finds_out(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        door.clock.advance(policy.DOWN_PAUSE - 1)
        assert not door.enters()
        door.clock.advance(1)
        assert [door.enters(), door.enters(), door.enters(Via.PUSH)] == [True, False, False]
        assert door.state is State.HALF_OPEN

    def test_its_success_closes_it(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        door.clock.advance(policy.DOWN_PAUSE)
        assert door.enters()
        assert door.learn(ACCEPTED)
        assert door.state is State.CLOSED
        assert door.enters(Via.PUSH)

    def test_its_failure_makes_the_pause_longer_up_to_a_bound(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        pauses = []
        for _ in range(5):
            pauses.append(door.gates.line.left(door.clock()))
            door.clock.advance(pauses[-1])
            assert door.enters()
            door.learn(DOWN)
        assert pauses == [1_000, 2_000, 4_000, 5_000, 5_000]

    def test_calls_that_had_left_before_make_it_no_longer(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES + 30)
        assert door.gates.line.left(door.clock()) == policy.DOWN_PAUSE

    def test_a_probe_of_which_nothing_is_heard_is_not_waited_for(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        door.clock.advance(policy.DOWN_PAUSE)
        assert door.enters()
        door.clock.advance(policy.LEASE_MARGIN)
        assert door.enters()

    def test_a_clock_that_goes_back_does_not_keep_it_open(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        door.clock.advance(-3_600_000)
        assert door.enters()

    def test_its_sleep_is_as_long_as_line_asked_for(self, door: Door) -> None:
        door.learn(Receipt(Sent.UNCERTAIN, 503, "R1", retry_after=9_000), times=policy.FAILURES)
        assert door.gates.line.left(door.clock()) == 9_000


class TestAccess:
    @pytest.mark.parametrize("status", [401, 403])
    def test_one_refusal_opens_it(self, door: Door, status: int) -> None:
        door.learn(Receipt(Sent.LOCKED_OUT, status, "R1"))
        assert door.state is State.OPEN
        assert str(status) in door.gates.reason(Via.REPLY)

    def test_it_is_tried_again_at_a_steady_pace(self, door: Door) -> None:
        door.learn(REVOKED)
        for _ in range(3):
            assert not door.enters()
            door.clock.advance(policy.LOCKED_OUT_PAUSE)
            assert door.enters()
            door.learn(REVOKED)

    def test_a_token_that_is_taken_closes_it(self, door: Door) -> None:
        door.learn(REVOKED)
        door.clock.advance(policy.LOCKED_OUT_PAUSE)
        assert door.enters()
        assert door.learn(REFUSED)
        assert door.state is State.CLOSED


class TestLimits:
    @pytest.mark.parametrize(("via", "other"), [(Via.REPLY, Via.PUSH), (Via.PUSH, Via.REPLY)])
    def test_the_rate_stops_its_endpoint_only(self, door: Door, via: Via, other: Via) -> None:
        door.learn(OVER_RATE, via)
        assert (door.enters(via), door.enters(other)) == (False, True)
        door.clock.advance(policy.RATE_PAUSE)
        assert [door.enters(via), door.enters(via)] == [True, False]
        assert door.learn(ACCEPTED, via)
        assert door.enters(via)

    def test_a_retry_after_is_honoured(self, door: Door) -> None:
        door.learn(Receipt(Sent.BUSY, 429, "R1", OVER_RATE.limit, retry_after=7_000))
        door.clock.advance(6_999)
        assert not door.enters()
        door.clock.advance(1)
        assert door.enters()

    def test_a_retry_after_is_not_believed_beyond_reason(self, door: Door) -> None:
        door.learn(Receipt(Sent.BUSY, 429, "R1", OVER_RATE.limit, retry_after=10**9))
        door.clock.advance(policy.RETRY_AFTER_LONGEST)
        assert door.enters()

    def test_the_quota_stops_pushes_for_long_and_replies_never(self, door: Door) -> None:
        door.learn(OVER_QUOTA, Via.PUSH)
        assert door.gates.lacks_quota
        door.clock.advance(policy.QUOTA_PAUSE - 1)
        assert (door.enters(Via.PUSH), door.enters(Via.REPLY)) == (False, True)
        door.clock.advance(1)
        assert door.enters(Via.PUSH)
        door.learn(ACCEPTED, Via.PUSH)
        assert not door.gates.lacks_quota

    def test_replies_tell_nothing_about_the_quota(self, door: Door) -> None:
        door.learn(OVER_QUOTA, Via.PUSH)
        door.learn(ACCEPTED, Via.REPLY, times=10)
        assert not door.enters(Via.PUSH)

    def test_a_limit_that_is_not_told_concerns_one_user(self, door: Door) -> None:
        door.learn(TOO_MUCH, Via.PUSH)
        assert door.enters(Via.PUSH)

    def test_met_in_a_row_it_is_taken_for_the_rate(self, door: Door) -> None:
        door.learn(TOO_MUCH, Via.PUSH, times=policy.UNTOLD_LIMITS)
        assert not door.enters(Via.PUSH)

    def test_a_reply_meets_no_limit_of_one_user(self, door: Door) -> None:
        door.learn(TOO_MUCH, Via.REPLY)
        assert not door.enters(Via.REPLY)


class TestShares:
    def test_while_line_is_well_all_kinds_are_taken(self, door: Door) -> None:
        assert door.gates.shares(door.clock(), ALL_ROOM) == [(None, ALL_ROOM)]

    def test_while_it_is_down_nothing_is_and_then_one_row(self, door: Door) -> None:
        door.learn(DOWN, times=policy.FAILURES)
        assert door.gates.shares(door.clock(), ALL_ROOM) == []
        door.clock.advance(policy.DOWN_PAUSE)
        assert door.gates.shares(door.clock(), ALL_ROOM) == [(None, 1)]

    def test_without_quota_replies_are_and_then_one_push(self, door: Door) -> None:
        door.learn(OVER_QUOTA, Via.PUSH)
        assert door.gates.shares(door.clock(), ALL_ROOM) == [(Via.REPLY, ALL_ROOM)]
        door.clock.advance(policy.QUOTA_PAUSE)
        assert door.gates.shares(door.clock(), ALL_ROOM) == [(Via.REPLY, ALL_ROOM), (Via.PUSH, 1)]
