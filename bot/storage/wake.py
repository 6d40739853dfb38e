"""Waking the senders of other processes: LISTEN and NOTIFY of PostgreSQL, with their looking around as the net."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import Connection, text

from bot.storage.database import Database

log = structlog.get_logger(__name__)

_CHANNEL = "hizaura_outbox"
_NOTIFY = text("SELECT pg_notify(:channel, :user)")
_LOOK_EVERY_S = 1.0
"""Between two looks whether to stop."""


def notify(connection: Connection, user_id: str) -> None:
    """Tell every process, at the commit, that a row of a user waits in the outbox and nobody holds it.

    Only for rows that are not handed over in memory: PostgreSQL lets the commits of those who notify follow each other
    (https://www.postgresql.org/docs/current/sql-notify.html).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"channel": _CHANNEL, "user": user_id})


class WakeListener:
    """Hears what other processes tell. Does nothing on SQLite, which has one process only."""

    def __init__(self, database: Database, wake: Callable[[str | None], None]) -> None:
        """
        Args:
            wake: called with the user whose row waits; with None when something may have been missed.
        """
        self._database = database
        self._wake = wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="wake-listener", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        if not self._database.is_sqlite:
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop the thread, waiting for at most `timeout` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hear()
            except psycopg.Error as error:
                log.warning("wake_listener_lost", error=type(error).__name__)
                self._stopping.wait(_LOOK_EVERY_S)

    def _hear(self) -> None:
        # Not one of the pool: it listens as long as it lives.
        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            # What was told before is not repeated.
            self._wake(None)
            while not self._stopping.is_set():
                for told in connection.notifies(timeout=_LOOK_EVERY_S):
                    self._wake(told.payload)
