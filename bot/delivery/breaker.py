"""When not to call LINE: a breaker for all of it, and one for each endpoint."""

from __future__ import annotations

import threading
from enum import StrEnum

import structlog

from bot.delivery import policy
from bot.line.client import Limit, Receipt, Sent
from bot.storage.outbox import Via

log = structlog.get_logger(__name__)

_SERVER_ERROR = 500
_DOWN, _QUOTA, _RATE = "status 0 LINE is down", "status 429 monthly quota", "status 429 rate limit"


class State(StrEnum):
    """CLOSED: calls leave. OPEN: none does. HALF_OPEN: one has left, and decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after failures in a row; then one call may leave after each pause, until one succeeds.

    Not safe between threads by itself, apart from `is_closed`.
    """

    def __init__(self) -> None:
        self.is_closed = True
        self.is_probing = False
        self.reason = ""
        """Why it is open."""
        self.failures = 0
        """In a row."""
        self.pause = 0
        """Milliseconds until the next call may leave, from `_since` on."""
        self._since = 0

    @property
    def state(self) -> State:
        """What it lets through."""
        if self.is_closed:
            return State.CLOSED
        return State.HALF_OPEN if self.is_probing else State.OPEN

    def passes(self, now: int) -> bool:
        """Whether a call may leave."""
        return self.is_closed or self.left(now) == 0

    def left(self, now: int) -> int:
        """Milliseconds until a call may leave; none when the clock went back."""
        waited = now - self._since
        return 0 if self.is_closed or waited < 0 else max(0, self.pause - waited)

    def begin(self, now: int) -> None:
        """A call leaves; when this is open it is a probe, and the next one waits for its answer."""
        if not self.is_closed:
            self.is_probing = True
            self._since, self.pause = now, policy.LEASE_MARGIN

    def failed(self, now: int, reason: str, pause: int, longest: int, *, at_least: int = 0, after: int = 1) -> bool:
        """A call failed.

        Args:
            pause: milliseconds, doubled with every failure after the one that opened it.
            longest: milliseconds.
            at_least: milliseconds that LINE asked for.
            after: failures in a row that open it.

        Returns:
            Whether this opened it, or told another reason for it.
        """
        if not self.is_closed and not self.is_probing and reason == self.reason:
            # It had left before this was opened, and tells nothing new.
            return False
        self.failures += 1
        if self.is_closed and self.failures < after:
            return False
        is_news = self.is_closed or reason != self.reason
        self.is_closed, self.is_probing, self.reason = False, False, reason
        self._since = now
        self.pause = max(at_least, min(longest, pause * 2 ** min(max(0, self.failures - after), 20)))
        return is_news

    def succeeded(self) -> bool:
        """A call succeeded.

        Returns:
            Whether this closed it.
        """
        was_open = not self.is_closed
        self.is_closed, self.is_probing, self.failures, self.reason = True, False, 0, ""
        return was_open


