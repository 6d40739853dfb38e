"""Sender threads: one user's messages in order, users in parallel; reply first, push when the token is old."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.delivery import policy
from bot.errors import StorageError
from bot.line.client import Message, Receipt, Sent
from bot.logs import described
from bot.storage import exchanges, outbox
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.patients import forget_conversations_before, forget_events_before

log = structlog.get_logger(__name__)


_TIDY_EVERY = 3600.0
"""Seconds between two deletions of old event ids."""


class Line(Protocol):
    """What the sender needs of LINE; `bot.line.client.LineClient` is one, tests have their own."""

    def reply(self, reply_token: str, messages: list[Message]) -> Receipt: ...

    def push(self, user_id: str, messages: list[Message], retry_key: str) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class _Held:
    """A row that this process holds until `lease_until`."""

    row: OutboxRow
    lease_until: int


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
        self._waiting: dict[str, deque[_Held]] = {}
        self._ready: deque[str] = deque()
        self._freed: set[int] = set()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"sender-{i}", daemon=True) for i in range(threads)]
        self._threads.append(threading.Thread(target=self._sweep, name="sweeper", daemon=True))

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Send what is waiting in memory, for at most `timeout` seconds; the outbox keeps the rest."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def put(self, rows: Iterable[OutboxRow], lease_until: int, taken_over: bool = False) -> None:
        """Hand over rows that are committed and leased to this process.

        Args:
            rows: in order.
            lease_until: milliseconds since 1970.
            taken_over: whether the sweeper took them. Another row that lost its lease meanwhile, because an older row
                of its user waits for a retry, is left to the sweeper, so that order is kept.
        """
        with self._changed:
            for row in rows:
                was_freed = row.id in self._freed
                self._freed.discard(row.id)
                if was_freed and not taken_over:
                    continue
                queue = self._waiting.get(row.user_id)
                if queue is None:
                    queue = self._waiting[row.user_id] = deque()
                    self._ready.append(row.user_id)
                queue.append(_Held(row, lease_until))
                self._changed.notify()

    def sweep_once(self) -> int:
        """Take over rows that are due and that nobody holds.

        Returns:
            How many were taken.
        """
        now = self._clock()
        lease_until = now + policy.LEASE
        rows = self._database.transact(
            lambda connection: outbox.take_over(connection, self.owner, lease_until, now, most=200)
        )
        self.put(rows, lease_until, taken_over=True)
        return len(rows)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._ready and not self._stopping.is_set():
                    self._changed.wait()
                if not self._ready:
                    return
                user_id = self._ready.popleft()
                held = self._waiting[user_id][0]
            settled = self._send_safely(held)
            self._next(user_id, settled)

    def _next(self, user_id: str, settled: bool) -> None:
        """Go on with the user's next row; when this one waits, the later ones wait behind it in the database."""
        with self._changed:
            queue = self._waiting[user_id]
            queue.popleft()
            if queue and settled:
                self._ready.append(user_id)
                self._changed.notify()
            else:
                del self._waiting[user_id]

    def _send_safely(self, held: _Held) -> bool:
        try:
            return self._send(held)
        except StorageError as error:
            log.error("outbox_not_settled", outbox_id=held.row.id, error=str(error))
        except Exception as error:
            log.error("send_failed", outbox_id=held.row.id, **described(error))
        return False

    def _send(self, held: _Held) -> bool:
        """Send one row.

        Returns:
            Whether the user's later rows may follow.
        """
        row, now = held.row, self._clock()
        if held.lease_until - now < policy.LEASE_MARGIN:
            return self._postpone(row, now, row.uncertain)
        if row.reply_token and now < row.reply_until:
            receipt = self._line.reply(row.reply_token, list(row.messages))
            if receipt.sent is not Sent.REFUSED:
                return self._settle(row, receipt)
            if row.uncertain:
                # The earlier attempt got no answer; that the token is refused now means that it was used then.
                return self._settle(row, replace(receipt, sent=Sent.ACCEPTED))
            row = replace(row, reply_token=None)
        if row.uncertain and now > row.retry_until:
            return self._give_up(row, "nobody knows whether LINE has it")
        return self._settle(row, self._line.push(row.user_id, list(row.messages), row.retry_key))

    def _settle(self, row: OutboxRow, receipt: Receipt) -> bool:
        if receipt.sent is Sent.ACCEPTED:
            self._database.transact(lambda connection: outbox.settle(connection, row.id))
            return True
        due_at = self._clock() + policy.delay_after(row.attempts)
        if receipt.sent is Sent.REFUSED or due_at > row.retry_until:
            return self._give_up(row, f"status {receipt.status} {receipt.request_id}")
        return self._postpone(row, due_at, row.uncertain or receipt.sent is Sent.UNCERTAIN)

    def _give_up(self, row: OutboxRow, reason: str) -> bool:
        log.error("outbox_dead", outbox_id=row.id, reason=reason)
        self._database.transact(lambda connection: outbox.give_up(connection, row.id, reason))
        return True

    def _postpone(self, row: OutboxRow, due_at: int, uncertain: bool) -> bool:
        freed = self._database.transact(
            lambda connection: outbox.postpone(connection, row, self.owner, due_at, uncertain=uncertain)
        )
        if freed is None:
            return True
        with self._changed:
            self._freed |= freed
        return False

    def _tidy(self) -> None:
        """Delete what is kept no longer than promised."""
        now = self._clock()
        self._database.transact(lambda connection: forget_events_before(connection, now - policy.EVENT_MEMORY))
        self._database.transact(
            lambda connection: forget_conversations_before(connection, now - policy.CONVERSATION_LIFE)
        )
        self._database.transact(lambda connection: exchanges.forget_before(connection, now - policy.CONVERSATION_LIFE))

    def _sweep(self) -> None:
        swept_at = -_TIDY_EVERY
        while not self._stopping.is_set():
            try:
                self.sweep_once()
                if time.monotonic() - swept_at > _TIDY_EVERY:
                    swept_at = time.monotonic()
                    self._tidy()
            except StorageError as error:
                log.error("sweep_failed", error=str(error))
            self._stopping.wait(policy.SWEEP_EVERY)
