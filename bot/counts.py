"""What is counted on the way of an event; `bot.metrics.Metrics` does it in the server."""

from __future__ import annotations

from typing import Protocol

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: the folder in which several worker processes count together. Not set when there is one."""


class Counts(Protocol):
    """Counts. Safe to share between threads, never fails, and gets neither a user nor a text."""

    def webhook(self, result: str, seconds: float) -> None:
        """A webhook request was answered.

        Args:
            result: ok, refused, not_kept, too_long, too_slow or busy.
            seconds: since it came.
        """

    def events(self, result: str, number: int = 1, kind: str = "") -> None:
        """Events of webhooks.

        Args:
            result: answered, repeated, not_kept or set_aside.
            kind: as in `bot.record.Record`; only what is answered has one.
        """


class NotCounted:
    """Counts nothing: for whoever does not look at numbers."""

    def webhook(self, result: str, seconds: float) -> None:
        """Nothing."""

    def events(self, result: str, number: int = 1, kind: str = "") -> None:
        """Nothing."""