class Gates:
    """What may be sent now. Safe between threads; costs nothing while LINE is well.

    An open breaker of `line` stops everything: LINE is down, or does not take the access token. Those of the endpoints
    stop replies or pushes: the rate limit, or the monthly quota, which concerns pushes only.
    """

    def __init__(self) -> None:
        self.line = Breaker()
        self.of = {via: Breaker() for via in Via}
        self._lock = threading.Lock()

    def enter(self, via: Via, now: int) -> bool:
        """Whether a call may leave. It counts as left when it may."""
        if self.line.is_closed and self.of[via].is_closed:
            return True
        with self._lock:
            if not self._passes(via, now):
                return False
            self.line.begin(now)
            self.of[via].begin(now)
            return True

    @property
    def lacks_quota(self) -> bool:
        """Whether pushes wait for the monthly quota."""
        return self.of[Via.PUSH].reason == _QUOTA

    def reason(self, via: Via) -> str:
        """Why calls do not leave, empty when they do."""
        return self.line.reason or self.of[via].reason

    def is_shut(self, via: Via, now: int | None = None) -> bool:
        """Whether rows should rather wait in the database than in memory.

        Args:
            now: when given, a row that may leave now to find out is better kept.
        """
        breaker = self.of[via]
        is_long = not self.line.is_closed or (not breaker.is_closed and breaker.pause > policy.HELD_BACK)
        return is_long and (now is None or not self._passes(via, now))

    def shares(self, now: int, room: int) -> list[tuple[Via | None, int]]:
        """What to take from the database: kinds of rows (None: any) and how many at most."""
        with self._lock:
            if self.line.is_closed and all(breaker.is_closed for breaker in self.of.values()):
                return [(None, room)]
            passing = [via for via in Via if self._passes(via, now)]
            if not self.line.is_closed:
                return [(passing[0] if len(passing) == 1 else None, 1)] if passing else []
            return [(via, room if self.of[via].is_closed else 1) for via in passing]

    def wait(self, now: int) -> float:
        """Seconds until something may leave that may not now, or the usual time between two looks."""
        with self._lock:
            left = [breaker.left(now) for breaker in (self.line, *self.of.values())]
        return min([policy.SWEEP_EVERY, *(milliseconds / 1000 for milliseconds in left if milliseconds)])

    def learn(self, via: Via, receipt: Receipt, now: int) -> bool:
        """Take in what became of a call.

        Returns:
            Whether more may leave than before.
        """
        if receipt.sent is Sent.ACCEPTED and not self._is_troubled(via):
            return False
        with self._lock:
            if receipt.status == 0 or receipt.status >= _SERVER_ERROR:
                self._is_down(receipt, now)
                return False
            if receipt.sent is Sent.LOCKED_OUT:
                self._is_locked_out(receipt, now)
                return False
            reopened = self.line.succeeded()
            if reopened:
                log.info("line_is_back")
            if receipt.limit is not None:
                self._is_limited(via, receipt, now)
            elif receipt.sent is Sent.ACCEPTED:
                reopened = self._is_free_again(via) or reopened
            return reopened

    def _passes(self, via: Via, now: int) -> bool:
        return self.line.passes(now) and self.of[via].passes(now)

    def _is_troubled(self, via: Via) -> bool:
        return bool(self.line.failures or self.of[via].failures)

    def _is_down(self, receipt: Receipt, now: int) -> None:
        pauses = (policy.DOWN_PAUSE, policy.DOWN_LONGEST)
        if self.line.failed(now, _DOWN, *pauses, at_least=_believed(receipt), after=policy.FAILURES):
            log.error("line_is_down", status=receipt.status, line_request_id=receipt.request_id)

    def _is_locked_out(self, receipt: Receipt, now: int) -> None:
        pause = policy.LOCKED_OUT_PAUSE
        if self.line.failed(now, f"status {receipt.status} access", pause, pause):
            log.error("line_refuses_access", status=receipt.status, line_request_id=receipt.request_id)

    def _is_limited(self, via: Via, receipt: Receipt, now: int) -> None:
        breaker = self.of[via]
        if receipt.limit is Limit.QUOTA and via is Via.PUSH:
            if breaker.failed(now, _QUOTA, policy.QUOTA_PAUSE, policy.QUOTA_PAUSE):
                log.error("monthly_quota_used_up", line_request_id=receipt.request_id)
            return
        # A push may be refused for the sake of one user alone; replies are limited by their rate only.
        after = policy.UNTOLD_LIMITS if receipt.limit is Limit.UNTOLD and via is Via.PUSH else 1
        pauses = (policy.RATE_PAUSE, policy.RATE_LONGEST)
        if breaker.failed(now, _RATE, *pauses, at_least=_believed(receipt), after=after):
            log.warning("rate_limit_met", via=via.value, line_request_id=receipt.request_id)

    def _is_free_again(self, via: Via) -> bool:
        if self.of[via].reason == _QUOTA:
            log.info("monthly_quota_is_back")
        return self.of[via].succeeded()


def _believed(receipt: Receipt) -> int:
    return min(receipt.retry_after, policy.RETRY_AFTER_LONGEST)
