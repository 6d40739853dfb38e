"""A thread that sends what is due."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from bot.delivery import policy
from bot.logs import described

log = structlog.get_logger(__name__)


class DueSender:
    """Sends what is due, again and again. Start it once per process; several processes share the work."""

    def __init__(self, name: str, send: Callable[[int], int], clock: Callable[[], int]) -> None:
        """
        Args:
            name: of what it sends.
            send: sends what is due at a moment, milliseconds since 1970, and gives how many.
            clock: milliseconds since 1970.
        """
        self._name = name
        self._send = send
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after the transaction that runs, for at most `timeout` seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                sent = self._send(self._clock())
            except Exception as error:
                log.error("due_not_sent", what=self._name, **described(error))
                sent = 0
            if sent < policy.STEPS_AT_ONCE:
                self._stopping.wait(policy.SEQUENCE_LOOK_EVERY)
