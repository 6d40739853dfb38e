"""Sender threads: one user's messages in order, users in parallel; reply first, push when the token is old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.breaker import Gates, State
from bot.delivery.queues import Held, Queues
from bot.errors import StorageError
from bot.line.client import Limit, Receipt, Sent
from bot.logs import described
from bot.storage import exchanges, outbox
from bot.storage.database import Database
from bot.storage.memos import forget_notes_before
from bot.storage.outbox import OutboxRow, Via
from bot.storage.patients import forget_conversations_before, forget_events_before
from bot.storage.singletons import Singleton, is_mine

log = structlog.get_logger(__name__)

Note = Callable[[Connection], frozenset[int] | None]
"""What to write when a row is dealt with. Gives None when the user's later rows may follow; otherwise they wait behind
it in the database, and those of the ids have lost their leases."""

_TIDY_EVERY = 3600.0
"""Seconds between two deletions of old event ids."""
_GIVE_UP_EVERY = 60_000
"""Milliseconds between two looks for rows that have waited too long."""
_BAD_REQUEST = 400


class Line(Protocol):
    """What the sender needs of LINE; `bot.line.client.LineClient` is one, tests have their own."""

    def reply(self, reply_token: str, messages: str) -> Receipt: ...

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt: ...


class Sender:
    """Sends outbox rows. Start it once per process; stop it before the database is closed."""

    def __init__(
        self,
        database: Database,
        line: Line,
        owner: str,
        threads: int = 8,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """
        Args:
            owner: id of this process, a UUID; rows are leased under it.
            threads: calls to LINE at the same time.
            clock: milliseconds since 1970.
        """
        self._database = database
        self._line = line
        self.owner = owner
        self._clock = clock
        self._gates = Gates()
        self._queues = Queues(self._gates, clock)
        self._unwritten: list[tuple[OutboxRow, Note]] = []
        self._lock = threading.Lock()
        self._left_behind = False
        """Whether the database may hold more than the last look took."""
        self._looked_for_old_at = clock()
        self._sweeping = threading.Lock()
        self._look = threading.Event()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"sender-{i}", daemon=True) for i in range(threads)]
        self._threads.append(threading.Thread(target=self._sweep, name="sweeper", daemon=True))

    @property
    def held(self) -> int:
        """Rows in memory, with those on their way to LINE."""
        return self._queues.held

    @property
    def line_state(self) -> State:
        """Whether LINE is called at all."""
        return self._gates.line.state

    @property
    def trouble(self) -> dict[str, str]:
        """Why rows wait, by endpoint; an endpoint that is well has an empty text."""
        return {via.value: self._gates.reason(via) for via in Via}

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Send what is waiting in memory, for at most `timeout` seconds; the outbox keeps the rest."""
        deadline = time.monotonic() + timeout
        self._stopping.set()
        self._look.set()
        self._queues.close()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._queues.end()
        try:
            self._write_again()
            self._give_back(list(Via))
        except StorageError as error:
            log.error("rows_not_given_back", error=str(error))

    def put(self, rows: Iterable[OutboxRow], lease_until: int, taken_over: bool = False) -> None:
        """Hand over rows that are committed and leased to this process.

        Args:
            rows: in order.
            lease_until: milliseconds since 1970.
            taken_over: whether the sweeper took them. Another row that lost its lease meanwhile, because an older row
                of its user waits for a retry, is left to the sweeper, so that order is kept.
        """
        self._queues.put(rows, lease_until, taken_over)

    def has_room(self) -> bool:
        """Whether a new row should be leased and handed over; otherwise add it without a lease, for the sweeper."""
        has_room = not self._gates.is_shut(Via.REPLY) and self._queues.held < policy.MOST_HELD
        if not has_room:
            self._left_behind = True
        return has_room

    def wake(self, user_id: str | None = None) -> None:
        """Look for rows that nobody holds now, and not at the next turn of the sweeper.

        Args:
            user_id: whose row waits; when rows of this user are held here, the look comes as soon as they are done.
        """
        if user_id is None or not self._queues.call_for(user_id):
            self._look.set()

    def sweep_once(self) -> int:
        """Take over rows that are due and that nobody holds, as many as there is room for.

        Returns:
            How many were taken.
        """
        with self._sweeping:
            return self._swept()

    def _swept(self) -> int:
        now = self._clock()
        self._write_again()
        self._give_back([via for via in Via if self._gates.is_shut(via, now)])
        self._queues.look_again()
        self._see_to_what_waits(now)
        room = min(policy.MOST_HELD - self.held, policy.TAKEN_AT_ONCE)
        shares = self._gates.shares(now, room) if room > 0 and not self._has_its_probe() else []
        self._left_behind = not shares
        taken = sum(self._take_over(via, most, now) for via, most in shares)
        if taken >= policy.TAKEN_AT_ONCE:
            self._look.set()
        return taken

    def _has_its_probe(self) -> bool:
        """Whether the one row that may leave is in memory already."""
        return not self._gates.line.is_closed and any(self._queues.has_any_in(via) for via in Via)

    def _take_over(self, via: Via | None, most: int, now: int) -> int:
        lease_until = now + policy.LEASE
        with self._queues.sweep():
            rows = self._database.transact(
                lambda connection: outbox.take_over(connection, self.owner, lease_until, now, most, via)
            )
            self.put(rows, lease_until, taken_over=True)
        if len(rows) == most:
            self._left_behind = True
        return len(rows)

    def _see_to_what_waits(self, now: int) -> None:
        """Rows that wait for quota hold up nobody; and nothing waits for longer than a day."""
        if self._gates.lacks_quota:
            self._database.transact(lambda connection: outbox.park_pushes(connection, now))
        if 0 <= now - self._looked_for_old_at < _GIVE_UP_EVERY:
            return
        self._looked_for_old_at = now
        for via in Via:
            reason = self._gates.reason(via)
            if reason and self._give_up_old(via, now, reason):
                log.error("outbox_dead", reason=reason)

    def _give_up_old(self, via: Via, now: int, reason: str) -> int:
        return self._database.transact(lambda connection: outbox.give_up_old(connection, via, now, reason))

    def _work(self) -> None:
        while (found := self._queues.next()) is not None:
            held, via = found
            try:
                note = self._send(held, via)
            except Exception as error:
                log.error("send_failed", outbox_id=held.row.id, **described(error))
                note = self._noted(held.row, via, Receipt(Sent.UNCERTAIN, 0, ""))
            self._write(held.row, note)

    def _write(self, row: OutboxRow, note: Note) -> bool:
        """Note what became of a row. When the database cannot be written the sweeper tries again: the user's later
        rows wait, and LINE is not asked a second time.
        """
        try:
            freed = self._database.transact(note)
        except Exception as error:
            what = {"error": str(error)} if isinstance(error, StorageError) else described(error)
            log.error("outbox_not_settled", outbox_id=row.id, **what)
            with self._lock:
                self._unwritten.append((row, note))
            return False
        was_called_for = self._queues.done(row.user_id, freed)
        # As long as there is more than enough to do, one large look later is better than many small ones.
        if (was_called_for and not self._left_behind) or (self._left_behind and self.held <= policy.MOST_HELD // 2):
            self._look.set()
        return True

    def _write_again(self) -> None:
        with self._lock:
            unwritten, self._unwritten = self._unwritten, []
        while unwritten:
            if not self._write(*unwritten.pop(0)):
                break
        with self._lock:
            self._unwritten += unwritten

    def _send(self, held: Held, via: Via) -> Note:
        """Send one row, and say what is to be noted."""
        row, now = held.row, self._clock()
        if held.lease_until - now < policy.LEASE_MARGIN or _is_stale(held):
            return self._put_off(row, now)
        if row.via(now) is Via.REPLY:
            receipt = self._call(Via.REPLY, lambda: self._line.reply(row.reply_token or "", row.messages))
            if receipt.sent is not Sent.REFUSED:
                return self._noted(row, Via.REPLY, receipt)
            if row.uncertain and receipt.status == _BAD_REQUEST:
                # The earlier attempt got no answer; that the token is refused now means that it was used then.
                return _settled(row)
            return self._push(replace(row, reply_token=None), Via.REPLY)
        return self._push(row, via)

    def _push(self, row: OutboxRow, entered: Via) -> Note:
        """Push one row.

        Args:
            entered: the endpoint that was free to be called.
        """
        now = self._clock()
        if row.uncertain and now > row.retry_until:
            return _given_up(row, "nobody knows whether LINE has it")
        if entered is not Via.PUSH and not self._gates.enter(Via.PUSH, now):
            return self._put_off(row, now)
        receipt = self._call(Via.PUSH, lambda: self._line.push(row.user_id, row.messages, row.retry_key))
        return self._noted(row, Via.PUSH, receipt)

    def _call(self, via: Via, call: Callable[[], Receipt]) -> Receipt:
        receipt = call()
        if self._gates.learn(via, receipt, self._clock()):
            self._left_behind = True
            self._queues.look_again()
            self._look.set()
        return receipt

    def _noted(self, row: OutboxRow, via: Via, receipt: Receipt) -> Note:
        """What a receipt means for its row."""
        if receipt.sent is Sent.ACCEPTED:
            return _settled(row)
        lacks_quota = receipt.limit is Limit.QUOTA and via is Via.PUSH
        now = self._clock()
        due_at = now + policy.QUOTA_PAUSE if lacks_quota else _due_at(row, via, receipt, now)
        if receipt.sent is Sent.REFUSED or due_at > row.retry_until:
            why = " monthly quota" if lacks_quota else ""
            return _given_up(row, f"status {receipt.status} {receipt.request_id}{why}")
        return self._postponed(row, due_at, row.uncertain or receipt.sent is Sent.UNCERTAIN, lacks_quota)

    def _put_off(self, row: OutboxRow, now: int) -> Note:
        """It was not tried: take it again when it may leave."""
        parked = self._gates.lacks_quota and row.via(now) is Via.PUSH
        return self._postponed(row, now, row.uncertain, parked, is_attempt=False)

    def _postponed(self, row: OutboxRow, due_at: int, uncertain: bool, parked: bool, is_attempt: bool = True) -> Note:
        note = outbox.park if parked else outbox.postpone
        return lambda connection: note(connection, row, self.owner, due_at, uncertain=uncertain, is_attempt=is_attempt)

    def _give_back(self, vias: list[Via]) -> None:
        """What cannot leave for a while does not wait in memory. One transaction, no attempt counted."""
        users = self._queues.step_aside(vias)
        if not users:
            return
        try:
            freed = self._database.transact(lambda connection: outbox.give_back(connection, self.owner, users))
        except StorageError:
            self._queues.line_up_again(users)
            raise
        self._queues.drop(users, freed)
        self._left_behind = True

    def _tidy(self) -> None:
        """Delete what is kept no longer than promised; one process at a time does it for all."""
        now = self._clock()
        for forget_before, age in (
            (forget_events_before, policy.EVENT_MEMORY),
            (forget_notes_before, policy.CONVERSATION_LIFE),
            (forget_conversations_before, policy.CONVERSATION_LIFE),
            (exchanges.forget_before, policy.CONVERSATION_LIFE),
        ):
            self._database.transact(partial(_tidied, forget_before, now - age))

    def _sweep(self) -> None:
        tidied_at = -_TIDY_EVERY
        while not self._stopping.is_set():
            self._look.clear()
            try:
                self.sweep_once()
                if time.monotonic() - tidied_at > _TIDY_EVERY:
                    tidied_at = time.monotonic()
                    self._tidy()
            except StorageError as error:
                log.error("sweep_failed", error=str(error))
            except Exception as error:
                log.error("sweep_failed", **described(error))
            self._stopping.wait(policy.SWEEPS_APART)
            self._look.wait(self._gates.wait(self._clock()))


def _tidied(forget_before: Callable[[Connection, int], None], moment: int, connection: Connection) -> None:
    if is_mine(connection, Singleton.TIDYING):
        forget_before(connection, moment)


def _is_stale(held: Held) -> bool:
    """By a clock that nobody can set back, the lease may be over."""
    return time.monotonic() - held.since > (policy.LEASE - policy.LEASE_MARGIN) / 1000


def _settled(row: OutboxRow) -> Note:
    return lambda connection: outbox.settle(connection, row.id)


def _given_up(row: OutboxRow, reason: str) -> Note:
    log.error("outbox_dead", outbox_id=row.id, reason=reason)
    return lambda connection: outbox.give_up(connection, row.id, reason)


def _due_at(row: OutboxRow, via: Via, receipt: Receipt, now: int) -> int:
    """When a row is tried again. An endpoint that rests for longer holds it back by itself."""
    if via is Via.REPLY:
        return policy.next_reply_at(row.attempts, now, row.reply_until)
    if receipt.limit is Limit.UNTOLD:
        return now + policy.delay_after(row.attempts + policy.ONE_USER_ATTEMPTS)
    delay = policy.delay_after(row.attempts)
    return now + (min(delay, policy.LOCKED_OUT_LONGEST) if receipt.sent is Sent.LOCKED_OUT else delay)
