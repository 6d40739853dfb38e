"""How to reach a clinic, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.library.clinic import WEEKDAYS, Clinic, Shift
from bot.library.library import Library

_ANNOUNCED_AHEAD = timedelta(days=45)
"""How long before special days readers are told of them."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A clinic with its ways in.

    Args:
        hours: name of the day and what its hours are.
        announced: special days that are near, and closures of single weeks.
        booking: where the booking button leads.
    """

    clinic: Clinic
    hours: tuple[tuple[str, str], ...]
    announced: tuple[str, ...]
    booking: str


def contact_of(library: Library, clinic: Clinic, booking: str, today: date) -> Contact:
    """A clinic as it is reached.

    Args:
        booking: address that books.
        today: clinic-local.
    """
    return Contact(clinic, tuple(_hours(library, clinic)), tuple(_announced(library, clinic, today)), booking)


def _hours(library: Library, clinic: Clinic) -> Iterator[tuple[str, str]]:
    for day in WEEKDAYS:
        yield library.message(f"day_{day}"), _shifts(library, clinic.hours.on_weekday(day))
    if clinic.hours.public_holidays is not None:
        yield library.message("public_holidays"), _shifts(library, clinic.hours.public_holidays)


def _announced(library: Library, clinic: Clinic, today: date) -> Iterator[str]:
    for days in clinic.special_days:
        if days.first - _ANNOUNCED_AHEAD <= today <= days.last:
            first, last = _day(library, days.first), _day(library, days.last)
            span = first if first == last else library.message("span", first=first, last=last)
            hours = _shifts(library, days.shifts)
            yield library.message("special_days", days=span, hours=hours, reason=days.reason)
    for closure in clinic.monthly_closures:
        weeks = library.listed(str(week) for week in closure.weeks)
        yield library.message("monthly_closure", weeks=weeks, day=library.message(f"day_{closure.weekday}"))


def _day(library: Library, day: date) -> str:
    weekday = library.message(f"day_{WEEKDAYS[day.weekday()]}")
    return library.message("date", month=day.month, day=day.day, weekday=weekday)


def _shifts(library: Library, shifts: tuple[Shift, ...]) -> str:
    named = (library.message("shift", opens=f"{s.opens:%H:%M}", closes=f"{s.closes:%H:%M}") for s in shifts)
    return " / ".join(named) or library.message("closed")
