"""The night, in which nobody gets what they did not ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.quiet_hours import awake, awake_at

TOKYO = ZoneInfo("Asia/Tokyo")
MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1))


@pytest.mark.parametrize(
    ("hour", "day_and_hour"), [(0, (24, 8)), (7, (24, 8)), (8, (24, 8)), (19, (24, 19)), (20, (25, 8)), (23, (25, 8))]
)
def test_what_falls_into_the_night_waits_for_the_morning(hour: int, day_and_hour: tuple[int, int]) -> None:
    moment = awake(datetime(2026, 11, 24, hour, tzinfo=TOKYO))
    assert (moment.day, moment.hour) == day_and_hour


@given(MOMENTS)
def test_no_moment_is_at_night_or_earlier(typed: datetime) -> None:
    moment = typed.replace(tzinfo=TOKYO)
    assert moment <= awake(moment) < moment + timedelta(hours=13)
    assert 8 <= awake(moment).hour < 20


@given(MOMENTS, st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/St_Johns"]))
def test_in_milliseconds_also_when_the_clocks_are_changed(typed: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    moment = int(typed.replace(tzinfo=zone).timestamp() * 1000)
    found = awake_at(moment, zone)
    local = datetime.fromtimestamp(found / 1000, zone)
    assert 8 <= local.hour < 20
    assert found == moment or (local.hour, local.minute, moment < found) == (8, 0, True)
    assert awake_at(found, zone) == found
