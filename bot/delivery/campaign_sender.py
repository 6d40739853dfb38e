"""Sending campaigns: prepares them, sends their batches within LINE's rate, and never twice to one person.

One thread per process looks for work; a pool sends. Several processes share the work: batches are leased in the
database, and the rate is kept there too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import structlog

from bot.delivery import policy
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
        threads: int = policy.MULTICAST_THREADS,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """
        Args:
            owner: id of this process, a UUID; batches are leased under it.
            threads: multicasts at the same time.
            clock: milliseconds since 1970.
        """
        self._database = database
        self._line = line
        self.owner = owner
        self._clock = clock
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="multicast")
        self._stopping = threading.Event()
        self._idle = threading.Semaphore(threads)
        self._thread = threading.Thread(target=self._work, name="campaigns", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Finish the multicasts that are on their way, for at most `timeout` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def work_once(self) -> bool:
        """Prepare some, send what is due.

        Returns:
            Whether there was something to do.
        """
        now = self._clock()
        prepared = self._prepare(now)
        leased = self._lease(now)
        for batch in leased:
            self._idle.acquire()
            self._pool.submit(self._send_safely, batch).add_done_callback(self._released)
        return prepared or bool(leased)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.work_once()
            except StorageError as error:
                log.error("campaigns_not_looked_at", error=str(error))
                busy = False
            except Exception as error:
                log.error("campaigns_not_looked_at", **described(error))
                busy = False
            if not busy:
                self._stopping.wait(policy.CAMPAIGN_LOOK_EVERY)

    def _released(self, _done: Future[None]) -> None:
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

    def _lease(self, now: int) -> list[Batch]:
        """As many batches as may be sent in this second. An idle look costs one read."""
        if not self._database.read(lambda connection: batches.any_due(connection, now)):
            return []
        return self._database.transact(
            lambda connection: batches.lease(
                connection,
                self.owner,
                now + policy.LEASE,
                now,
                most=rates.take(connection, "multicast", now, self._threads, policy.MULTICASTS_PER_SECOND),
            )
        )

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
        receipt = self._line.multicast(batch.user_ids, batch.messages, batch.retry_key)
        log.info("batch_sent", batch_id=batch.id, size=len(batch.user_ids), sent=receipt.sent, status=receipt.status)
        match receipt.sent:
            case Sent.ACCEPTED:
                self._settle(batch, batches.SENT)
            case Sent.REFUSED:
                self._refused(batch, receipt)
            case Sent.BUSY if receipt.status == _TOO_MANY and self._is_quota_used_up():
                self._postpone(batch)
                self._pause(batch, "quota")
            case Sent.BUSY | Sent.UNCERTAIN:
                self._postpone(batch)

    def _refused(self, batch: Batch, receipt: Receipt) -> None:
        """A refused multicast reached nobody. A bad recipient is found by halving; anything else needs a person."""
        if receipt.status != _BAD_REQUEST:
            self._postpone(batch)
            self._pause(batch, f"refused_{receipt.status}")
        elif len(batch.user_ids) > 1:
            now = self._clock()
            self._database.transact(lambda connection: batches.split(connection, batch, now))
        else:
            self._settle(batch, batches.REFUSED, f"{receipt.status} {receipt.request_id}".strip())

    def _is_quota_used_up(self) -> bool:
        quota = self._line.quota()
        return quota is not None and quota.left is not None and quota.left <= 0

    def _settle(self, batch: Batch, state: str, reason: str | None = None) -> None:
        now = self._clock()
        self._database.transact(lambda connection: batches.settle(connection, batch, state, now, reason))

    def _postpone(self, batch: Batch) -> None:
        now = self._clock()
        if now - batch.first_tried_at > policy.RETRY_KEY_LIFE:
            # LINE forgets the key after 24 hours and would send again: better never than twice.
            self._settle(batch, batches.UNCLEAR, "no clear answer within a day")
            return
        due_at = now + policy.delay_after(batch.attempts)
        self._database.transact(lambda connection: batches.postpone(connection, batch, due_at))

    def _pause(self, batch: Batch, reason: str) -> None:
        self._database.transact(lambda connection: campaigns.pause(connection, batch.campaign_id, None, reason))
        log.warning("campaign_paused", campaign_id=batch.campaign_id, reason=reason)
