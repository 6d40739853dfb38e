"""The card of a clinic: whether it is open now, its hours, and the ways to reach it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.library.clinic import WEEKDAYS, Clinic, Shift, SpecialDays
from bot.library.library import Library
from bot.library.opening import opening
from bot.line import design
from bot.line.flex import Part, bubble, button, heading, link, points, quiet, separator, text, uri

_TEL = "tel:"
_URGENT = ("emergency_now", "same_day")
_ANNOUNCED_AHEAD = timedelta(days=45)
"""How long before special days patients are told of them."""
_MOST_ANNOUNCED = 4


def clinic_card(library: Library, clinic: Clinic, booking: str, moment: datetime, urgency: str | None = None) -> Part:
    """Where, when, and how to book.

    Args:
        booking: address that books.
        moment: clinic-local now.
        urgency: of the patient's outcome. Whoever has to be seen today must not wait for this clinic to open: the ways
            out of the outcome stand first, and nothing is booked.
    """
    say = library.message
    announced = list(_announcements(library, clinic, moment.date()))
    body = [
        text(clinic.name, size=design.TITLE, weight="bold"),
        quiet(library.listed(clinic.departments)),
        text(_now(library, clinic, moment), weight="bold", color=design.ACCENT, margin=design.GAP),
        *([heading(say("special_days_title")), *points(announced)] if announced else []),
        heading(say("address_title")),
        text(clinic.address),
        heading(say("hours_title")),
        *_hours(library, clinic),
        quiet(clinic.hours_note, margin="sm"),
        quiet(say("staff", phone=clinic.phone, phone_hours=clinic.phone_hours), margin=design.GAP),
        heading(say("bring_title")),
        *points(clinic.bring),
    ]
    online = None if urgency in _URGENT else clinic.online_consultation
    if online:
        body += [heading(say("online_title")), text(online.text)]
    call = link(uri(say("call_clinic_button"), f"{_TEL}{clinic.phone}"))
    find = link(uri(say("map_button"), str(clinic.map_url)))
    if urgency in _URGENT:
        return bubble([*_urgent_notice(library, urgency), *body], footer=[call, find])
    footer = [
        button(uri(say("booking_button"), booking)),
        call,
        *([link(uri(online.link.label, online.link.uri))] if online else []),
        find,
    ]
    return bubble(body, footer=footer)


def _urgent_notice(library: Library, urgency: str) -> list[Part]:
    outcome = library.outcomes[urgency]
    colour = design.URGENCY[urgency]
    notice = library.message("urgent_clinic", outcome=outcome.name)
    links = [button(uri(item.label, item.uri), colour) for item in outcome.links]
    return [text(notice, weight="bold", color=colour), *links, separator()]


def _now(library: Library, clinic: Clinic, moment: datetime) -> str:
    """Open until when, or closed until when."""
    state = opening(clinic, moment)
    if state.closes:
        return library.message("open_now", closes=_clock(state.closes))
    if state.next_day is None or state.next_opens is None:
        return library.message("closed_now")
    values = {"day": _day(library, state.next_day), "opens": _clock(state.next_opens)}
    return library.message("opens_today" if state.next_day == moment.date() else "opens_next", **values)


def _announcements(library: Library, clinic: Clinic, today: date) -> Iterator[str]:
    """Special days that are near, and the weeks in which a weekday is closed."""
    near = [days for days in clinic.special_days if days.last >= today and days.first <= today + _ANNOUNCED_AHEAD]
    for days in near[:_MOST_ANNOUNCED]:
        hours = _shifts(library, days.shifts)
        yield library.message("special_days", days=_span(library, days), hours=hours, reason=days.reason)
    for closure in clinic.monthly_closures:
        weeks = library.listed(str(week) for week in closure.weeks)
        yield library.message("monthly_closure", weeks=weeks, day=library.message(f"day_{closure.weekday}"))


def _span(library: Library, days: SpecialDays) -> str:
    first = _day(library, days.first)
    return first if days.first == days.last else library.message("span", first=first, last=_day(library, days.last))


def _day(library: Library, day: date) -> str:
    weekday = library.message(f"day_{WEEKDAYS[day.weekday()]}")
    return library.message("date", month=day.month, day=day.day, weekday=weekday)


def _hours(library: Library, clinic: Clinic) -> Iterator[Part]:
    for day in WEEKDAYS:
        yield _hours_row(library.message(f"day_{day}"), _shifts(library, clinic.hours.on_weekday(day)))
    if clinic.hours.public_holidays is not None:
        yield _hours_row(library.message("public_holidays"), _shifts(library, clinic.hours.public_holidays))


def _hours_row(name: str, hours: str) -> Part:
    contents = [text(name, flex=1, size=design.SMALL), text(hours, flex=7, size=design.SMALL)]
    return {"type": "box", "layout": "horizontal", "contents": contents}


def _shifts(library: Library, shifts: tuple[Shift, ...]) -> str:
    named = [library.message("shift", opens=_clock(shift.opens), closes=_clock(shift.closes)) for shift in shifts]
    return " / ".join(named) or library.message("closed")


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
