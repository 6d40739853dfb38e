"""Sending campaigns: prepares them, sends their batches within LINE's rate, and never twice to one person.

One thread per process looks for work; a pool sends. Several processes share the work: batches are leased in the
database, and the rate is kept there too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import tzinfo
from typing import Protocol

import structlog
from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.quiet_hours import awake_at
from bot.errors import StorageError
from bot.line.client import Message, Quota, Receipt, Sent
from bot.logs import described
from bot.storage import batches, campaigns, rates
from bot.storage.batches import Batch
from bot.storage.database import Database

log = structlog.get_logger(__name__)

_BAD_REQUEST = 400
_TOO_MANY = 429


class Line(Protocol):
    """What campaigns need of LINE."""

    def multicast(self, user_ids: Sequence[str], messages: Sequence[Message], retry_key: str) -> Receipt: ...

    def quota(self) -> Quota | None: ...


class CampaignSender:
    """Sends campaigns. Start it once per process; stop it before the database is closed."""

    def __init__(
        self,
        database: Database,
        line: Line,
        owner: str,
        zone: tzinfo,
        threads: int = policy.MULTICAST_THREADS,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """
        Args:
            owner: id of this process, a UUID; batches are leased under it.
            zone: where the clinic is, and where it is night.
            threads: multicasts at the same time.
            clock: milliseconds since 1970.
        """
        self._database = database
        self._line = line
        self.owner = owner
        self._zone = zone
        self._clock = clock
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="multicast")
        self._stopping = threading.Event()
        self._idle = threading.Semaphore(threads)
        self._on_their_way: set[Future[None]] = set()
        self._thread = threading.Thread(target=self._work, name="campaigns", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Finish the multicasts that are on their way, for at most `timeout` seconds; the ledger keeps the rest."""
        deadline = time.monotonic() + timeout
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        wait(list(self._on_their_way), max(0.0, deadline - time.monotonic()))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def work_once(self) -> float:
        """Prepare some, send some of what is due; at night nothing is, whenever it should have gone.

        Returns:
            Seconds until the next look.
        """
        now = self._clock()
        prepared = self._prepare(now)
        if awake_at(now, self._zone) > now:
            return 0.0 if prepared else policy.CAMPAIGN_LOOK_EVERY
        threads = self._take_threads()
        try:
            due, leased = self._lease(now, threads)
        except BaseException:
            self._idle.release(threads)
            raise
        if threads > len(leased):
            self._idle.release(threads - len(leased))
        for batch in leased:
            sending = self._pool.submit(self._send_safely, batch)
            self._on_their_way.add(sending)
            sending.add_done_callback(self._released)
        if prepared or leased:
            return 0.0
        return (1000 - now % 1000) / 1000 if due else policy.CAMPAIGN_LOOK_EVERY

    def _work(self) -> None:
        while not self._stopping.is_set():
            pause = policy.CAMPAIGN_LOOK_EVERY
            try:
                pause = self.work_once()
            except StorageError as error:
                log.error("campaigns_not_looked_at", error=str(error))
            except Exception as error:
                log.error("campaigns_not_looked_at", **described(error))
            self._stopping.wait(pause)

    def _take_threads(self) -> int:
        """Wait for a thread that is free, and a moment for others: what is leased is on its way at once, so that a
        pause or a cancellation comes too late for few.
        """
        taken = 0
        while taken < policy.LEASED_AT_ONCE and self._idle.acquire(timeout=policy.GATHER if taken else None):
            taken += 1
        return taken

    def _released(self, done: Future[None]) -> None:
        self._on_their_way.discard(done)
        self._idle.release()

    def _prepare(self, now: int) -> bool:
        """The next members of every campaign that is being prepared, each in a short transaction."""
        preparing = self._database.read(lambda connection: campaigns.in_state(connection, campaigns.PREPARING))
        for campaign in preparing:
            self._database.transact(
                lambda connection, campaign=campaign: batches.prepare(  # type: ignore[misc]
                    connection,
                    campaign,
                    now,
                    first=policy.FIRST_BATCH,
                    first_pause=policy.FIRST_BATCH_PAUSE,
                    most=policy.PREPARED_AT_ONCE,
                )
            )
        return bool(preparing)

    def _lease(self, now: int, most: int) -> tuple[int, list[Batch]]:
        """How many batches are due, and those of them that may be sent in this second. An idle look costs one read."""
        due = self._database.read(lambda connection: batches.due(connection, now, most))

        def work(connection: Connection) -> list[Batch]:
            granted = rates.take(connection, "multicast", now, len(due.ids), policy.MULTICASTS_PER_SECOND)
            lease_until = now + policy.LEASE
            return batches.lease(connection, due, self.owner, lease_until, now, granted, policy.FIRST_BATCH_PAUSE)

        return len(due.ids), self._database.transact(work) if due.ids else []

    def _send_safely(self, batch: Batch) -> None:
        try:
            self._send(batch)
        except StorageError as error:
            # The lease ends by itself; the batch goes out again under the same key, and LINE knows it.
            log.error("batch_not_settled", batch_id=batch.id, error=str(error))
        except Exception as error:
            log.error("batch_failed", batch_id=batch.id, **described(error))

    def _send(self, batch: Batch) -> None:
        if not batch.user_ids:
            self._settle(batch, batches.SENT)
            return
        now = self._clock()
        if batch.lease_until - now < policy.LEASE_MARGIN:
            self._postpone(batch, was_refused=True)
            return
        if batch.was_tried and now - batch.first_tried_at > policy.RETRY_KEY_LIFE:
            # LINE forgets the key after 24 hours and would send again: better never than twice.
            self._settle(batch, batches.UNCLEAR, "no clear answer within a day")
            return
        receipt = self._line.multicast(batch.user_ids, batch.messages, batch.retry_key)
        log.info("batch_sent", batch_id=batch.id, size=len(batch.user_ids), sent=receipt.sent, status=receipt.status)
        match receipt.sent:
            case Sent.ACCEPTED:
                self._settle(batch, batches.SENT)
            case Sent.REFUSED | Sent.LOCKED_OUT:
                self._refused(batch, receipt)
            case Sent.BUSY if receipt.status == _TOO_MANY and not self._is_in_quota(len(batch.user_ids)):
                self._pause(batch, "quota")
            case Sent.BUSY | Sent.UNCERTAIN:
                self._postpone(batch, was_refused=receipt.sent is Sent.BUSY)

    def _refused(self, batch: Batch, receipt: Receipt) -> None:
        """A refused multicast reached nobody. A bad recipient is found by halving; anything else needs a person."""
        if receipt.status != _BAD_REQUEST:
            self._pause(batch, f"refused_{receipt.status}")
        elif len(batch.user_ids) > 1:
            now = self._clock()
            self._database.transact(lambda connection: batches.split(connection, batch, now))
        else:
            self._settle(batch, batches.REFUSED, f"{receipt.status} {receipt.request_id}".strip())
            self._pause_when_nobody_is_reached(batch)

    def _is_in_quota(self, people: int) -> bool:
        """Whether the quota has room for so many, as far as LINE tells: a multicast goes to all or to nobody."""
        quota = self._line.quota()
        return quota is None or quota.left is None or quota.left >= people

    def _settle(self, batch: Batch, state: str, reason: str | None = None) -> None:
        now = self._clock()
        self._database.transact(lambda connection: batches.settle(connection, batch, state, now, reason))

    def _pause_when_nobody_is_reached(self, batch: Batch) -> None:
        """When everybody of the first batch is refused it is the message that LINE does not take."""
        progress = self._database.read(lambda connection: campaigns.progress(connection, batch.campaign_id))
        if not progress.sent and not progress.unclear and progress.refused >= policy.FIRST_BATCH:
            self._pause(batch, f"refused_{_BAD_REQUEST}")

    def _postpone(self, batch: Batch, was_refused: bool) -> None:
        due_at = self._clock() + policy.delay_after(batch.attempts)
        self._database.transact(lambda connection: batches.postpone(connection, batch, due_at, was_refused))

    def _pause(self, batch: Batch, reason: str) -> None:
        """Nothing was sent, and a person has to see to it."""
        due_at = self._clock() + policy.delay_after(batch.attempts)

        def work(connection: Connection) -> bool:
            batches.postpone(connection, batch, due_at, was_refused=True)
            return campaigns.pause(connection, batch.campaign_id, None, reason)

        if self._database.transact(work):
            log.warning("campaign_paused", campaign_id=batch.campaign_id, reason=reason)
