"""Patients, their conversations, and the events that were seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from bot.storage import patients
from bot.storage.database import Database
from bot.storage.patients import Patient
from bot.storage.tables import conversations, outbox, webhook_events
from bot.storage.tables import patients as patients_table

STATE = {"id": "C1", "answers": {"onset": ["gradual", "2026-11-22", "f"]}, "words": "膝の裏"}


@pytest.fixture
def run(database: Database) -> Callable[..., Any]:
    """Runs a function of storage in a transaction of its own: ``run(patients.lock_patient, "U1", 5)``."""

    def run(function: Callable[..., Any], *arguments: object, **named: object) -> Any:
        return database.transact(lambda connection: function(connection, *arguments, **named))

    return run


def save(connection: Connection, user: str, state: dict[str, Any], is_new: bool, urgency: str | None = None) -> None:
    patients.save_conversation(connection, user, state, is_new, urgency, now=7)


def rows(database: Database, table: Table) -> list[dict[str, Any]]:
    return database.read(lambda connection: [dict(row._mapping) for row in connection.execute(select(table))])


def current(run: Callable[..., Any], user: str) -> dict[str, Any]:
    """The current conversation of a patient."""
    state: dict[str, Any] = json.loads(run(patients.lock_patient, user, 9).state)
    return state


class TestEvents:
    def test_the_same_event_is_noted_once(self, run: Callable[..., Any], database: Database) -> None:
        assert run(patients.remember_event, "E1", 5) is True
        assert run(patients.remember_event, "E1", 6) is False
        assert run(patients.remember_event, "E2", 6) is True
        assert rows(database, webhook_events) == [{"id": "E1", "received_at": 5}, {"id": "E2", "received_at": 6}]

    def test_an_event_whose_transaction_failed_was_not_seen(self, run: Callable[..., Any]) -> None:
        def work(connection: Connection) -> None:
            patients.remember_event(connection, "E1", 5)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(work)
        assert run(patients.remember_event, "E1", 6) is True

    def test_old_events_are_forgotten(self, run: Callable[..., Any], database: Database) -> None:
        for i in range(5):
            run(patients.remember_event, f"E{i}", i)
        run(patients.forget_events_before, 3)
        assert [row["id"] for row in rows(database, webhook_events)] == ["E3", "E4"]


class TestPatients:
    def test_a_new_patient_is_added(self, run: Callable[..., Any], database: Database) -> None:
        assert run(patients.lock_patient, "U1", 5) == Patient(
            "U1", is_blocked=False, paused_until=None, language="ja", state=None
        )
        (row,) = rows(database, patients_table)
        assert (row["user_id"], row["added_at"], row["conversation_id"], row["blocked_at"]) == ("U1", 5, None, None)

    def test_a_known_patient_is_found_with_the_conversation(self, run: Callable[..., Any], database: Database) -> None:
        run(patients.lock_patient, "U1", 5)
        run(save, "U1", STATE, is_new=True)
        patient = run(patients.lock_patient, "U1", 9)
        assert (patient.user_id, patient.is_blocked, json.loads(patient.state)) == ("U1", False, STATE)
        assert [row["added_at"] for row in rows(database, patients_table)] == [5]

    def test_a_conversation_goes_on_in_its_row(self, run: Callable[..., Any], database: Database) -> None:
        run(patients.lock_patient, "U1", 5)
        run(save, "U1", STATE, is_new=True)
        run(save, "U1", {**STATE, "answers": {}}, is_new=False, urgency="same_day")
        (row,) = rows(database, conversations)
        assert (row["id"], row["user_id"], row["urgency"]) == ("C1", "U1", "same_day")
        assert current(run, "U1") == {**STATE, "answers": {}}

    def test_a_new_conversation_takes_the_place_of_the_old_one(
        self, run: Callable[..., Any], database: Database
    ) -> None:
        run(patients.lock_patient, "U1", 5)
        run(save, "U1", STATE, is_new=True, urgency="soon_2w")
        run(save, "U1", {**STATE, "id": "C2"}, is_new=True)
        assert current(run, "U1")["id"] == "C2"
        assert {row["id"]: row["urgency"] for row in rows(database, conversations)} == {"C1": "soon_2w", "C2": None}

    def test_patients_do_not_see_each_other(self, run: Callable[..., Any]) -> None:
        for user, conversation in (("U1", "C1"), ("U2", "C2")):
            run(patients.lock_patient, user, 5)
            run(save, user, {**STATE, "id": conversation}, is_new=True)
        assert current(run, "U1")["id"] == "C1"
        assert current(run, "U2")["id"] == "C2"

    def test_blocking_is_noted_and_taken_back(self, run: Callable[..., Any]) -> None:
        run(patients.lock_patient, "U1", 5)
        run(patients.set_blocked, "U1", 6)
        assert run(patients.lock_patient, "U1", 9).is_blocked
        run(patients.set_blocked, "U1", None)
        assert not run(patients.lock_patient, "U1", 9).is_blocked


class TestForgetting:
    @pytest.fixture(autouse=True)
    def two_patients(self, run: Callable[..., Any]) -> None:
        for user in ("U1", "U2"):
            run(patients.lock_patient, user, 5)
            run(save, user, {**STATE, "id": f"C{user}"}, is_new=True)
            run(save, user, {**STATE, "id": f"D{user}"}, is_new=True)
            run(promise, user)

    def test_everything_of_one_patient_goes(self, run: Callable[..., Any], database: Database) -> None:
        run(patients.forget_patient, "U1")
        assert run(patients.lock_patient, "U1", 9) == Patient(
            "U1", is_blocked=False, paused_until=None, language="ja", state=None
        )
        assert {row["user_id"] for row in rows(database, conversations)} == {"U2"}
        assert {row["user_id"] for row in rows(database, outbox)} == {"U2"}

    def test_nothing_of_another_patient_goes(self, run: Callable[..., Any]) -> None:
        run(patients.forget_patient, "U1")
        assert current(run, "U2")["id"] == "DU2"

    def test_blocking_drops_what_was_still_to_be_sent(self, run: Callable[..., Any], database: Database) -> None:
        run(patients.set_blocked, "U1", 6)
        assert {row["user_id"] for row in rows(database, outbox)} == {"U2"}
        assert database.read(lambda c: c.execute(select(func.count()).select_from(conversations)).scalar()) == 4

    def test_conversations_that_nobody_goes_on_with_are_forgotten(
        self, run: Callable[..., Any], database: Database
    ) -> None:
        # All were written at 7; U2 goes on with the newest one.
        run(patients.save_conversation, "U2", {**STATE, "id": "DU2"}, False, None, now=20)
        run(patients.forget_conversations_before, 20)
        assert [row["id"] for row in rows(database, conversations)] == ["DU2"]
        assert run(patients.lock_patient, "U1", 21) == Patient(
            "U1", is_blocked=False, paused_until=None, language="ja", state=None
        )
        assert current(run, "U2")["id"] == "DU2"


def promise(connection: Connection, user: str) -> None:
    values = {"user_id": user, "messages": "[]", "retry_key": "K", "retry_until": 1, "due_at": 1, "created_at": 1}
    connection.execute(outbox.insert(), values)
