"""The page of numbers: a period, its charts, and beside each the same numbers as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, g, render_template, request
from sqlalchemy import Connection

from bot.console import charts
from bot.console.charts import Drawing, Series, Value
from bot.console.number_names import column_name, row_names, written
from bot.console.numbers import HOURS, Column, Numbers, Sheet, count
from bot.console.periods import PRESETS, BadPeriod, Period, last_days, read_period
from bot.console.security import needs
from bot.console.services import services
from bot.console.small_groups import Hidden, Told
from bot.console.words import Words
from bot.library.clinic import WEEKDAYS, Clinic

_LOOKS = ("first", "second", "third", "fourth")
_A_LINE = ("friends", "conversations")
_STACKED = ("outcomes", "understood")
_MOST_BARS = 10
"""The table has them all."""
_DRAWN = {"conversations": ("started", "finished")}
"""Which columns of a sheet are drawn, where it is not all of them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One sheet as the page shows it.

    Args:
        rows: name and values of each.
        totals: below the rows; empty where people would be counted twice.
        drawing: None when a table says it better, or nothing can be told.
    """

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    totals: tuple[str, ...]
    drawing: Drawing | None
    is_empty: bool
    is_untold: bool


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/numbers/")
    @needs("viewer")
    def numbers() -> str:
        these = services()
        period, problem = asked_period()
        found, names = these.database.read(lambda connection: _count_and_name(connection, period, these.clock()))
        shown = [_shown(sheet, names[sheet.id], period, these.live.desk.library.clinic) for sheet in found.sheets]
        return render_template(
            "console/numbers.html",
            period=period,
            presets=PRESETS,
            problem=problem,
            typed=request.args,
            heads=list(_heads(found)),
            sheets=shown,
        )


def asked_period() -> tuple[Period, str | None]:
    """The period of the address, and the key of what is wrong with it; the usual one is then shown."""
    these = services()
    today = these.local(these.clock()).date()
    try:
        return read_period(request.args, today, these.zone), None
    except BadPeriod as bad:
        return last_days(30, today, these.zone), str(bad)


def _count_and_name(connection: Connection, period: Period, now: int) -> tuple[Numbers, dict[str, tuple[str, ...]]]:
    found = count(connection, period, now)
    library = services().live.desk.library
    return found, {s.id: row_names(connection, s, period, library, g.words) for s in found.sheets}


def _heads(found: Numbers) -> Iterator[tuple[str, str]]:
    """The few numbers at the top: id and number."""
    started, finished, _ = found.conversations.columns
    understood, not_understood = found.understood.columns
    yield "friends_now", written(g.words, found.friends_now)
    yield "added", written(g.words, found.friends.columns[0].total)
    yield "started", written(g.words, started.total)
    yield "finished", _with_share(g.words, finished.total, started.total)
    yield "understood", _with_share(g.words, understood.total, _sum(understood.total, not_understood.total))


def _sum(one: Told | None, other: Told | None) -> Told | None:
    for value in (one, other):
        if isinstance(value, Hidden):
            return value
    return sum(value for value in (one, other) if isinstance(value, int))


def _with_share(words: Words, part: Told | None, whole: Told | None) -> str:
    text = written(words, part)
    if isinstance(part, Hidden) or isinstance(whole, Hidden) or part is None or not whole:
        return text
    return words("numbers_share", number=text, percent=round(100 * part / whole))


def _shown(sheet: Sheet, names: tuple[str, ...], period: Period, clinic: Clinic) -> Shown:
    rows = tuple(
        (name, tuple(written(g.words, column.values[i]) for column in sheet.columns)) for i, name in enumerate(names)
    )
    has_totals = any(column.total is not None for column in sheet.columns)
    return Shown(
        sheet.id,
        tuple(column_name(g.words, column.id) for column in sheet.columns),
        rows,
        tuple(written(g.words, column.total) for column in sheet.columns) if has_totals else (),
        _drawing(sheet, names, period, clinic),
        sheet.is_empty,
        not any(_value(value) for column in sheet.columns for value in column.values),
    )


def _drawing(sheet: Sheet, names: Sequence[str], period: Period, clinic: Clinic) -> Drawing | None:
    match sheet.id:
        case "campaigns":
            return None
        case "hours":
            return _heat(sheet, names, clinic)
        case "stops" | "guidebooks" | "guidebook_pages" | "bookings" | "topics":
            # The most come first; what is not told has no length, and the table names it.
            values = _values(sheet.columns[0])
            known = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
            return charts.bars(known[:_MOST_BARS], has_gaps=None in values) if known else None
    chosen = [c for c in sheet.columns if c.id in _DRAWN.get(sheet.id, (c.id,))]
    series = [
        Series(column_name(g.words, column.id), look, _values(column))
        for column, look in zip(chosen, _LOOKS, strict=False)
    ]
    labels = [stretch.label for stretch in period.stretches]
    if sheet.id in _A_LINE:
        return charts.lines(labels, series)
    return charts.columns(labels, series, stacked=sheet.id in _STACKED)


def _heat(sheet: Sheet, names: Sequence[str], clinic: Clinic) -> Drawing:
    days = [column_name(g.words, column.id) for column in sheet.columns]
    values = [[_value(column.values[hour]) for column in sheet.columns] for hour in HOURS]
    opened = {(hour, i) for i, day in enumerate(WEEKDAYS) for hour in HOURS if _is_open(clinic, i, hour)}
    tips = [
        [f"{day} {names[hour]}: {written(g.words, sheet.columns[i].values[hour])}" for i, day in enumerate(days)]
        for hour in HOURS
    ]
    return charts.heat(names, days, values, opened, tips)


def _is_open(clinic: Clinic, weekday: int, hour: int) -> bool:
    """Whether the clinic is open in any part of an hour of its usual week."""
    shifts = clinic.hours.on_weekday(WEEKDAYS[weekday])
    return any(
        shift.opens.hour <= hour and hour * 60 < shift.closes.hour * 60 + shift.closes.minute for shift in shifts
    )


def _values(column: Column) -> tuple[Value, ...]:
    return tuple(_value(value) for value in column.values)


def _value(told: Told) -> Value:
    return None if isinstance(told, Hidden) else told
