"""The card of a clinic: whether it is open now, its hours, and the ways to reach it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from bot.library.clinic import WEEKDAYS, Clinic, Shift, SpecialDays
from bot.library.library import Library
from bot.library.opening import Opening, shifts_on
from bot.line import design
from bot.line.cards import ways
from bot.line.flex import (
    Part,
    bubble,
    button,
    column,
    line_of,
    link,
    panel,
    points,
    quiet,
    second_button,
    section,
    separator,
    text,
    title,
    uri,
)

TEL = "tel:"
URGENT = ("emergency_now", "same_day")
_ANNOUNCED_AHEAD = timedelta(days=45)
"""How long before special days patients are told of them."""
_MOST_ANNOUNCED = 4


def clinic_card(
    library: Library, clinic: Clinic, booking: str, today: date, state: Opening, urgency: str | None = None
) -> Part:
    """Where, when, and how to book.

    Args:
        booking: address that books.
        today: clinic-local.
        state: whether it is open now.
        urgency: of the patient's outcome. Whoever has to be seen today must not wait for this clinic to open: the ways
            out of the outcome stand first, and nothing is booked.
    """
    say = library.message
    announced = list(_announcements(library, clinic, today))
    body = [
        title(clinic.name),
        quiet(library.listed(clinic.departments), margin="2px"),
        open_state(library, state, today),
        *(section(say("special_days_title"), points(announced)) if announced else []),
        *section(say("address_title"), text(clinic.address)),
        *section(say("hours_title"), _hours(library, clinic, today), quiet(clinic.hours_note)),
        quiet(say("staff", phone=clinic.phone, phone_hours=clinic.phone_hours), margin=design.GAP),
        *section(say("bring_title"), points(clinic.bring)),
    ]
    online = None if urgency in URGENT else clinic.online_consultation
    if online:
        body += section(say("online_title"), text(online.text))
    call = second_button(uri(say("call_clinic_button"), f"{TEL}{clinic.phone}"))
    find = second_button(uri(say("map_button"), str(clinic.map_url)))
    if urgency in URGENT:
        return bubble([*urgent_notice(library, urgency), separator(), *body], footer=[call, find])
    footer = [
        button(uri(say("booking_button"), booking)),
        call,
        find,
        *([link(uri(online.link.label, online.link.uri))] if online else []),
    ]
    return bubble(body, footer=footer)


def urgent_notice(library: Library, urgency: str) -> list[Part]:
    """That an urgent outcome goes before any clinic's hours, and its ways out."""
    outcome = library.outcomes[urgency]
    level = design.LEVELS[urgency]
    notice = library.message("urgent_clinic", outcome=outcome.name)
    return [text(notice, weight="bold", color=level.colour), ways(outcome.links, level)]


def open_state(library: Library, state: Opening, today: date) -> Part:
    """Open until when, or closed until when: in words, with a symbol and a colour."""
    symbol, colour = (design.OPEN, design.ACCENT) if state.closes else (design.CLOSED, design.CAUTION)
    words = text(_state(library, state, today), weight="bold", color=colour)
    background = design.TINT if state.closes else design.CAUTION_TINT
    return panel([line_of(text(symbol, color=colour, flex=0), words, spacing="8px")], background, margin=design.GAP)


def _state(library: Library, state: Opening, today: date) -> str:
    if state.closes:
        return library.message("open_now", closes=_clock(state.closes))
    if state.next_day is None or state.next_opens is None:
        return library.message("closed_now")
    values = {"day": _day(library, state.next_day), "opens": _clock(state.next_opens)}
    return library.message("opens_today" if state.next_day == today else "opens_next", **values)


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


def _hours(library: Library, clinic: Clinic, today: date) -> Part:
    """The week; today's line stands out."""
    lines = [
        _hours_line(
            library.message(f"day_{day}"),
            _shifts(library, clinic.hours.on_weekday(day)),
            day == WEEKDAYS[today.weekday()] and shifts_on(clinic, today) == clinic.hours.on_weekday(day),
        )
        for day in WEEKDAYS
    ]
    if clinic.hours.public_holidays is not None:
        lines.append(_hours_line(library.message("public_holidays"), _shifts(library, clinic.hours.public_holidays)))
    return column(lines, spacing="2px")


def _hours_line(name: str, hours: str, is_today: bool = False) -> Part:
    weight = "bold" if is_today else "regular"
    letters = {"size": design.SMALL, "weight": weight}
    shown = text(name, flex=1, **letters), text(hours, flex=5, **letters)
    marked = {"backgroundColor": design.TINT, "cornerRadius": design.CORNER} if is_today else {}
    return line_of(*shown, paddingAll="4px", paddingStart="8px", paddingEnd="8px", **marked)


def _shifts(library: Library, shifts: tuple[Shift, ...]) -> str:
    named = [library.message("shift", opens=_clock(shift.opens), closes=_clock(shift.closes)) for shift in shifts]
    return " / ".join(named) or library.message("closed")


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
