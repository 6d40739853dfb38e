"""Threads for what nobody waits for, with a bound for what may be queued."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.errors import StorageError

MOST_WAITING = 5_000


class Workers:
    """A thread pool that refuses instead of growing."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        return self._waiting

    def submit(self, work: Callable[[], object], failed: Callable[[Exception], None]) -> None:
        """Let a thread do `work`.

        Args:
            failed: called with the error of `work`, or when there is no room for it. Not for what is left undone at
                the end.
        """
        if self._counted(1) > MOST_WAITING:
            self._counted(-1)
            failed(StorageError("The database is busy: too many transactions wait for it."))
            return
        try:
            self._pool.submit(self._work, work, failed)
        except RuntimeError:
            self._counted(-1)
            failed(StorageError("The database is closed: the server is stopping."))

    def close(self) -> None:
        """Finish what has begun; what only waits is left undone."""
        self._pool.shutdown(cancel_futures=True)

    def _work(self, work: Callable[[], object], failed: Callable[[Exception], None]) -> None:
        self._counted(-1)
        try:
            work()
        except Exception as error:
            failed(error)

    def _counted(self, more: int) -> int:
        with self._lock:
            self._waiting += more
            return self._waiting
