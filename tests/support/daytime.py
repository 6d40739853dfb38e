"""Where it is day or night now: a clinic there sends campaigns, or does not, whatever hour it is here."""

from __future__ import annotations

from datetime import UTC, datetime


def zone_at_noon() -> str:
    """A TZ_NAME of where it is between 12 and 13."""
    return _zone_at(12)


def zone_at_night() -> str:
    """A TZ_NAME of where it is between 2 and 3."""
    return _zone_at(2)


def _zone_at(hour: int) -> str:
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    # In these names the sign is the other way round: Etc/GMT-9 is nine hours ahead.
    return f"Etc/GMT{-ahead:+d}"
