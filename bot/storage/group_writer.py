"""The one thread that writes to an SQLite file, and commits in groups."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from bot.errors import StorageError

Result = TypeVar("Result")

LARGEST_GROUP = 64
LATER_AT_ONCE = 16
"""Of those that nobody waits for, in one group: with steps of a conversation in them, about 20 ms."""

MANY_LATER = 64
CROWD = 0.05
LATER_IN_A_CROWD = 2
GRACE = 0.003
"""After a broadcast thousands of webhooks come within a second, and LINE gives each two seconds. There is a crowd when
more than `MANY_LATER` wait that nobody waits for, and one that hurries came within `CROWD` seconds: then the former
come along by twos only, and threads that are about to ask get `GRACE` seconds to do so. Without it the next webhooks
would wait while the events of the first are answered (measured: 12 s for 5,000 instead of 3)."""

MOST_WAITING = 2_000
MOST_LATER = 20_000
"""Transactions that may be queued, with and without somebody who waits: more would not be reached in time, and take
memory."""

_CLOSED = "The database is closed: the server is stopping."
_BUSY = "The database is busy: too many transactions wait for it."
_NOBODY_CAN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
"""Of a group, none would fare better alone; each would wait for the same lock once more."""


class Haste(IntEnum):
    """How long a transaction may wait.

    LATER: nobody waits for it; it comes behind all others, and is left undone at the end.
    SOON: somebody waits for it.
    NOW: somebody waits for it who counts the milliseconds.
    """

    LATER = 0
    SOON = 1
    NOW = 2


@dataclass(frozen=True, slots=True)
class _Job:
    """One transaction that waits for the writer."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], None]
    failed: Callable[[Exception], None]
    haste: Haste


class GroupWriter:
    """Takes what is queued, runs it in one transaction, commits once."""

    def __init__(self, engine: Engine, explained: Callable[[Exception], Exception]) -> None:
        """
        Args:
            explained: makes of a driver's error the one that callers get.
        """
        self._engine = engine
        self._explained = explained
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._soon: deque[_Job] = deque()
        self._later: deque[_Job] = deque()
        self._lock = threading.Lock()
        self._hurried_at = -CROWD
        self._submitted = [0, 0]
        self._taken = [0, 0]
        """How many so far, with somebody who waits and without."""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(
        self,
        work: Callable[[Connection], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None],
        haste: Haste,
    ) -> None:
        """Queue a transaction.

        Args:
            then: called with the result after the commit, by the thread that writes.
            failed: called with the error instead; nothing of `work` is kept.
        """
        with self._lock:
            refused = _CLOSED if self._closed else self._is_full(haste)
            if refused is None:
                self._submitted[haste is Haste.LATER] += 1
                self._queue.put(_Job(work, then, failed, haste))
        if refused:
            failed(StorageError(refused))

    def close(self) -> None:
        """Finish what somebody waits for, then end."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many are queued."""
        return self._queue.qsize() + len(self._soon) + len(self._later)

    def _is_full(self, haste: Haste) -> str | None:
        is_later = haste is Haste.LATER
        waiting = self._submitted[is_later] - self._taken[is_later]
        return _BUSY if waiting >= (MOST_LATER if is_later else MOST_WAITING) else None

    def _run(self) -> None:
        connection: Connection | None = None
        while group := self._next_group():
            try:
                connection = connection or self._engine.connect().execution_options(writes=True)
            except Exception as error:
                self._refuse(group, error)
            else:
                self._commit_or_one_by_one(connection, group)
        self._refuse(self._later, StorageError(_CLOSED))
        if connection:
            connection.close()

    def _next_group(self) -> list[_Job]:
        """What is queued; nothing at the end."""
        self._sort_in()
        soon = [self._soon.popleft() for _ in range(min(len(self._soon), LARGEST_GROUP))]
        most = 0 if self._closed else LATER_IN_A_CROWD if self._is_crowded() else LATER_AT_ONCE
        later = [self._later.popleft() for _ in range(min(len(self._later), most))]
        self._taken[False] += len(soon)
        self._taken[True] += len(later)
        return soon + later

    def _sort_in(self) -> None:
        """Take over what has come; wait for something when there is nothing."""
        try:
            while True:
                job = self._queue.get(timeout=self._patience())
                if job:
                    (self._soon if job.haste else self._later).append(job)
                    if job.haste is Haste.NOW:
                        self._hurried_at = time.monotonic()
        except Empty:
            return

    def _is_crowded(self) -> bool:
        return len(self._later) > MANY_LATER and time.monotonic() - self._hurried_at < CROWD

    def _patience(self) -> float | None:
        """Seconds to wait for the next one; None: as long as it takes."""
        if self._soon or self._closed:
            return 0
        if self._is_crowded():
            return GRACE
        return 0 if self._later else None

    def _commit_or_one_by_one(self, connection: Connection, group: list[_Job]) -> None:
        """When one of a group fails, the group is rolled back and each runs in a transaction of its own."""
        try:
            self._commit(connection, group)
        except Exception as error:
            if len(group) == 1 or _concerns_everybody(error):
                self._refuse(group, error)
                return
            for job in group:
                self._commit_or_one_by_one(connection, [job])

    def _commit(self, connection: Connection, group: list[_Job]) -> None:
        with connection.begin():
            results = [job.work(connection) for job in group]
        for job, result in zip(group, results, strict=True):
            job.then(result)

    def _refuse(self, group: Iterable[_Job], error: Exception) -> None:
        for job in group:
            job.failed(self._explained(error))


def _concerns_everybody(error: Exception) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, OperationalError) else None
    # The low byte is the kind; the rest tells more of it (https://www.sqlite.org/rescode.html).
    return code is not None and code & 0xFF in _NOBODY_CAN
