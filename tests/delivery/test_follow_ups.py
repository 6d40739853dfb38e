"""Asking how it went: on the day, once, by day, and only who wished so and is still in that conversation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.delivery import policy
from bot.delivery.follow_ups import KEY, send_due
from bot.line.client import Message
from bot.storage import exchanges, follow_ups, outbox, patients, people
from bot.storage.database import Database
from bot.storage.migrate import migrate

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = int(datetime(2026, 11, 24, 12, tzinfo=TOKYO).timestamp() * 1000)
NIGHT = int(datetime(2026, 11, 24, 23, tzinfo=TOKYO).timestamp() * 1000)
HOUR = 3_600_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def patient(database: Database) -> str:
    """A patient who wishes to be asked at noon about the conversation C1."""
    database.transact(lambda connection: patients.lock_patient(connection, "U1", 0))
    begin(database, "C1")
    plan(database, NOON)
    return "U1"


def begin(database: Database, conversation: str) -> None:
    state = {"id": conversation, "finished": True}
    database.transact(lambda connection: patients.save_conversation(connection, "U1", state, True, "soon_2w", 0))


def plan(database: Database, due_at: int) -> None:
    database.transact(lambda connection: follow_ups.plan(connection, "U1", "C1", due_at))


def question(conversation_id: str, language: str) -> list[Message]:
    return [{"type": "text", "text": f"{conversation_id} {language}"}]


def asked(database: Database, now: int) -> int:
    return send_due(database, question, TOKYO, now)


def test_the_question_goes_out_on_its_day_and_once(database: Database, patient: str) -> None:
    assert asked(database, NOON - 1) == 0
    assert [asked(database, NOON), asked(database, NOON + 1)] == [1, 0]
    assert database.read(outbox.waiting) == 1
    noted = database.read(lambda connection: exchanges.of_patient(connection, patient))
    assert [(exchange.kind, exchange.key) for exchange in noted] == [("sequence", KEY)]


def test_it_is_asked_in_the_language_of_the_patient(database: Database, patient: str) -> None:
    database.transact(lambda connection: patients.set_language(connection, patient, "en"))
    asked(database, NOON)
    noted = database.read(lambda connection: exchanges.of_patient(connection, patient))
    assert noted[0].answered == question("C1", "en")


@pytest.mark.usefixtures("patient")
def test_at_night_it_waits_for_the_morning(database: Database) -> None:
    plan(database, NIGHT)
    assert asked(database, NIGHT) == 0
    assert asked(database, NIGHT + 12 * HOUR) == 1


@pytest.mark.usefixtures("patient")
def test_who_has_begun_another_conversation_is_not_asked(database: Database) -> None:
    begin(database, "C2")
    assert asked(database, NOON) == 0


def test_who_blocks_the_account_is_not_asked(database: Database, patient: str) -> None:
    database.transact(lambda connection: patients.set_blocked(connection, patient, NOON - 1))
    assert asked(database, NOON) == 0


def test_who_talks_with_staff_is_asked_afterwards(database: Database, patient: str) -> None:
    until = NOON + HOUR
    database.transact(lambda connection: people.attend(connection, patient, until))
    assert asked(database, NOON) == 0
    assert asked(database, until) == 1


def test_who_does_not_want_it_any_more_is_not_asked(database: Database, patient: str) -> None:
    database.transact(lambda connection: follow_ups.stop(connection, patient))
    assert asked(database, NOON) == 0


def test_a_wish_is_forgotten_with_everything_else(database: Database, patient: str) -> None:
    database.transact(lambda connection: patients.forget_patient(connection, patient))
    assert asked(database, NOON) == 0


@pytest.mark.usefixtures("patient")
def test_a_day_that_was_missed_for_long_is_left_out(database: Database) -> None:
    assert asked(database, NOON + policy.FOLLOW_UP_MISSED) == 0


@pytest.mark.usefixtures("patient")
def test_a_later_wish_takes_the_place_of_the_earlier_one(database: Database) -> None:
    plan(database, NOON + 24 * HOUR)
    assert asked(database, NOON) == 0
    assert asked(database, NOON + 24 * HOUR) == 1


def test_nothing_is_asked_of_nobody(database: Database) -> None:
    assert asked(database, int(datetime(2026, 11, 24, 3, tzinfo=UTC).timestamp() * 1000)) == 0
