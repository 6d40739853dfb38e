"""Counts for staff: numbers only, by period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.dialects import postgresql

from bot.flow.conversation import Conversation, Finished, to_data
from bot.storage import statistics
from bot.storage.console_tables import campaign_batches, campaign_recipients, campaigns
from bot.storage.database import Database
from bot.storage.patients import DECLINED, save_conversation
from bot.storage.statistics import HOUR, Typed
from bot.storage.tables import exchanges, patients

START = 1_800_000_000_000 // HOUR * HOUR
DAY = 24 * HOUR
END = START + 7 * DAY
TWO_DAYS = (START, START + DAY, START + 2 * DAY)
"""The borders of two stretches."""


class Clinic:
    """A clinic to which things happen at a moment."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._conversations = 0

    def joins(self, user: str, at: int, blocked_at: int | None = None) -> None:
        self._insert(patients, user_id=user, added_at=at, blocked_at=blocked_at)

    def begins(self, at: int, asking: str = "", urgency: str | None = None, ending: str | None = None) -> None:
        self._conversations += 1
        id = str(self._conversations)
        now = datetime.fromtimestamp(at / 1000, UTC)
        finished = Finished(ending, urgency, now, 1) if ending else None
        state = to_data(Conversation(id, "flow", 1, now, now, asking=asking, finished=finished))
        self.database.transact(lambda c: save_conversation(c, "U", state, True, urgency, at))

    def goes_on(self, asking: str) -> None:
        """The conversation that began last comes to another question."""
        state = {"id": str(self._conversations), "asking": asking, "finished": None}
        self.database.transact(lambda c: save_conversation(c, "U", state, False, None, START))

    def does(self, user: str, at: int, kind: str, key: str | None = None, understood: bool | None = None) -> None:
        self._insert(exchanges, user_id=user, at=at, kind=kind, key=key, understood=understood)

    def _insert(self, table, **values: object) -> None:  # type: ignore[no-untyped-def]
        self.database.transact(lambda connection: connection.execute(insert(table), values))


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


class TestFriends:
    def test_are_counted_in_the_stretch_in_which_they_came(self, clinic: Clinic) -> None:
        clinic.joins("a", START)
        clinic.joins("b", START + DAY - 1)
        clinic.joins("c", START + DAY)
        assert clinic.database.read(lambda c: statistics.added(c, TWO_DAYS)) == [2, 1]

    def test_a_period_ends_before_its_end(self, clinic: Clinic) -> None:
        clinic.joins("a", START - 1)
        clinic.joins("b", START + 2 * DAY)
        assert clinic.database.read(lambda c: statistics.added(c, TWO_DAYS)) == [0, 0]

    def test_who_blocks_is_no_friend_now(self, clinic: Clinic) -> None:
        clinic.joins("a", START, blocked_at=START + DAY)
        clinic.joins("b", START)
        assert clinic.database.read(statistics.friends_now) == 1
        assert clinic.database.read(lambda c: statistics.blocked(c, TWO_DAYS)) == [0, 1]


class TestConversations:
    def test_are_counted_by_how_they_ended(self, clinic: Clinic) -> None:
        clinic.begins(START, urgency="same_day", ending="assessment")
        clinic.begins(START, asking="swelling")
        clinic.begins(START + DAY, asking="swelling")
        found = clinic.database.read(lambda c: statistics.conversations_begun(c, TWO_DAYS))
        assert found == [{"same_day": 1, None: 1}, {None: 1}]

    def test_stop_at_the_question_that_stood_open(self, clinic: Clinic) -> None:
        for _ in range(3):
            clinic.begins(START, asking="swelling")
        clinic.begins(START, asking="consent", ending="declined")
        clinic.begins(START)
        clinic.begins(START, asking="injury", urgency="soon_2w", ending="assessment")
        found = clinic.database.read(lambda c: statistics.where_people_stop(c, START, END))
        assert found == {"swelling": 3, DECLINED: 1, "": 1}

    def test_stop_where_they_went_on_to(self, clinic: Clinic) -> None:
        clinic.begins(START, asking="consent")
        clinic.goes_on(asking="swelling")
        found = clinic.database.read(lambda c: statistics.where_people_stop(c, START, END))
        assert found == {"swelling": 1}


