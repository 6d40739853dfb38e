"""The period that numbers are shown for: clinic-local days, divided into days or weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

PRESETS = (7, 30, 90)
"""Days that can be chosen with one tap."""

LONGEST = 731
"""Days: two years are still readable, and counted in time."""

_MOST_DAYS = 14
"""More days than this are shown as weeks: in a day of a small clinic hardly five people come."""
_WEEK = 7


class BadPeriod(Exception):
    """The days that were asked for cannot be shown. The message is a key of content/console/."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days in a row, both of them included."""

    first: date
    last: date

    @property
    def label(self) -> str:
        """For an axis: the first day."""
        return f"{self.first.month}/{self.first.day}"

    @property
    def name(self) -> str:
        """For a table: all of it."""
        if self.first == self.last:
            return self.first.isoformat()
        return (
            f"{self.first} – {self.last:%m-%d}" if self.first.year == self.last.year else f"{self.first} – {self.last}"
        )


@dataclass(frozen=True, slots=True)
class Period:
    """What numbers are shown for.

    Args:
        days: of the preset that was chosen, None for days of one's own.
    """

    whole: Stretch
    zone: tzinfo
    days: int | None

    @property
    def start(self) -> int:
        """When it begins, milliseconds since 1970."""
        return _midnight(self.whole.first, self.zone)

    @property
    def end(self) -> int:
        """When it is over, milliseconds since 1970."""
        return _midnight(self.whole.last + timedelta(days=1), self.zone)

    @property
    def query(self) -> Mapping[str, str]:
        """What stands in an address that asks for it, see `read_period`."""
        return self.dates if self.days is None else {"days": str(self.days)}

    @property
    def dates(self) -> Mapping[str, str]:
        """The same with its two days, which stay what they are when midnight passes."""
        return {"from": self.whole.first.isoformat(), "to": self.whole.last.isoformat()}

    @property
    def by_day(self) -> bool:
        """Whether its stretches are days."""
        return (self.whole.last - self.whole.first).days < _MOST_DAYS

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Its days or weeks. Weeks are counted back from the last day, so that the newest one is whole."""
        step = timedelta(days=1 if self.by_day else _WEEK)
        borders = [self.whole.last + timedelta(days=1)]
        while borders[-1] > self.whole.first:
            borders.append(max(self.whole.first, borders[-1] - step))
        borders.reverse()
        return tuple(Stretch(first, after - timedelta(days=1)) for first, after in pairwise(borders))

    @property
    def short_first(self) -> int | None:
        """Days of the first week when it is not whole: its numbers look small, and nothing has dropped."""
        first = self.stretches[0]
        days = (first.last - first.first).days + 1
        return None if self.by_day or days == _WEEK else days

    @property
    def borders(self) -> tuple[int, ...]:
        """Where its stretches begin, and where the last one ends; milliseconds since 1970."""
        return (*(_midnight(stretch.first, self.zone) for stretch in self.stretches), self.end)


def last_days(days: int, today: date, zone: tzinfo) -> Period:
    """The last so many days, today included."""
    return Period(Stretch(today - timedelta(days=days - 1), today), zone, days)


def read_period(asked: Mapping[str, str], today: date, zone: tzinfo) -> Period:
    """The period of an address: ``days=30``, or ``from=2026-05-01&to=2026-05-31``; else the last 30 days.

    Raises:
        BadPeriod: the days cannot be read, are the wrong way round, begin in the future, or are too many.
    """
    if not (asked.get("from") or asked.get("to")):
        days = asked.get("days", "")
        return last_days(int(days) if days in {str(preset) for preset in PRESETS} else 30, today, zone)
    try:
        first = date.fromisoformat(asked.get("from", ""))
        last = min(date.fromisoformat(asked["to"]) if asked.get("to") else today, today)
    except ValueError:
        raise BadPeriod("period_unreadable") from None
    if first > today:
        raise BadPeriod("period_future")
    if last < first:
        raise BadPeriod("period_backwards")
    if (last - first).days >= LONGEST:
        raise BadPeriod("period_long")
    return Period(Stretch(first, last), zone, None)


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)
