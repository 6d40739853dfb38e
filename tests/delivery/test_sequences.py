"""Guidebooks that follow an outcome: on their day, once, never at night, and only to who still wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.sequences import Booklet, planned, send_due
from bot.flow.schema import Sequence, SequenceStep
from bot.storage import exchanges, outbox, patients, people, sequences
from bot.storage.database import Database
from bot.storage.migrate import migrate

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = 24 * 3_600_000
PLAN = {"after": Sequence(("self_care_watch",), (SequenceStep(1, "calm"), SequenceStep(7, "walk")))}
BOOKS = {
    "calm": Booklet([{"type": "text", "text": "calm"}], False),
    "paid": Booklet([{"type": "text", "text": "p"}], True),
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def patient(database: Database) -> str:
    """A patient who agreed to messages from the clinic."""
    database.transact(lambda connection: patients.lock_patient(connection, "U1", 0))
    database.transact(lambda connection: people.set_news(connection, "U1", True, 0))
    return "U1"


def plan(database: Database, patient: str, guidebook: str, due_at: int) -> None:
    database.transact(lambda connection: sequences.start(connection, patient, [("after", guidebook, due_at)]))


def sent(database: Database, now: int) -> int:
    """How many messages wait in the outbox after a look at `now`."""
    send_due(database, lambda guidebook, _: BOOKS.get(guidebook), now)
    return database.read(outbox.waiting)


class TestPlanning:
    def test_the_days_are_counted_from_the_outcome(self) -> None:
        outcome = datetime(2026, 11, 24, 10, 30, tzinfo=TOKYO)
        assert list(planned(PLAN, "self_care_watch", outcome)) == [
            ("after", "calm", outcome + timedelta(days=1)),
            ("after", "walk", outcome + timedelta(days=7)),
        ]

    def test_another_outcome_begins_nothing(self) -> None:
        assert list(planned(PLAN, "same_day", datetime(2026, 11, 24, 10, tzinfo=TOKYO))) == []

    def test_a_step_at_night_waits_for_the_morning(self) -> None:
        outcome = datetime(2026, 11, 24, 21, 30, tzinfo=TOKYO)
        assert [at for _, _, at in planned(PLAN, "self_care_watch", outcome)] == [
            datetime(2026, 11, 26, 8, tzinfo=TOKYO),
            datetime(2026, 12, 2, 8, tzinfo=TOKYO),
        ]


class TestSending:
    def test_a_step_goes_out_on_its_day_and_once(self, database: Database, patient: str) -> None:
        plan(database, patient, "calm", DAY)
        assert sent(database, DAY - 1) == 0
        assert sent(database, DAY) == 1
        assert sent(database, DAY + 1) == 1

    def test_what_went_out_stands_in_the_conversation(self, database: Database, patient: str) -> None:
        plan(database, patient, "calm", DAY)
        sent(database, DAY)
        (exchange,) = database.read(lambda connection: exchanges.of_patient(connection, patient))
        assert (exchange.kind, exchange.key, exchange.answered) == ("sequence", "after", BOOKS["calm"].messages)

    def test_a_new_outcome_takes_the_place_of_what_waits(self, database: Database, patient: str) -> None:
        plan(database, patient, "calm", DAY)
        database.transact(lambda connection: sequences.start(connection, patient, []))
        assert sent(database, 2 * DAY) == 0

    @pytest.mark.parametrize(
        "change",
        [
            lambda connection: people.set_news(connection, "U1", False, 1),
            lambda connection: people.ask_for_staff(connection, "U1", 1),
            lambda connection: people.attend(connection, "U1", 2 * DAY),
            lambda connection: people.set_outcome(connection, "U1", "same_day", (), 1),
            lambda connection: patients.set_blocked(connection, "U1", 1),
            lambda connection: patients.forget_patient(connection, "U1"),
        ],
        ids=["opted out", "waits for staff", "with staff", "urgent", "blocked", "forgotten"],
    )
    def test_who_must_not_get_it_any_more_does_not(self, database: Database, patient: str, change) -> None:  # type: ignore[no-untyped-def]
        plan(database, patient, "calm", DAY)
        database.transact(change)
        assert sent(database, DAY) == 0
        assert sent(database, 3 * DAY) == 0

    def test_a_self_pay_guidebook_goes_only_to_who_asked(self, database: Database, patient: str) -> None:
        plan(database, patient, "paid", DAY)
        assert sent(database, DAY) == 0
        database.transact(lambda c: exchanges.add(c, patient, DAY, "command", key="guidebook.paid"))
        plan(database, patient, "paid", 2 * DAY)
        assert sent(database, 2 * DAY) == 1

    def test_the_same_guidebook_is_not_sent_again(self, database: Database, patient: str) -> None:
        for day in (1, 2):
            plan(database, patient, "calm", day * DAY)
            assert sent(database, day * DAY) == 1

    def test_a_guidebook_that_is_gone_stops_what_waits(self, database: Database, patient: str) -> None:
        plan(database, patient, "gone", DAY)
        assert sent(database, DAY) == 0
        assert database.read(lambda connection: sequences.waiting_by_sequence(connection, 9 * DAY)) == {}
