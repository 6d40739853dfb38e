"""Openings of pages are counted by page and day, and nothing else is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import select

from bot.storage import page_opens
from bot.storage.database import Database
from bot.storage.page_tables import page_opens as table

TODAY = date(2026, 11, 23)


def opened(database: Database, page: str, day: date = TODAY, times: int = 1) -> None:
    for _ in range(times):
        database.transact(lambda connection: page_opens.add(connection, page, day))


def totals(database: Database, first: date = TODAY, last: date = TODAY) -> dict[str, int]:
    return database.read(lambda connection: page_opens.totals(connection, first, last))


def test_nothing_was_opened(database: Database) -> None:
    assert totals(database) == {}


def test_each_page_is_counted_by_itself(database: Database) -> None:
    opened(database, "guidebook.self_care", times=3)
    opened(database, "booking.demo")
    assert totals(database) == {"guidebook.self_care": 3, "booking.demo": 1}


def test_both_days_of_a_period_belong_to_it(database: Database) -> None:
    for away in range(-2, 3):
        opened(database, "memo", TODAY + timedelta(days=away))
    assert totals(database, TODAY - timedelta(days=1), TODAY + timedelta(days=1)) == {"memo": 3}


def test_those_who_open_at_once_are_all_counted(database: Database) -> None:
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda _: opened(database, "memo"), range(24)))
    assert totals(database) == {"memo": 24}


def test_a_row_is_a_page_a_day_and_a_number(database: Database) -> None:
    opened(database, "memo", times=2)
    rows = database.read(lambda connection: connection.execute(select(table)).all())
    assert [tuple(row) for row in rows] == [("memo", TODAY, 2)]
