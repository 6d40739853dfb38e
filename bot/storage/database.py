"""Transactions on SQLite and PostgreSQL.

SQLite: one writer thread that commits in groups. Its busy handler is unfair and can starve a thread for two seconds,
which is LINE's deadline; with one writer the longest wait is milliseconds, and the cost of `synchronous=FULL` is
shared by the group (measured; see bot/README.md). PostgreSQL: one transaction per call, tried again when the server
gave it up for the sake of another one (deadlock, serialisation) or the connection was lost before the commit.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.errors import SettingsError, StorageError
from bot.storage.group_writer import GroupWriter, Haste
from bot.storage.waiter import Waiter
from bot.storage.workers import Workers

Result = TypeVar("Result")
Work = Callable[[Connection], Result]
"""Statements of one transaction. Runs again when its group is rolled back, so it does nothing outside the database."""

BUSY_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 1_500
"""How long a statement waits for a lock on PostgreSQL: LINE wants its 200 within two seconds."""
CONNECTIONS = 20
"""To PostgreSQL, per process, all of them kept: one more than that would be opened and closed for a single transaction,
and its password costs milliseconds of CPU (measured: two thirds of an event)."""
_POOL_TIMEOUT_S = 1.5

_TRIES = 3
_GIVEN_UP = ("40001", "40P01")
"""serialization_failure and deadlock_detected (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
_LINES = 64
_WORKERS = 8
"""Threads that answer events; each waits for the server most of its time."""


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
        self._writer = GroupWriter(self.engine, self._explained) if self.is_sqlite else None
        self._workers = None if self.is_sqlite else Workers(_WORKERS, "postgresql")
        self._lines = [threading.Lock() for _ in range(_LINES)]

    def transact(
        self,
        work: Work[Result],
        then: Callable[[Result], None] = lambda _: None,
        *,
        in_line: str | None = None,
        within: float | None = None,
    ) -> Result:
        """Run `work` in a transaction and return its result after the commit.

        Args:
            work: the statements.
            then: called with the result after the commit. Must not fail.
            in_line: of the calls that name the same, each begins when `then` of the one before has been called. On
                SQLite all calls follow each other so.
            within: seconds after which the caller waits no longer; what is queued on SQLite is done all the same.

        Raises:
            StorageError: when the database refuses; nothing of `work` is kept. Or when the time is over; then nobody
                knows.
        """
        if not self._writer:
            try:
                return self._in_line(work, then, in_line)
            except SQLAlchemyError as error:
                raise self._explained(error) from error
        waiter: Waiter[Result] = Waiter()

        def go_on(result: Result) -> None:
            then(result)
            waiter.set_result(result)

        self._writer.submit(work, go_on, waiter.set_error, Haste.SOON if within is None else Haste.NOW)
        try:
            return waiter.wait(within)
        except TimeoutError:
            raise StorageError("The database is busy: the time for an answer is over.") from None

    def transact_later(
        self,
        work: Work[Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None],
        *,
        in_line: str | None = None,
    ) -> None:
        """The same, behind everything that somebody waits for, by a thread of the database's own.

        Args:
            failed: called with what `transact` would raise.
        """
        if self._writer:
            self._writer.submit(work, then, failed, Haste.LATER)
        elif self._workers:
            in_turn = partial(self._in_line, work, then, in_line)
            self._workers.submit(in_turn, lambda error: failed(self._explained(error)))

    def _in_line(self, work: Work[Result], then: Callable[[Result], None], in_line: str | None) -> Result:
        with self._lines[hash(in_line) % _LINES] if in_line is not None else nullcontext():
            result = self._committed(work)
            then(result)
            return result

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

    @property
    def waiting_later(self) -> int:
        """How many transactions wait that nobody waits for."""
        if self._writer:
            return self._writer.waiting
        return self._workers.waiting if self._workers else 0

    def read(self, work: Work[Result]) -> Result:
        """Run `work` that only reads.

        Raises:
            StorageError: when the database refuses.
        """
        try:
            with self.engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> Exception:
        """What callers get for a driver's error; any other error stays what it is."""
        if not isinstance(error, SQLAlchemyError):
            return error
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        where = self.url.render_as_string()
        message = f"The database {where} cannot be used: {reason}. Check that it exists, is whole and can be written."
        explained = StorageError(message)
        explained.__cause__ = error
        return explained

    def close(self) -> None:
        """Finish what is queued and close all connections."""
        if self._writer:
            self._writer.close()
        if self._workers:
            self._workers.close()
        self.engine.dispose()


def _may_work_again(error: DBAPIError) -> bool:
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _GIVEN_UP


def _postgres_engine(url: str) -> Engine:
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS}"
    # tcp_user_timeout: a server that is gone without a word is noticed as soon.
    to_server = {"options": options, "connect_timeout": 2, "tcp_user_timeout": LOCK_TIMEOUT_MS}
    return create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=_POOL_TIMEOUT_S,
        pool_use_lifo=True,
        connect_args=to_server,
    )


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
