"""When a clinic is open: the usual week, public holidays, closures by the month, special days, and what comes next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.clinic import WEEKDAYS, Clinic
from bot.library.opening import Opening, opening, shifts_on, special_days_on

MORNING, AFTERNOON = ("09:00", "12:30"), ("15:00", "18:30")
CLOSED: tuple[()] = ()

A_TUESDAY = date(2026, 11, 24)
A_THURSDAY = date(2026, 11, 26)
A_SUNDAY = date(2026, 11, 29)
LABOUR_DAY = date(2026, 11, 23)  # a Monday
NEW_YEARS_DAY = date(2027, 1, 1)  # a Friday
SUBSTITUTE_HOLIDAY = date(2027, 3, 22)  # a Monday: the equinox is on the Sunday before
ORDINARY_MONDAY = date(2026, 11, 30)

Shifts = tuple[tuple[str, str], ...]


def shifts(*hours: tuple[str, str]) -> list[dict[str, str]]:
    return [{"opens": opens, "closes": closes} for opens, closes in hours]


def clinic(week: dict[str, Shifts] | None = None, holidays: Shifts | None = CLOSED, **other: Any) -> Clinic:
    """A clinic that is open in the morning and in the afternoon, on Thursdays in the morning, on Sundays not at all.

    Args:
        week: other hours, by weekday.
        holidays: hours of public holidays; None when they are as any other day.
        other: fields of the clinic.
    """
    usual: dict[str, Shifts] = dict.fromkeys(WEEKDAYS, (MORNING, AFTERNOON))
    usual |= {"thu": (MORNING,), "sun": CLOSED, **(week or {})}
    hours: dict[str, Any] = {day: shifts(*given) for day, given in usual.items()}
    hours["public_holidays"] = None if holidays is None else shifts(*holidays)
    fields = {
        "name": "Toy clinic",
        "departments": ["Surgery"],
        "address": "Somewhere",
        "latitude": 35,
        "longitude": 139,
        "phone": "03-0000-0000",
        "phone_hours": "9 to 5",
        "hours": hours,
        "hours_note": "None",
        "booking": {"url": "https://toy.example/book"},
        "map_url": "https://toy.example/map",
        "online_consultation": None,
        "bring": ["Card"],
    }
    return Clinic.model_validate(fields | other)


def special(first: date, last: date | None = None, *hours: tuple[str, str]) -> dict[str, Any]:
    return {"first": first, "last": last or first, "shifts": shifts(*hours), "reason": "Holidays"}


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock))


def open_until(clock: str) -> Opening:
    return Opening(closes=time.fromisoformat(clock))


def closed_until(day: date, clock: str) -> Opening:
    return Opening(next_day=day, next_opens=time.fromisoformat(clock))


def is_closed_on(clinic: Clinic, day: date) -> bool:
    return shifts_on(clinic, day) == ()


class TestTheUsualWeek:
    @pytest.mark.parametrize(
        ("clock", "expected"),
        [
            ("08:59", closed_until(A_TUESDAY, "09:00")),
            ("09:00", open_until("12:30")),
            ("12:29", open_until("12:30")),
            ("12:29:59.999999", open_until("12:30")),
            ("12:30", closed_until(A_TUESDAY, "15:00")),
            ("14:59", closed_until(A_TUESDAY, "15:00")),
            ("15:00", open_until("18:30")),
            ("18:29", open_until("18:30")),
            ("18:30", closed_until(A_TUESDAY + timedelta(days=1), "09:00")),
            ("00:00", closed_until(A_TUESDAY, "09:00")),
            ("23:59", closed_until(A_TUESDAY + timedelta(days=1), "09:00")),
        ],
    )
    def test_a_day_with_a_break_minute_by_minute(self, clock: str, expected: Opening) -> None:
        assert opening(clinic(), at(A_TUESDAY, clock)) == expected

    def test_a_half_day_ends_at_noon(self) -> None:
        assert opening(clinic(), at(A_THURSDAY, "15:00")) == closed_until(A_THURSDAY + timedelta(days=1), "09:00")

    def test_a_closed_day_is_skipped(self) -> None:
        assert opening(clinic(), at(A_SUNDAY, "10:00")) == closed_until(ORDINARY_MONDAY, "09:00")

    def test_two_shifts_without_a_break_are_one_after_the_other(self) -> None:
        whole = clinic({"tue": (("09:00", "12:00"), ("12:00", "17:00"))})
        assert opening(whole, at(A_TUESDAY, "11:59")) == open_until("12:00")
        assert opening(whole, at(A_TUESDAY, "12:00")) == open_until("17:00")


class TestPublicHolidays:
    @pytest.mark.parametrize("day", [LABOUR_DAY, NEW_YEARS_DAY, SUBSTITUTE_HOLIDAY])
    def test_they_have_hours_of_their_own(self, day: date) -> None:
        assert is_closed_on(clinic(holidays=CLOSED), day)
        assert opening(clinic(holidays=(("10:00", "12:00"),)), at(day, "11:00")) == open_until("12:00")

    @pytest.mark.parametrize("day", [LABOUR_DAY, NEW_YEARS_DAY, SUBSTITUTE_HOLIDAY])
    def test_with_null_they_are_as_any_other_day(self, day: date) -> None:
        assert opening(clinic(holidays=None), at(day, "11:00")) == open_until("12:30")

    def test_a_holiday_in_the_usual_time_off_can_be_open(self) -> None:
        sunday = date(2027, 3, 21)
        assert opening(clinic(holidays=(MORNING,)), at(sunday, "11:00")) == open_until("12:30")

    def test_an_ordinary_day_has_nothing_to_do_with_them(self) -> None:
        assert not is_closed_on(clinic(holidays=CLOSED), ORDINARY_MONDAY)

    def test_the_day_after_one_is_the_next_opening(self) -> None:
        # A holiday on Monday, behind a closed Sunday.
        saturday = date(2026, 11, 21)
        assert opening(clinic(), at(saturday, "19:00")) == closed_until(A_TUESDAY, "09:00")


class TestClosuresByTheMonth:
    SATURDAYS = tuple(date(2026, 10, day) for day in (3, 10, 17, 24, 31))

    def closures(self, *weeks: int) -> Clinic:
        return clinic(monthly_closures=[{"weekday": "sat", "weeks": weeks}])

    def test_every_second_and_fourth_saturday(self) -> None:
        closed = [is_closed_on(self.closures(2, 4), day) for day in self.SATURDAYS]
        assert closed == [False, True, False, True, False]

    def test_the_week_is_counted_from_the_first_such_weekday_and_not_from_monday(self) -> None:
        # Sunday, 1 November 2026: the first Saturday is the seventh, in the second week of the calendar.
        assert is_closed_on(self.closures(1), date(2026, 11, 7))
        assert not is_closed_on(self.closures(2), date(2026, 11, 7))

    def test_a_fifth_one_is_closed_when_there_is_one(self) -> None:
        assert is_closed_on(self.closures(5), date(2026, 10, 31))
        november = [date(2026, 11, day) for day in (7, 14, 21, 28)]
        assert not any(is_closed_on(self.closures(5), day) for day in november)

    def test_other_weekdays_are_as_usual(self) -> None:
        assert not is_closed_on(self.closures(1, 2, 3, 4, 5), A_TUESDAY)

    def test_the_next_opening_is_behind_a_closed_weekend(self) -> None:
        friday = date(2026, 10, 9)
        # Saturday by the month, Sunday as always, and Monday a public holiday.
        assert opening(self.closures(2), at(friday, "18:30")) == closed_until(date(2026, 10, 13), "09:00")


class TestSpecialDays:
    def test_from_the_first_to_the_last_and_not_beyond(self) -> None:
        away = clinic(special_days=[special(date(2026, 11, 24), date(2026, 11, 26))])
        closed = [is_closed_on(away, date(2026, 11, day)) for day in (20, 24, 25, 26, 27)]
        assert closed == [False, True, True, True, False]

    def test_they_can_have_other_hours(self) -> None:
        short = clinic(special_days=[special(A_TUESDAY, None, ("10:00", "11:00"))])
        assert opening(short, at(A_TUESDAY, "09:30")) == closed_until(A_TUESDAY, "10:00")
        assert opening(short, at(A_TUESDAY, "10:30")) == open_until("11:00")
        assert opening(short, at(A_TUESDAY, "11:00")) == closed_until(date(2026, 11, 25), "09:00")

    def test_they_open_a_closed_day(self) -> None:
        extra = clinic(special_days=[special(A_SUNDAY, None, MORNING)])
        assert opening(extra, at(A_SUNDAY, "09:00")) == open_until("12:30")

    def test_they_count_more_than_a_public_holiday(self) -> None:
        extra = clinic(special_days=[special(LABOUR_DAY, None, MORNING)])
        assert opening(extra, at(LABOUR_DAY, "09:00")) == open_until("12:30")

    def test_they_count_more_than_a_closure_by_the_month(self) -> None:
        saturday = date(2026, 10, 10)
        closures = [{"weekday": "sat", "weeks": [2]}]
        extra = clinic(monthly_closures=closures, special_days=[special(saturday, None, MORNING)])
        assert opening(extra, at(saturday, "09:00")) == open_until("12:30")

    def test_the_first_that_fits_a_day_counts(self) -> None:
        both = [special(A_TUESDAY, None, MORNING), special(date(2026, 11, 20), date(2026, 11, 30))]
        assert not is_closed_on(clinic(special_days=both), A_TUESDAY)
        assert is_closed_on(clinic(special_days=both[::-1]), A_TUESDAY)

    def test_an_ordinary_day_is_none(self) -> None:
        away = clinic(special_days=[special(A_TUESDAY)])
        assert special_days_on(away, A_THURSDAY) is None
        found = special_days_on(away, A_TUESDAY)
        assert found
        assert found.reason == "Holidays"


class TestTheNextOpening:
    def test_it_may_be_next_year(self) -> None:
        away = clinic(special_days=[special(date(2026, 12, 29), date(2027, 1, 3))])
        assert opening(away, at(date(2026, 12, 28), "18:30")) == closed_until(date(2027, 1, 4), "09:00")
        assert opening(away, at(date(2026, 12, 31), "23:59")) == closed_until(date(2027, 1, 4), "09:00")

    def test_it_is_the_first_shift_of_its_day(self) -> None:
        assert opening(clinic(), at(A_SUNDAY, "23:59")).next_opens == time(9)

    def test_it_is_looked_for_sixty_days_ahead(self) -> None:
        last = A_TUESDAY + timedelta(days=59)
        away = clinic(special_days=[special(A_TUESDAY, last)], holidays=None)
        assert opening(away, at(A_TUESDAY, "10:00")).next_day == A_TUESDAY + timedelta(days=60)

    def test_beyond_that_nothing_is_promised(self) -> None:
        away = clinic(special_days=[special(A_TUESDAY, A_TUESDAY + timedelta(days=60))])
        assert opening(away, at(A_TUESDAY, "10:00")) == Opening()

    def test_a_clinic_that_is_always_closed_has_none(self) -> None:
        shut = clinic(dict.fromkeys(WEEKDAYS, CLOSED))
        assert opening(shut, at(A_TUESDAY, "10:00")) == Opening()


# Whatever the hours are

moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31))
days = moments.map(datetime.date)


@st.composite
def some_shifts(draw: st.DrawFn) -> Shifts:
    """None to three shifts, in order."""
    minutes = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), max_size=6)))
    clocks = [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]
    return tuple(zip(clocks[::2], clocks[1::2], strict=False))


@st.composite
def special_periods(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(days)
    return special(first, first + timedelta(days=draw(st.integers(0, 20))), *draw(some_shifts()))


@st.composite
def clinics(draw: st.DrawFn) -> Clinic:
    closures = st.fixed_dictionaries(
        {"weekday": st.sampled_from(WEEKDAYS), "weeks": st.lists(st.integers(1, 5), min_size=1, max_size=3)}
    )
    return clinic(
        draw(st.fixed_dictionaries({day: some_shifts() for day in WEEKDAYS})),
        draw(st.none() | some_shifts()),
        monthly_closures=draw(st.lists(closures, max_size=2)),
        special_days=draw(st.lists(special_periods(), max_size=3)),
    )


@given(clinics(), moments)
def test_a_clinic_is_open_at_the_moment_that_was_named_and_not_before(clinic: Clinic, moment: datetime) -> None:
    now = opening(clinic, moment)
    if now.next_day is None or now.next_opens is None:
        return
    named = datetime.combine(now.next_day, now.next_opens)
    assert named > moment
    assert opening(clinic, named).closes is not None
    assert opening(clinic, named - timedelta(microseconds=1)).closes is None
    assert opening(clinic, moment + (named - moment) / 2).closes is None


@given(clinics(), moments)
def test_an_open_clinic_stays_open_until_the_moment_that_was_named(clinic: Clinic, moment: datetime) -> None:
    now = opening(clinic, moment)
    if now.closes is None:
        return
    named = datetime.combine(moment.date(), now.closes)
    assert named > moment
    assert opening(clinic, named - timedelta(microseconds=1)) == now
    assert opening(clinic, named) != now


@given(clinics(), moments)
def test_it_is_either_open_or_closed(clinic: Clinic, moment: datetime) -> None:
    now = opening(clinic, moment)
    assert (now.next_day is None) == (now.next_opens is None)
    assert now.closes is None or now.next_day is None
