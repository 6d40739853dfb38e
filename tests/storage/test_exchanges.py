"""What was said is kept as it was said, whatever it was, and no longer than promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.line.written import written
from bot.storage import exchanges
from bot.storage.database import Database
from bot.storage.exchanges import Exchange

Add = Callable[..., None]
ANSWER = [{"type": "flex", "altText": "膝の裏🍎", "contents": {"type": "bubble"}}, {"type": "text", "text": "はい"}]


@pytest.fixture
def add(database: Database) -> Add:
    """Adds an exchange: ``add("U1", 5, "typed", said="膝")``."""

    def add(user: str, at: int, kind: str, **other: Any) -> None:
        database.transact(lambda connection: exchanges.add(connection, user, at, kind, **other))

    return add


def of(database: Database, user: str = "U1", **other: Any) -> list[Exchange]:
    return database.read(lambda connection: exchanges.of_patient(connection, user, **other))


def test_it_is_read_as_it_was_added(add: Add, database: Database) -> None:
    add("U1", 5, "typed", key="chest", understood=False, said="膝の裏🍎", answered=written(ANSWER))
    add("U1", 6, "staff", answered=written(ANSWER[1:]), staff_id=7)
    add("U1", 7, "followed")
    first, second, third = of(database)
    assert first == Exchange(first.id, 5, "typed", "chest", False, "膝の裏🍎", ANSWER, None)
    assert second == Exchange(second.id, 6, "staff", None, None, None, ANSWER[1:], 7)
    assert third == Exchange(third.id, 7, "followed", None, None, None, [], None)


def test_when_one_was_is_told_also_when_it_has_gone(add: Add, database: Database) -> None:
    for at in (5, 6, 7):
        add("U1", at, "typed", said=str(at))
    first, second, third = of(database)
    database.transact(lambda connection: exchanges.forget_before(connection, 6))
    ids = (first.id, second.id, third.id, third.id + 1)
    assert [database.read(lambda c, id=id: exchanges.moment_of(c, "U1", id)) for id in ids] == [6, 6, 7, None]
    assert database.read(lambda connection: exchanges.moment_of(connection, "U2", 1)) is None


def test_the_newest_come_in_the_order_in_which_they_were_said(add: Add, database: Database) -> None:
    for at in range(5):
        add("U1", at, "typed", said=str(at))
        add("U2", at, "typed", said="of another")
    assert [exchange.said for exchange in of(database, most=2)] == ["3", "4"]
    before = of(database, most=2)[0].id
    assert [exchange.said for exchange in of(database, before=before, most=2)] == ["1", "2"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("\ud83d", "?"),
        ("膝が\ude00痛い", "膝が?痛い"),
        ("膝\x00が", "膝が"),
        ("", None),
        ("\x00", None),
        ("膝" * 5_000, "膝" * 5_000),
    ],
)
def test_what_no_database_takes_is_left_out(add: Add, database: Database, said: str, kept: str | None) -> None:
    add("U1", 5, "typed", said=said)
    assert of(database)[0].said == kept


ANY_TEXT = st.text(st.characters(exclude_categories=()))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_can_be_kept(add: Add, database: Database, said: str, key: str) -> None:
    add("U1", 5, "typed", key=key, said=said, answered=written([{"type": "text", "text": said}]))
    (newest,) = of(database, most=1)
    if said.isprintable():
        assert newest.said == (said or None)


def test_one_patient_is_forgotten(add: Add, database: Database) -> None:
    add("U1", 5, "typed", said="膝")
    add("U2", 5, "typed", said="腰")
    database.transact(lambda connection: exchanges.forget(connection, "U1"))
    assert (of(database), [exchange.said for exchange in of(database, "U2")]) == ([], ["腰"])


def test_what_is_old_is_forgotten(add: Add, database: Database) -> None:
    for at in range(4):
        add("U1", at, "typed", said=str(at))
    database.transact(lambda connection: exchanges.forget_before(connection, 2))
    assert [exchange.at for exchange in of(database)] == [2, 3]


def test_the_place_of_a_deleted_one_is_not_taken(add: Add, database: Database) -> None:
    # Pages say "older than this one" by id.
    add("U1", 5, "typed")
    (first,) = of(database)
    database.transact(lambda connection: exchanges.forget(connection, "U1"))
    add("U1", 6, "typed")
    assert of(database)[0].id > first.id