class TestExchanges:
    def test_somebody_who_taps_often_in_an_hour_is_one_visitor(self, clinic: Clinic) -> None:
        for minute in range(5):
            clinic.does("a", START + minute * 60_000, "chose", "swelling")
        clinic.does("b", START, "typed", "swelling", True)
        assert clinic.database.read(lambda c: statistics.visits(c, START, END)) == {START // HOUR: 2}

    def test_what_staff_send_is_no_visit(self, clinic: Clinic) -> None:
        clinic.does("a", START, "staff")
        clinic.does("a", START, "campaign", "campaign.1")
        assert clinic.database.read(lambda c: statistics.visits(c, START, END)) == {}

    def test_topics_count_people_and_come_most_opened_first(self, clinic: Clinic) -> None:
        for user in ("a", "a", "b"):
            clinic.does(user, START, "command", "tip.heat")
        for user in ("a", "b", "c"):
            clinic.does(user, START, "typed", "guidebook.self_care", True)
        found = clinic.database.read(lambda c: statistics.topics_opened(c, START, END))
        assert list(found.items()) == [("guidebook.self_care", 3), ("tip.heat", 2)]

    @pytest.mark.parametrize("key", ["swelling", "menu", "staff", "list.conditions", "list.conditions.2"])
    def test_questions_commands_and_lists_are_no_topics(self, clinic: Clinic, key: str) -> None:
        clinic.does("a", START, "command", key)
        assert clinic.database.read(lambda c: statistics.topics_opened(c, START, END)) == {}

    @pytest.mark.parametrize("kind", ["staff", "sequence", "campaign"])
    def test_what_was_sent_to_a_patient_was_not_opened(self, clinic: Clinic, kind: str) -> None:
        clinic.does("a", START, kind, "guidebook.self_care")
        assert clinic.database.read(lambda c: statistics.topics_opened(c, START, END)) == {}

    def test_typed_messages_by_stretch(self, clinic: Clinic) -> None:
        clinic.does("a", START, "typed", "swelling", True)
        clinic.does("a", START, "typed", "swelling", True)
        clinic.does("b", START + DAY, "typed", "swelling", False)
        found = clinic.database.read(lambda c: statistics.typed(c, TWO_DAYS))
        assert found == [{True: Typed(2, 1), False: Typed()}, {True: Typed(), False: Typed(1, 1)}]

    def test_who_asks_for_staff_twice_in_a_stretch_counts_once(self, clinic: Clinic) -> None:
        for at in (START, START + 1, START + DAY):
            clinic.does("a", at, "command", "staff")
        found = clinic.database.read(lambda c: statistics.asked_for_staff(c, TWO_DAYS))
        assert found == [1, 1]


class TestCampaigns:
    def test_tell_whom_they_reached_and_whom_not(self, clinic: Clinic) -> None:
        clinic.database.transact(self._campaign)
        (reach,) = clinic.database.read(lambda c: statistics.campaigns_confirmed(c, START, END))
        assert (reach.guidebook, reach.reached, reach.refused, reach.waiting, reach.left_out) == ("heat", 7, 2, 0, 1)

    def test_drafts_are_none(self, clinic: Clinic) -> None:
        row = {"state": "draft", "version": 1, "audience": "{}", "only_to_who_asked": False, "created_at": START}
        clinic.database.transact(lambda c: c.execute(insert(campaigns), row))
        assert clinic.database.read(lambda c: statistics.campaigns_confirmed(c, START, END)) == []

    @staticmethod
    def _campaign(connection: Connection) -> None:
        row = {"id": 1, "state": "done", "version": 1, "audience": "{}", "only_to_who_asked": False}
        connection.execute(insert(campaigns), {**row, "guidebook": "heat", "created_at": START, "confirmed_at": START})
        batch = {"campaign_id": 1, "retry_key": "key", "due_at": START, "attempts": 1}
        for state, size in (("sent", 3), ("sent", 4), ("refused", 2)):
            connection.execute(insert(campaign_batches), {**batch, "state": state, "size": size})
        connection.execute(insert(campaign_recipients), {"campaign_id": 1, "user_id": "a", "left_out": "blocked"})


class TestPostgres:
    def test_a_stretch_is_one_expression_there(self) -> None:
        stretch = statistics._stretch(exchanges.c.at, (0, 10, 20))
        text = str(select(stretch).group_by(stretch).compile(dialect=postgresql.dialect()))
        assert "< 10" in text
        assert "< 20" in text


COUNTS: dict[str, Callable[[Connection], Any]] = {
    "conversations_begun": lambda c: statistics.conversations_begun(c, TWO_DAYS),
    "where_people_stop": lambda c: statistics.where_people_stop(c, START, END),
    "visits": lambda c: statistics.visits(c, START, END),
    "topics_opened": lambda c: statistics.topics_opened(c, START, END),
    "typed": lambda c: statistics.typed(c, TWO_DAYS),
    "campaigns_confirmed": lambda c: statistics.campaigns_confirmed(c, START, END),
}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
class TestPlans:
    """A row holds kilobytes of messages or answers: with tens of thousands of them, reading rows takes seconds."""

    @pytest.mark.parametrize("name", COUNTS)
    def test_a_count_reads_an_index_and_no_row(self, clinic: Clinic, name: str) -> None:
        large = ("exchanges", "conversations", "campaign_recipients")
        plans = [step for step in plan(clinic.database, COUNTS[name]) if any(table in step for table in large)]
        assert plans
        assert [step for step in plans if "USING COVERING INDEX" not in step] == []


def plan(database: Database, count: Callable[[Connection], Any]) -> list[str]:
    """How SQLite finds what is counted, step by step."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, text: str, values: Any, *_: object) -> None:
        asked.append((text, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        database.read(count)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return database.read(
        lambda c: [
            row.detail for text, values in asked for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    )
