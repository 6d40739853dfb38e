"""What is kind and not promised: a message is marked as read, and who has to wait sees that an answer is coming.

Each is tried once, by a thread of its own, and left out when there is too much to do. Nothing waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import Protocol

import structlog

from bot.logs import described

log = structlog.get_logger(__name__)

MOST_WAITING = 100
LOOK_EVERY = 0.5
"""Seconds between two looks whether to stop."""


class Line(Protocol):
    """What is needed of LINE; `bot.line.client.LineClient` is one."""

    def show_loading(self, user_id: str) -> None: ...

    def mark_as_read(self, token: str) -> None: ...

    def is_read_by_hand(self) -> bool: ...


class Courtesies:
    """Does what is kind. Start it once per process."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: Queue[Callable[[], None]] = Queue(MOST_WAITING)
        self._is_read_by_hand: bool | None = None
        """None: LINE was not asked yet."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="courtesies", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after the call that runs, for at most `timeout` seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    def read(self, token: str) -> None:
        """Mark a message as read. LINE does it by itself unless the account answers chats by hand, too."""
        if self._is_read_by_hand is not False:
            self._do(lambda: self._mark_as_read(token))

    def keep_waiting(self, user_id: str) -> None:
        """Show that an answer is coming; it vanishes with the answer."""
        self._do(lambda: self._line.show_loading(user_id))

    def _do(self, call: Callable[[], None]) -> None:
        try:
            self._waiting.put_nowait(call)
        except Full:
            return

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._try(self._waiting.get(timeout=LOOK_EVERY))
            except Empty:
                continue

    def _mark_as_read(self, token: str) -> None:
        if self._is_read_by_hand is None:
            self._is_read_by_hand = self._line.is_read_by_hand()
        if self._is_read_by_hand:
            self._line.mark_as_read(token)

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            log.warning("courtesy_left_out", **described(error))
