"""The one thread that writes to an SQLite file, and commits in groups."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
LATER_BESIDE = 2
"""When more than so many wait that nobody waits for, as after a broadcast, so few of them come along beside those that
somebody waits for: these come first, and the others go on all the same."""
MOST_WAITING = 5_000
"""Transactions that may be queued: more would not be reached in time, and take memory."""

_CLOSED = "The database is closed: the server is stopping."
_BUSY = "The database is busy: too many transactions wait for it."
_NOBODY_CAN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
"""Of a group, none would fare better alone; each would wait for the same lock once more."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One transaction that waits for the writer."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], None]
    failed: Callable[[Exception], None]
    is_later: bool


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
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(
        self,
        work: Callable[[Connection], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None],
        later: bool,
    ) -> None:
        """Queue a transaction.

        Args:
            then: called with the result after the commit, by the thread that writes.
            failed: called with the error instead; nothing of `work` is kept.
            later: somebody waits for most others; this one comes behind them, and is left undone at the end.
        """
        with self._lock:
            refused = _CLOSED if self._closed else _BUSY if self.waiting >= MOST_WAITING else None
            if refused is None:
                self._queue.put(_Job(work, then, failed, later))
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
        group = [self._soon.popleft() for _ in range(min(len(self._soon), LARGEST_GROUP))]
        if not self._closed:
            most = LATER_BESIDE if group and len(self._later) > MANY_LATER else LATER_AT_ONCE
            group += [self._later.popleft() for _ in range(min(len(self._later), most))]
        return group

    def _sort_in(self) -> None:
        """Take over what has come; wait for something when there is nothing."""
        try:
            while True:
                has_work = self._soon or self._later or self._closed
                job = self._queue.get_nowait() if has_work else self._queue.get()
                if job:
                    (self._later if job.is_later else self._soon).append(job)
        except Empty:
            return

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
