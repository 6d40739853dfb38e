"""What every page of the console works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from flask import current_app

from bot.console.words import Words
from bot.delivery.sender import Sender
from bot.line.client import Quota, Receipt
from bot.live_desk import LiveDesk
from bot.storage.database import Database

EXTENSION = "hizaura.console"


class Line(Protocol):
    """What pages need of LINE: a test message to staff, and the quota."""

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt: ...

    def quota(self) -> Quota | None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What every page works with.

    Args:
        sender: hands over what staff write by hand.
        words: language to the words of the pages.
        clock: milliseconds since 1970.
        zone: where the clinic is; times are shown in it.
    """

    database: Database
    live: LiveDesk
    line: Line
    sender: Sender
    words: Mapping[str, Words]
    clock: Callable[[], int]
    zone: tzinfo

    def local(self, moment: int) -> datetime:
        """A stored moment as clinic-local time."""
        return datetime.fromtimestamp(moment / 1000, self.zone)


def services() -> Services:
    """The services of the running application."""
    found: Services = current_app.extensions[EXTENSION]
    return found
