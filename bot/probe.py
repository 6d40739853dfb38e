"""Asking something that may hang, without waiting for it for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from bot.errors import StorageError

Answer = TypeVar("Answer")


class Probe(Generic[Answer]):
    """Asks in a thread of its own; while one answer is outstanding, everybody waits for the same one."""

    def __init__(self, ask: Callable[[], Answer], within: float) -> None:
        """
        Args:
            ask: may hang, or raise StorageError.
            within: seconds to wait for it.
        """
        self._ask = ask
        self._within = within
        self._lock = threading.Lock()
        self._outstanding: Future[Answer] | None = None

    def answer(self) -> Answer | None:
        """What was answered; None when nothing came in time, or an error."""
        with self._lock:
            if self._outstanding is None or self._outstanding.done():
                self._outstanding = Future()
                threading.Thread(target=self._work, args=(self._outstanding,), name="probe", daemon=True).start()
            outstanding = self._outstanding
        try:
            return outstanding.result(self._within)
        except (TimeoutError, StorageError):
            return None

    def _work(self, outstanding: Future[Answer]) -> None:
        try:
            outstanding.set_result(self._ask())
        except Exception as error:
            outstanding.set_exception(error)
