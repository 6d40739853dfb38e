"""What happened: events that LINE delivered, and answers that it accepted."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

BOT = "U" + "0" * 32
"""The account's own user id."""


@dataclass(slots=True)
class Delivered:
    """An event of a user.

    Args:
        event: webhook JSON.
        acknowledged: whether a delivery of it got 200 within LINE's two seconds.
    """

    user: str
    event: dict[str, Any]
    acknowledged: bool = False
    deliveries: int = 0

    @property
    def id(self) -> str:
        id: str = self.event["webhookEventId"]
        return id


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that LINE accepted.

    Args:
        words: the messages, as `words_of` writes them.
        event: whose reply token was used; None for a push.
        at: seconds after the beginning.
    """

    user: str
    words: str
    event: str | None
    at: float = 0.0


@dataclass(slots=True)
class History:
    """Everything of one run. Times are seconds after `began`."""

    began: float = field(default_factory=time.monotonic)
    events: dict[str, Delivered] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    users: int = 0
    redeliveries: int = 0
    duplicates: int = 0
    longest_acknowledgement: float = 0.0
    late: list[str] = field(default_factory=list)
    """Events whose 200 came after LINE's two seconds."""
    disturbed: list[str] = field(default_factory=list)
    """What went wrong, as it really happened."""
    calls: list[tuple[float, str, str, str, int]] = field(default_factory=list)
    """Calls to LINE: when, method, reply token's event or the user pushed to, what became of it, and the status that
    LINE decided on, 0 when it never looked at the call."""

    def now(self) -> float:
        """Seconds after the beginning."""
        return time.monotonic() - self.began

    def write(self, path: Path) -> None:
        """Keep it all for whoever looks for the cause of something."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))


def words_of(messages: list[dict[str, Any]]) -> str:
    """Messages in one form, to compare them."""
    return json.dumps(messages, ensure_ascii=False, sort_keys=True)
