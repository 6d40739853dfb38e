"""When a clinic is open: on a day, and seen from a moment. Public holidays come from jpholiday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import jpholiday

from bot.library.clinic import WEEKDAYS, Clinic, Shift, SpecialDays

_DAYS_AHEAD = 60
"""How far the next opening is looked for: beyond any closure that a clinic announces."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a clinic's hours mean at a moment.

    Args:
        closes: when the present shift ends; None when it is closed now.
        next_day: day of the next shift; None when open, or when nothing is planned for the coming 60 days.
        next_opens: when that shift begins.
    """

    closes: time | None = None
    next_day: date | None = None
    next_opens: time | None = None


def shifts_on(clinic: Clinic, day: date) -> tuple[Shift, ...]:
    """The shifts of one day: special days first, then public holidays, then the usual week."""
    special = special_days_on(clinic, day)
    if special:
        return special.shifts
    if clinic.hours.public_holidays is not None and jpholiday.is_holiday(day):
        return clinic.hours.public_holidays
    weekday = WEEKDAYS[day.weekday()]
    week = (day.day - 1) // 7 + 1
    if any(closure.weekday == weekday and week in closure.weeks for closure in clinic.monthly_closures):
        return ()
    return clinic.hours.on_weekday(weekday)


def special_days_on(clinic: Clinic, day: date) -> SpecialDays | None:
    """The special days that a day belongs to, if any."""
    return next((days for days in clinic.special_days if days.first <= day <= days.last), None)


def opening(clinic: Clinic, moment: datetime) -> Opening:
    """Whether a clinic is open at a moment, until when, and otherwise when next.

    Args:
        moment: clinic-local.
    """
    today, clock = moment.date(), moment.time().replace(tzinfo=None)
    for shift in shifts_on(clinic, today):
        if shift.opens <= clock < shift.closes:
            return Opening(closes=shift.closes)
        if clock < shift.opens:
            return Opening(next_day=today, next_opens=shift.opens)
    for ahead in range(1, _DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        shifts = shifts_on(clinic, day)
        if shifts:
            return Opening(next_day=day, next_opens=shifts[0].opens)
    return Opening()
