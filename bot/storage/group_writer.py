"""The one thread that writes to an SQLite file, and commits in groups."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from bot.errors import StorageError

Result = TypeVar("Result")

LARGEST_GROUP = 64
MOST_WAITING = 2_000
"""Transactions that may wait when somebody counts the seconds: more would not be reached in time."""

_NOBODY_CAN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
"""Of a group, none would fare better alone; each would wait for the same lock once more."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One transaction that waits for the writer."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], None]
    future: Future[Any]


class GroupWriter:
    """Takes what is queued, runs it in one transaction, commits once."""

    def __init__(self, engine: Engine, explained: Callable[[Exception], Exception]) -> None:
        """
        Args:
            explained: makes of a driver's error the one that callers get.
        """
        self._engine = engine
        self._explained = explained
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(
        self, work: Callable[[Connection], Result], then: Callable[[Result], None], hurries: bool
    ) -> Future[Result]:
        """Queue a transaction.

        Args:
            hurries: refuse it at once when very many wait already.
        """
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(StorageError("The database is closed: the server is stopping."))
            elif hurries and self._queue.qsize() >= MOST_WAITING:
                future.set_exception(StorageError("The database is busy: too many transactions wait for it."))
            else:
                self._queue.put(_Job(work, then, future))
        return future

    def close(self) -> None:
        """Finish what is queued, then end."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            group, is_last = self._next_group()
            if group:
                try:
                    connection = connection or self._engine.connect().execution_options(writes=True)
                except Exception as error:
                    self._refuse(group, error)
                else:
                    self._commit_or_one_by_one(connection, group)
            if is_last:
                if connection:
                    connection.close()
                return

    def _next_group(self) -> tuple[list[_Job], bool]:
        """What is queued, and whether nothing will follow."""
        group: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            group.append(job)
            if len(group) == LARGEST_GROUP:
                return group, False
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

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
            job.future.set_result(result)

    def _refuse(self, group: list[_Job], error: Exception) -> None:
        for job in group:
            job.future.set_exception(self._explained(error))


def _concerns_everybody(error: Exception) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, OperationalError) else None
    # The low byte is the kind; the rest tells more of it (https://www.sqlite.org/rescode.html).
    return code is not None and code & 0xFF in _NOBODY_CAN
