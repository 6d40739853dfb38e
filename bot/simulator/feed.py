"""Who watches the chats: one queue per watcher, as server-sent events need it."""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

Update = dict[str, Any]

_MOST_WAITING = 1_000


class Subscription:
    """Everything that changes from the moment of subscribing, first the whole state.

    A watcher that reads too slowly is closed rather than served with gaps; it subscribes again and
    starts from a whole state.
    """

    def __init__(self, leave: Callable[[Subscription], None]) -> None:
        self.id = secrets.token_hex(8)
        self._updates: queue.Queue[Update | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._leave = leave
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed.is_set()

    def get(self, timeout: float | None = None) -> Update | None:
        """The next update, or None after `timeout` seconds (None: wait for ever) or once closed."""
        if self.closed:
            return None
        try:
            return self._updates.get(timeout=timeout)
        except queue.Empty:
            return None

    def put(self, update: Update) -> None:
        """Hand over an update without ever waiting for the reader."""
        try:
            self._updates.put_nowait(update)
        except queue.Full:
            self.close()

    def close(self) -> None:
        """Stop watching and wake a waiting reader. Closing twice is fine."""
        if self.closed:
            return
        self._closed.set()
        self._leave(self)
        with contextlib.suppress(queue.Full):  # full: the reader has plenty to read and is not waiting
            self._updates.put_nowait(None)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
