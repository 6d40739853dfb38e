"""A LINE that notes which multicasts it took, and one that is slow."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from bot.simulator.messaging_api import Answer, answer
from tests.server.platform import Platform


class WatchedLine:
    """Stands before the multicasts of a platform."""

    def __init__(self, platform: Platform) -> None:
        self._multicast = platform.fake.multicast
        self.accepted: list[list[str]] = []
        """Whom each multicast that LINE took was for."""
        self.repeated = 0
        """How many multicasts LINE had taken before."""
        platform.fake.multicast = self.multicast  # type: ignore[method-assign]

    def multicast(self, body: dict[str, Any], retry_key: str | None = None) -> Answer:
        given = self._multicast(body, retry_key)
        if given.status == 200:
            self.accepted.append(body["to"])
        self.repeated += given.status == 409
        return given

    def reached(self) -> Counter[str]:
        """How many accepted multicasts each person is in."""
        return Counter(user for users in list(self.accepted) for user in users)


class SlowLine(WatchedLine):
    """Multicasts take a while. `loses_calls` from some moment on: they never arrive."""

    SECONDS = 0.2
    """For one multicast."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.loses_calls = threading.Event()

    def multicast(self, body: dict[str, Any], retry_key: str | None = None) -> Answer:
        time.sleep(self.SECONDS)
        return answer(503) if self.loses_calls.is_set() else super().multicast(body, retry_key)
