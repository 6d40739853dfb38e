"""Sender threads: one user's messages in order, users in parallel; reply first, push when the token is old."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.delivery import policy
from bot.errors import StorageError
from bot.line.client import Message, Receipt, Sent
from bot.storage import outbox
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
        self._held_back: set[str] = set()
        self._changed = threading.Condition()
        self._stopping = False
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
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def put(self, rows: Iterable[OutboxRow], lease_until: int, taken_over: bool = False) -> None:
        """Hand over rows that are committed and leased to this process.

        Args:
            rows: in order.
            lease_until: milliseconds since 1970.
            taken_over: whether they are the oldest of their users, as the sweeper takes them. Another row of a user
                whose older row waits for a retry is left to the sweeper, so that order is kept.
        """
        with self._changed:
            for row in rows:
                if taken_over:
                    self._held_back.discard(row.user_id)
                elif row.user_id in self._held_back:
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
                while not self._ready and not self._stopping:
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
            if not settled:
                self._held_back.add(user_id)
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
        except Exception:
            log.exception("send_failed", outbox_id=held.row.id)
        return False

    def _send(self, held: _Held) -> bool:
        """Send one row.

        Returns:
            Whether the user's later rows may follow.
        """
        row, now = held.row, self._clock()
        if held.lease_until - now < policy.LEASE - policy.LEASE_MARGIN:
            return False
        if row.reply_token and now < row.reply_until:
            receipt = self._line.reply(row.reply_token, list(row.messages))
            if receipt.sent is Sent.REFUSED and row.attempts == 0:
                receipt = self._push(row)
            elif receipt.sent is Sent.REFUSED:
                # An earlier attempt got no answer; that the token is refused now means that it was used then.
                receipt = Receipt(Sent.ACCEPTED, receipt.status, receipt.request_id)
        else:
            receipt = self._push(row)
        return self._settle(row, receipt)

    def _push(self, row: OutboxRow) -> Receipt:
        return self._line.push(row.user_id, list(row.messages), row.retry_key)

    def _settle(self, row: OutboxRow, receipt: Receipt) -> bool:
        if receipt.sent is Sent.ACCEPTED:
            self._database.transact(lambda connection: outbox.settle(connection, row.id))
            return True
        due_at = self._clock() + policy.delay_after(row.attempts)
        if receipt.sent is Sent.REFUSED or due_at > row.retry_until:
            log.error("outbox_dead", outbox_id=row.id, status=receipt.status, line_request_id=receipt.request_id)
            reason = f"status {receipt.status} {receipt.request_id}"
            self._database.transact(lambda connection: outbox.give_up(connection, row.id, reason))
            return True
        self._database.transact(lambda connection: outbox.postpone(connection, row.id, row.user_id, due_at))
        return False

    def _tidy(self) -> None:
        """Delete what is kept no longer than promised."""
        now = self._clock()
        self._database.transact(lambda connection: forget_events_before(connection, now - policy.EVENT_MEMORY))
        self._database.transact(
            lambda connection: forget_conversations_before(connection, now - policy.CONVERSATION_LIFE)
        )

    def _sweep(self) -> None:
        swept_at = -_TIDY_EVERY
        while not self._stopping:
            try:
                self.sweep_once()
                if time.monotonic() - swept_at > _TIDY_EVERY:
                    swept_at = time.monotonic()
                    self._tidy()
            except StorageError as error:
                log.error("sweep_failed", error=str(error))
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, policy.SWEEP_EVERY)
