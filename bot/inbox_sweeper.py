"""Answering what was kept and not answered: after a crash, a failure, or when another process has died."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from bot.errors import StorageError
from bot.storage import inbox
from bot.storage.database import Database

log = structlog.get_logger(__name__)

SWEEP_EVERY = 1.0
"""Seconds between two looks for events that are due."""
USERS_AT_ONCE = 200


class InboxSweeper:
    """Looks for events that are due. Start it once per process; several processes may do the same."""

    def __init__(self, database: Database, answer: Callable[[str], None], clock: Callable[[], int]) -> None:
        """
        Args:
            answer: answers all that waits of a user, soon; called for one that is being answered it does no harm.
            clock: milliseconds since 1970.
        """
        self._database = database
        self._answer = answer
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="inbox-sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop it, waiting for at most `timeout` seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    def sweep_once(self) -> int:
        """Have answered what is due.

        Returns:
            For how many users.
        """
        now = self._clock()
        users = self._database.read(lambda connection: inbox.users_due(connection, now, USERS_AT_ONCE))
        for user_id in users:
            self._answer(user_id)
        return len(users)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self.sweep_once()
            except StorageError as error:
                log.error("inbox_sweep_failed", error=str(error))
            self._stopping.wait(SWEEP_EVERY)
