"""One row: reply first, push when the reply token is old or refused, once more when LINE was busy."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.delivery import policy
from bot.line.client import Sent
from tests.delivery.doubles import Call, wait_until
from tests.delivery.office import Office


class TestTheFirstAttempt:
    def test_an_answer_is_a_reply(self, open_office: Office) -> None:
        open_office.answer("hello")
        open_office.wait_until_empty()
        assert open_office.line.calls == [Call("reply", "token-hello", "hello")]

    def test_without_a_reply_token_it_is_a_push(self, open_office: Office) -> None:
        row = open_office.answer("hello", token=None)
        open_office.wait_until_empty()
        assert row is not None
        assert open_office.line.calls == [Call("push", "U1", "hello", row.retry_key)]

    def test_with_an_old_reply_token_it_is_a_push(self, open_office: Office) -> None:
        open_office.answer("hello", reply_until=open_office.clock())
        open_office.wait_until_empty()
        assert open_office.line.methods == ["push"]

    def test_a_reply_token_is_used_until_the_window_closes(self, open_office: Office) -> None:
        open_office.answer("hello", reply_until=open_office.clock() + 1)
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply"]

    def test_a_refused_reply_is_pushed_at_once(self, open_office: Office) -> None:
        open_office.line.replies.append(Sent.REFUSED)
        row = open_office.answer("hello")
        open_office.wait_until_empty()
        assert row is not None
        assert open_office.line.calls == [
            Call("reply", "token-hello", "hello"),
            Call("push", "U1", "hello", row.retry_key),
        ]

    def test_what_is_refused_both_ways_is_given_up_and_kept_for_staff(self, open_office: Office) -> None:
        open_office.line.replies.append(Sent.REFUSED)
        open_office.line.pushes.append(Sent.REFUSED)
        open_office.answer("hello")
        assert "400" in open_office.wait_until_dead()
        open_office.clock.advance(policy.RETRY_KEY_LIFE)
        open_office.sweep()
        open_office.wait_until_idle()
        assert open_office.line.methods == ["reply", "push"]


class TestLaterAttempts:
    @pytest.mark.parametrize("trouble", [Sent.BUSY, Sent.UNCERTAIN])
    def test_trouble_postpones_the_answer(self, open_office: Office, trouble: Sent) -> None:
        open_office.line.replies.append(trouble)
        open_office.answer("hello")
        open_office.wait_until_postponed()
        (row,) = open_office.rows()
        assert row.due_at > open_office.clock()
        assert row.dead_reason is None
        open_office.sweep()
        open_office.wait_until_idle()
        assert open_office.line.methods == ["reply"]

    def test_it_is_tried_again_when_it_is_due(self, open_office: Office) -> None:
        open_office.line.replies.append(Sent.BUSY)
        open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.clock.advance(2_000)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply", "reply"]

    @pytest.mark.parametrize("trouble", [Sent.BUSY, Sent.UNCERTAIN])
    def test_a_push_is_tried_again_under_the_same_retry_key(self, open_office: Office, trouble: Sent) -> None:
        open_office.line.pushes.extend([trouble, trouble])
        row = open_office.answer("hello", token=None)
        assert row is not None
        for times in (1, 2):
            open_office.wait_until_postponed(times)
            open_office.clock.advance(5_000)
            open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.calls == [Call("push", "U1", "hello", row.retry_key)] * 3

    def test_a_token_refused_after_an_uncertain_reply_was_used_by_it(self, open_office: Office) -> None:
        open_office.line.replies.extend([Sent.UNCERTAIN, Sent.REFUSED])
        open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.clock.advance(2_000)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply", "reply"]

    def test_a_token_refused_after_line_was_busy_was_not_used(self, open_office: Office) -> None:
        # BUSY: LINE has not accepted it. Nobody used the token, so the patient has no answer yet.
        open_office.line.replies.extend([Sent.BUSY, Sent.REFUSED])
        open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.clock.advance(2_000)
        open_office.sweep()
        open_office.wait_until_empty()
        assert open_office.line.methods == ["reply", "reply", "push"]

    @pytest.mark.parametrize("trouble", [Sent.BUSY, Sent.UNCERTAIN])
    def test_a_refused_token_stays_refused_when_the_push_has_trouble(self, open_office: Office, trouble: Sent) -> None:
        # Nobody used the token: it was refused from the first. The patient has no answer yet.
        open_office.line.replies.extend([Sent.REFUSED, Sent.REFUSED])
        open_office.line.pushes.append(trouble)
        row = open_office.answer("hello")
        open_office.wait_until_postponed()
        open_office.clock.advance(2_000)
        open_office.sweep()
        open_office.wait_until_empty()
        assert row is not None
        pushes = [call for call in open_office.line.calls if call.method == "push"]
        assert pushes == [Call("push", "U1", "hello", row.retry_key)] * 2


class TestGivingUp:
    def test_a_row_whose_retry_key_ends_is_given_up(self, open_office: Office) -> None:
        open_office.line.pushes.append(Sent.UNCERTAIN)
        open_office.answer("hello", token=None, retry_until=open_office.clock() + 100)
        assert "500" in open_office.wait_until_dead()

    def test_a_row_is_tried_for_as_long_as_its_retry_key_lives(self, open_office: Office) -> None:
        open_office.line.pushes.extend([Sent.UNCERTAIN] * 1_000)
        open_office.answer("hello", token=None)
        for _ in range(60):
            open_office.wait_until_idle()
            if any(row.dead_reason for row in open_office.rows()):
                break
            open_office.clock.advance(2 * 3_600_000)
            open_office.sweep()
        open_office.wait_until_dead()
        assert 11 <= len(open_office.line.calls) <= 13

    def test_an_uncertain_push_is_not_repeated_after_line_forgot_its_key(self, open_office: Office) -> None:
        # The machine was off for a day: under the old key LINE would send the message a second time.
        open_office.line.pushes.append(Sent.UNCERTAIN)
        open_office.answer("hello", token=None)
        open_office.wait_until_postponed()
        open_office.clock.advance(2 * policy.RETRY_KEY_LIFE)
        open_office.sweep()
        open_office.wait_until_idle()
        assert open_office.line.methods == ["push"]

    def test_the_next_row_of_the_user_goes_on(self, open_office: Office) -> None:
        open_office.line.replies.append(Sent.REFUSED)
        open_office.line.pushes.append(Sent.REFUSED)
        open_office.answer("bad")
        open_office.answer("good")
        wait_until(lambda: "good" in open_office.line.words)
        open_office.wait_until_dead()


def test_the_delay_doubles_up_to_five_minutes() -> None:
    delays = [[policy.delay_after(attempts) for _ in range(200)] for attempts in (0, 1, 3, 20, 5_000)]
    bounds = [(750, 1_250), (1_500, 2_500), (6_000, 10_000), (225_000, 375_000), (225_000, 375_000)]
    for (least, most), some in zip(bounds, delays, strict=True):
        assert least <= min(some) < max(some) <= most


def test_no_pause_leads_over_the_end_of_a_reply_token() -> None:
    # A push then would be a second answer when an earlier try had got through.
    tried_at = [0]
    while (next_at := policy.next_reply_at(len(tried_at) - 1, tried_at[-1], policy.REPLY_WINDOW)) < policy.REPLY_WINDOW:
        tried_at.append(next_at)
    assert tried_at[-1] >= policy.REPLY_WINDOW - policy.LAST_REPLY
    assert max(later - earlier for earlier, later in pairwise(tried_at)) <= policy.REPLY_PAUSE_LONGEST
