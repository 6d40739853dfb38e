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

    def put_together(self, by_slot: Mapping[int, int], slot: int) -> tuple[int, ...]:
        """Counts by slot as counts by stretch.

        Args:
            by_slot: number of a slot since 1970 to a count; slots outside are left out.
            slot: its length, milliseconds.
        """
        place = self.places()
        sums = [0] * len(self.stretches)
        for number, count in by_slot.items():
            day = datetime.fromtimestamp(number * slot / 1000, self.zone).date()
            if day in place:
                sums[place[day]] += count
        return tuple(sums)

    def places(self) -> dict[date, int]:
        """Day to the place of its stretch."""
        found = {}
        for i, stretch in enumerate(self.stretches):
            for ahead in range((stretch.last - stretch.first).days + 1):
                found[stretch.first + timedelta(days=ahead)] = i
        return found


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
