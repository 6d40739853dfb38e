"""Transactions on SQLite and PostgreSQL.

SQLite: one writer thread that commits in groups. Its busy handler is unfair and can starve a thread for two seconds,
which is LINE's deadline; with one writer the longest wait is milliseconds, and the cost of `synchronous=FULL` is
shared by the group (measured; see bot/README.md). PostgreSQL: one transaction per call, tried again when the server
gave it up for the sake of another one (deadlock, serialisation) or the connection was lost before the commit.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.errors import SettingsError, StorageError

Result = TypeVar("Result")
Work = Callable[[Connection], Result]
"""Statements of one transaction. Runs again when its group is rolled back, so it does nothing outside the database."""

BUSY_TIMEOUT_MS = 10_000
LARGEST_GROUP = 64
LOCK_TIMEOUT_MS = 1_500
"""How long a statement waits for a lock on PostgreSQL: LINE wants its 200 within two seconds."""

_TRIES = 3
_GIVEN_UP = ("40001", "40P01")
"""serialization_failure and deadlock_detected (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
_LINES = 64


class Database:
    """One database. `transact` and `read` may be called from any thread."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: ``sqlite:///path`` or ``postgresql+psycopg://...``.

        Raises:
            SettingsError: when the URL cannot be understood.
        """
        try:
            self.url = make_url(url)
            self.is_sqlite = self.url.get_backend_name() == "sqlite"
            self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        except (ArgumentError, ImportError):
            raise SettingsError("DATABASE_URL must be sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.") from None
        self._writer = _GroupWriter(self.engine) if self.is_sqlite else None
        self._lines = [threading.Lock() for _ in range(_LINES)]

    def transact(
        self, work: Work[Result], then: Callable[[Result], None] = lambda _: None, in_line: str | None = None
    ) -> Result:
        """Run `work` in a transaction and return its result after the commit.

        Args:
            work: the statements.
            then: called with the result after the commit. Must not fail.
            in_line: of the calls that name the same, each begins when `then` of the one before has been called. On
                SQLite all calls follow each other so.

        Raises:
            StorageError: when the database refuses; nothing of `work` is kept.
        """
        try:
            if self._writer:
                return self._writer.submit(work, then).result()
            with self._lines[hash(in_line) % _LINES] if in_line is not None else nullcontext():
                result = self._committed(work)
                then(result)
                return result
        except SQLAlchemyError as error:
            raise StorageError(_explained(self.url.render_as_string(), error)) from error

    def _committed(self, work: Work[Result]) -> Result:
        for _ in range(_TRIES - 1):
            with self.engine.connect() as connection, connection.begin() as transaction:
                try:
                    result = work(connection)
                except DBAPIError as error:
                    if not _may_work_again(error):
                        raise
                    transaction.rollback()
                    continue
            return result
        with self.engine.begin() as connection:
            return work(connection)

    def read(self, work: Work[Result]) -> Result:
        """Run `work` that only reads.

        Raises:
            StorageError: when the database refuses.
        """
        try:
            with self.engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise StorageError(_explained(self.url.render_as_string(), error)) from error

    def close(self) -> None:
        """Finish what is queued and close all connections."""
        if self._writer:
            self._writer.close()
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class _Job:
    """One transaction that waits for the writer."""

    work: Work[Any]
    then: Callable[[Any], None]
    future: Future[Any]


class _GroupWriter:
    """The one thread that writes to SQLite: takes what is queued, runs it in one transaction, commits once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], then: Callable[[Result], None]) -> Future[Result]:
        job = _Job(work, then, Future())
        with self._lock:
            if self._closed:
                raise StorageError("The database is closed: the server is stopping.")
            self._queue.put(job)
        return job.future

    def close(self) -> None:
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
                    for job in group:
                        job.future.set_exception(error)
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
            if len(group) == 1:
                group[0].future.set_exception(error)
                return
            for job in group:
                self._commit_or_one_by_one(connection, [job])

    def _commit(self, connection: Connection, group: list[_Job]) -> None:
        with connection.begin():
            results = [job.work(connection) for job in group]
        for job, result in zip(group, results, strict=True):
            job.then(result)
            job.future.set_result(result)


def _may_work_again(error: DBAPIError) -> bool:
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _GIVEN_UP


def _postgres_engine(url: str) -> Engine:
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS}"
    return create_engine(url, pool_size=10, connect_args={"options": options, "connect_timeout": 2})


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy shall say BEGIN, not the driver: a transaction that reads first must still begin IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _explained(url: str, error: SQLAlchemyError) -> str:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return f"The database {url} cannot be used: {reason}. Check that it exists, is whole and can be written."
