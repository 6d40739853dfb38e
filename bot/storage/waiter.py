"""Waiting for a result of another thread."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Waiter(Generic[Result]):
    """A result that comes once. A tenth of the cost of `concurrent.futures.Future`, which an event pays three times."""

    __slots__ = ("_error", "_is_there", "_result")

    def __init__(self) -> None:
        self._is_there = threading.Lock()
        self._is_there.acquire()
        self._error: Exception | None = None
        self._result: Result | None = None

    def set_result(self, result: Result) -> None:
        """Let the one who waits go on."""
        self._result = result
        self._is_there.release()

    def set_error(self, error: Exception) -> None:
        """Let the one who waits go on, with an error."""
        self._error = error
        self._is_there.release()

    def wait(self, within: float | None) -> Result:
        """The result. Called once.

        Raises:
            TimeoutError: it has not come `within` seconds.
        """
        if not self._is_there.acquire(timeout=-1 if within is None else within):
            raise TimeoutError
        if self._error:
            raise self._error
        return self._result  # type: ignore[return-value]
