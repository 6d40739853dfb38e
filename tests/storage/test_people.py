"""Patients as staff see them: found again, with tags and notes, in the queue or talking with a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.storage import patients, people
from bot.storage.console_tables import notes
from bot.storage.database import Database
from bot.storage.people import Person
from bot.storage.tables import exchanges, metadata, patient_tags
from bot.storage.tables import patients as patients_table
from tests.storage.crowd import NOW, admit

Run = Callable[..., Any]


@pytest.fixture
def run(database: Database) -> Run:
    """Runs a function of storage in a transaction of its own."""

    def run(function: Callable[..., Any], *arguments: object, **named: object) -> Any:
        return database.transact(lambda connection: function(connection, *arguments, **named))

    return run


def users(found: list[Person]) -> list[str]:
    return [person.user_id for person in found]


class TestReferences:
    def test_a_new_patient_has_one_that_says_nothing_about_the_line_user(self, run: Run, database: Database) -> None:
        run(patients.lock_patient, "Uaaaa", NOW)
        (reference,) = database.read(lambda connection: connection.execute(select(patients_table.c.reference)).one())
        person = run(people.find, reference)
        assert (person.user_id, person.reference, person.language) == ("Uaaaa", reference, "ja")
        assert "a" * 4 not in reference

    def test_it_stays_when_the_patient_comes_again(self, run: Run) -> None:
        for now in (NOW, NOW + 1):
            run(patients.lock_patient, "U1", now)
        (person,) = run(people.search)
        assert run(people.find, person.reference).user_id == "U1"

    def test_nobody_has_an_unknown_one(self, run: Run) -> None:
        assert run(people.find, "000000000000") is None


class TestSearching:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, "U1", name="山田 花子", reference="abc123", seen_at=NOW, urgency="soon_2w", tags=["over_60"])
        admit(database, "U2", name="100%_x", reference="def456", seen_at=NOW + 1, tags=["over_60", "injured"])
        admit(database, "U3", seen_at=None, added_at=NOW - 5)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, ["U2", "U1", "U3"]),
            ({"words": "花"}, ["U1"]),
            ({"words": "C12"}, ["U1"]),
            ({"words": "%"}, ["U2"]),
            ({"words": "_"}, ["U2"]),
            ({"words": "\\"}, []),
            ({"tag": "over_60"}, ["U2", "U1"]),
            ({"tag": "over_60", "urgency": "soon_2w"}, ["U1"]),
            ({"words": "花", "tag": "injured"}, []),
            ({"most": 1}, ["U2"]),
            ({"most": 1, "skip": 1}, ["U1"]),
        ],
    )
    def test_those_seen_last_come_first(self, run: Run, asked: dict[str, Any], found: list[str]) -> None:
        assert users(run(people.search, **asked)) == found

    def test_tags_are_shown_by_name(self, run: Run) -> None:
        assert run(people.find, "def456").tags == ("injured", "over_60")


class TestTheQueue:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, "U1", "U2", "U3", "U4")

    def test_who_waits_longest_is_first(self, run: Run) -> None:
        for user, now in (("U2", 5), ("U1", 6)):
            run(people.ask_for_staff, user, now)
        assert users(run(people.waiting)) == ["U2", "U1"]

    def test_urgent_ones_come_before(self, run: Run) -> None:
        for now, (user, urgency) in enumerate({"U1": None, "U2": "soon_2w", "U3": "emergency_now"}.items()):
            if urgency:
                run(people.set_outcome, user, urgency, (), NOW)
            run(people.ask_for_staff, user, now)
        assert users(run(people.waiting)) == ["U3", "U2", "U1"]

    def test_who_asks_again_keeps_the_place(self, run: Run) -> None:
        for user, now in (("U1", 5), ("U2", 6), ("U1", 7)):
            run(people.ask_for_staff, user, now)
        assert users(run(people.waiting)) == ["U1", "U2"]

    def test_who_is_attended_to_waits_no_more_and_the_bot_is_silent(self, run: Run) -> None:
        run(people.ask_for_staff, "U1", 5)
        run(people.attend, "U1", NOW + 9)
        assert run(people.waiting) == []
        assert run(patients.lock_patient, "U1", NOW).paused_until == NOW + 9
        assert users(run(people.with_staff, NOW)) == ["U1"]
        assert run(people.with_staff, NOW + 9) == []

    def test_the_bot_speaks_again_when_staff_say_so(self, run: Run) -> None:
        run(people.attend, "U1", NOW + 9)
        run(people.attend, "U1", None)
        assert run(patients.lock_patient, "U1", NOW).paused_until is None


class TestOutcomes:
    @pytest.fixture(autouse=True)
    def some_patients(self, database: Database) -> None:
        admit(database, "U1", "U2")

    def tags(self, run: Run, user: str = "U1") -> tuple[str, ...]:
        (person,) = (person for person in run(people.search) if person.user_id == user)
        return tuple(person.tags)

    def test_the_last_one_counts(self, run: Run) -> None:
        run(people.set_outcome, "U1", "same_day", (), NOW)
        run(people.set_outcome, "U1", "soon_2w", (), NOW + 1)
        person = next(person for person in run(people.search) if person.user_id == "U1")
        assert (person.urgency, person.urgency_at) == ("soon_2w", NOW + 1)

    def test_its_tags_take_the_place_of_those_of_the_one_before(self, run: Run) -> None:
        run(people.set_outcome, "U1", "soon_2w", ("over_60", "injured"), NOW)
        run(people.set_outcome, "U1", "soon_2w", ("over_60", "long_lasting"), NOW + 1)
        assert self.tags(run) == ("long_lasting", "over_60")

    def test_tags_that_staff_set_stay(self, run: Run) -> None:
        run(people.add_tag, "U1", "vip", 7, NOW)
        run(people.add_tag, "U1", "over_60", 7, NOW)
        run(people.set_outcome, "U1", "soon_2w", ("over_60", "injured"), NOW)
        run(people.set_outcome, "U1", "soon_2w", (), NOW)
        assert self.tags(run) == ("over_60", "vip")
        run(people.remove_tag, "U1", "vip")
        assert self.tags(run) == ("over_60",)

    def test_tags_are_counted(self, run: Run) -> None:
        run(people.add_tag, "U1", "vip", 7, NOW)
        run(people.add_tag, "U1", "vip", 8, NOW)
        run(people.add_tag, "U2", "vip", 7, NOW)
        run(people.add_tag, "U2", "injured", None, NOW)
        assert run(people.all_tags) == [("injured", 1), ("vip", 2)]


class TestNews:
    def test_the_last_word_counts(self, run: Run, database: Database) -> None:
        admit(database, "U1", news_at=None)
        seen = []
        for now, agreed in enumerate((True, False, True)):
            run(people.set_news, "U1", agreed, now)
            (person,) = run(people.search)
            seen.append((person.news_at, person.news_off_at))
        assert seen == [(0, None), (None, 1), (2, None)]


class TestForgetting:
    @pytest.fixture(autouse=True)
    def known_well(self, run: Run, database: Database) -> None:
        admit(database, "U1", "U2", asked_for=["osteoarthritis"])
        for user in ("U1", "U2"):
            run(people.rename, user, "花子")
            run(people.add_note, user, 7, "膝の手術の既往", NOW)
            run(people.add_tag, user, "vip", 7, NOW)
            run(people.set_outcome, user, "soon_2w", ("over_60",), NOW)
            run(people.set_news, user, True, NOW)
            run(people.attend, user, NOW + 5)
            run(people.ask_for_staff, user, NOW)

    def test_nothing_but_the_friendship_is_left(self, run: Run, database: Database) -> None:
        run(people.forget, "U1")
        for table in (exchanges, notes, patient_tags):
            found = select(table.c.user_id)
            assert set(database.read(lambda c, found=found: c.execute(found).scalars().all())) == {"U2"}
        forgotten = next(person for person in run(people.search) if person.user_id == "U1")
        assert (forgotten.name, forgotten.tags, forgotten.urgency, forgotten.urgency_at) == (None, (), None, None)
        assert (forgotten.news_at, forgotten.paused_until, forgotten.asked_for_staff_at) == (None, None, None)

    def test_who_wants_no_messages_still_wants_none(self, run: Run) -> None:
        run(people.set_news, "U1", False, NOW)
        run(people.forget, "U1")
        person = next(person for person in run(people.search) if person.user_id == "U1")
        assert person.news_off_at == NOW

    def test_no_table_with_patients_is_forgotten(self, run: Run, database: Database) -> None:
        run(patients.forget_patient, "U1")
        for table in metadata.sorted_tables:
            if "user_id" in table.c and table is not patients_table:
                found = select(table.c.user_id)
                left = database.read(lambda c, found=found: c.execute(found).scalars().all())
                assert "U1" not in left, table.name


def test_notes_come_newest_first(run: Run, database: Database) -> None:
    admit(database, "U1", "U2")
    run(people.add_note, "U1", 7, "first", NOW)
    run(people.add_note, "U2", 7, "of another", NOW)
    run(people.add_note, "U1", 8, "second", NOW)
    assert [(note.text, note.staff_id) for note in run(people.notes_of, "U1")] == [("second", 8), ("first", 7)]
