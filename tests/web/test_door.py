"""The door: what is let in, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection

from bot import web
from bot.desk import Desk
from bot.edge import LARGEST_BODY
from bot.errors import StorageError
from bot.event_handler import MOST_ATTEMPTS, EventHandler
from bot.reception import Reception
from bot.simulator.webhooks import sign, webhook_body
from bot.storage import database as storage
from bot.storage import exchanges
from bot.storage import inbox as inbox_storage
from bot.storage.inbox import InboxRow
from bot.storage.tables import conversations, inbox, metadata, webhook_events
from tests.delivery.doubles import wait_until
from tests.web.clinic import SECRET, Clinic, asked, standing

KNEE = "my knee hurts"


def stored(clinic: Clinic) -> dict[str, int]:
    return {table.name: clinic.count(table) for table in metadata.sorted_tables if clinic.count(table)}


def set_version(clinic: Clinic, version: str | None) -> None:
    """Let the tables be those of another program; None: of one before there were versions."""
    clinic.database.transact(lambda c: c.exec_driver_sql("DELETE FROM alembic_version").rowcount)
    if version:
        clinic.database.transact(
            lambda c: c.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{version}')").rowcount
        )


class TestGoodRequests:
    def test_a_new_friend_is_welcomed_and_asked(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        assert patient.question == "consent"

    def test_the_verify_button_gets_its_200(self, clinic: Clinic) -> None:
        assert clinic.fake.verify_webhook() == 200
        assert stored(clinic) == {}

    def test_either_secret_will_do_while_one_is_rotated(self, open_clinic: Callable[..., Clinic]) -> None:
        clinic = open_clinic(secrets=("old", SECRET))
        body = webhook_body("U1", [])
        assert clinic.post(body, sign("old", body)).status_code == 200
        assert clinic.post(body, sign(SECRET, body)).status_code == 200
        assert clinic.post(body, sign("older", body)).status_code == 400

    def test_the_health_check(self, clinic: Clinic) -> None:
        assert clinic.app.test_client().get("/healthz").status_code == 200

    def test_the_health_check_tells_when_the_database_is_gone(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: object) -> None:
            raise StorageError("gone")

        with monkeypatch.context() as patched:
            patched.setattr(clinic.database, "read", fail)
            assert clinic.app.test_client().get("/healthz").status_code == 503

    def test_a_server_is_ready_when_its_tables_are_there(self, clinic: Clinic) -> None:
        assert clinic.app.test_client().get("/readyz").status_code == 200

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
    def test_a_newer_program_may_have_added_to_the_tables(self, clinic: Clinic) -> None:
        set_version(clinic, "9999")
        assert clinic.app.test_client().get("/readyz").status_code == 200

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("older", ["0001", None])
    def test_a_server_is_not_ready_with_older_tables(self, clinic: Clinic, older: str | None) -> None:
        set_version(clinic, older)
        assert clinic.app.test_client().get("/readyz").status_code == 503
        assert clinic.app.test_client().get("/healthz").status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    def test_nobody_waits_for_a_database_that_hangs(
        self, clinic: Clinic, desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        answers = threading.Event()
        read = clinic.database.read

        def hang(work: Callable[[Connection], Any]) -> Any:
            answers.wait(20)
            return read(work)

        with monkeypatch.context() as patched:
            patched.setattr(web, "PROBE_WITHIN", 0.05)
            patched.setattr(clinic.database, "read", hang)
            app = web.create_app(Reception(standing(desk), clinic.database, clinic.sender), (SECRET,))
            assert app.test_client().get(path).status_code == 503
            assert app.test_client().get(path).status_code == 503
            answers.set()
            wait_until(lambda: app.test_client().get(path).status_code == 200)


class TestRefusals:
    @pytest.mark.parametrize("signature", [None, "", "wrong", "x" * 44, "署名".encode().decode("latin-1"), "\xff\xfe"])
    def test_a_body_that_line_did_not_sign(self, clinic: Clinic, signature: str | None) -> None:
        body = webhook_body("U1", [clinic.text_event("U1", KNEE)])
        assert clinic.post(body, signature).status_code == 400
        assert stored(clinic) == {}

    def test_a_body_that_was_changed_on_the_way(self, clinic: Clinic) -> None:
        body = webhook_body("U1", [clinic.text_event("U1", KNEE)])
        assert clinic.post(body.replace(b"knee", b"hand"), sign(SECRET, body)).status_code == 400
        assert stored(clinic) == {}

    @pytest.mark.parametrize(
        "body",
        [b"", KNEE.encode(), b'{"events": ["' + KNEE.encode() + b'"', b'["my knee hurts"]', b"[" * 50_000],
        ids=["empty", "text", "half", "list", "deep"],
    )
    def test_a_body_that_is_no_webhook(self, clinic: Clinic, logs: io.StringIO, body: bytes) -> None:
        response = clinic.post_signed(body)
        assert response.status_code == 400
        assert KNEE not in response.text
        assert "webhook_refused" in logs.getvalue()
        assert KNEE not in logs.getvalue()
        assert stored(clinic) == {}

    @pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 200), (LARGEST_BODY + 1, 413)])
    def test_a_body_may_have_a_million_bytes(self, clinic: Clinic, size: int, status: int) -> None:
        body = b'{"events":[]}'
        assert clinic.post_signed(body + b" " * (size - len(body))).status_code == status

    @pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
    def test_webhooks_are_posted(self, clinic: Clinic, method: str) -> None:
        assert getattr(clinic.app.test_client(), method)("/callback").status_code == 405

    @pytest.mark.parametrize("path", ["/", "/static/x", "/simulator", "/callback/", "/healthz/x"])
    def test_there_is_nothing_else(self, clinic: Clinic, path: str) -> None:
        assert clinic.app.test_client().get(path).status_code == 404


class TestBatches:
    ODD: tuple[object, ...] = (
        None,
        7,
        "event",
        {},
        {"type": "message"},
        {"type": "unsend", "mode": "active", "source": {"type": "user", "userId": "U1"}, "webhookEventId": "E"},
    )

    @pytest.mark.parametrize("odd", ODD, ids=repr)
    def test_an_odd_event_costs_no_neighbour(self, clinic: Clinic, odd: object) -> None:
        one, other = clinic.patient(), clinic.patient("Taro")
        before = [len(patient.answers) for patient in (one, other)]
        events = [clinic.text_event(one.id, "1"), odd, clinic.text_event(other.id, "1")]
        assert clinic.post_events(*events) == 200
        clinic.wait_until_sent()
        assert [patient.question for patient in (one, other)] == ["chest", "chest"]
        assert all(len(patient.answers) > count for patient, count in zip((one, other), before, strict=True))

    def test_an_event_that_cannot_be_stored_costs_no_neighbour(self, clinic: Clinic) -> None:
        # Half an emoji has no UTF-8: no database takes such an id.
        patient = clinic.patient()
        odd = clinic.text_event("U" + "0" * 32, "1", webhookEventId="\ud83d", timestamp=1)
        clinic.post_events(odd, clinic.text_event(patient.id, "1"))
        clinic.wait_until_sent()
        assert patient.question == "chest"

    def test_a_fault_of_our_own_costs_no_neighbour(self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
        one, other = clinic.patient(), clinic.patient("Taro")
        handle = EventHandler.handle

        def fail_for_one(handler: EventHandler, connection: Connection, waiting: InboxRow, *rest: Any) -> Any:
            if waiting.user_id == one.id:
                raise ZeroDivisionError
            return handle(handler, connection, waiting, *rest)

        events = [clinic.text_event(one.id, "1", timestamp=1), clinic.text_event(other.id, "1", timestamp=2)]
        with monkeypatch.context() as patched:
            patched.setattr(EventHandler, "handle", fail_for_one)
            assert clinic.post_events(*events) == 200
            wait_until(lambda: other.question == "chest")
            assert one.question == "consent"
            clinic.answer_again()
            wait_until(lambda: clinic.rows(inbox)[0]["attempts"] == 2)
        clinic.answer_again()
        clinic.wait_until_sent()
        assert [patient.question for patient in (one, other)] == ["chest", "chest"]

    def test_what_fails_again_and_again_ends_in_an_apology(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient = clinic.patient()
        before = len(patient.answers)

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patched:
            patched.setattr(exchanges, "add", fail)
            clinic.post_events(clinic.text_event(patient.id, "1"), clinic.text_event(patient.id, "2"))
            for attempts in range(1, MOST_ATTEMPTS + 1):
                wait_until(lambda attempts=attempts: any(row["attempts"] >= attempts for row in clinic.rows(inbox)))  # type: ignore[misc]
                clinic.answer_again()
            wait_until(lambda: len(patient.answers) == before + 1)
        # What came behind it is answered as ever.
        clinic.sweep_until_answered()
        clinic.wait_until_sent()
        assert len(patient.answers) == before + 2

    def test_a_damaged_conversation_costs_no_neighbour(self, clinic: Clinic) -> None:
        damaged, patient = clinic.patient(), clinic.patient("Taro")
        clinic.database.transact(
            lambda c: (
                c.execute(
                    conversations.update().where(conversations.c.user_id == damaged.id).values(state='{"id":')
                ).rowcount
            )
        )
        before = len(damaged.answers)
        clinic.post_events(clinic.text_event(damaged.id, "1", timestamp=1), clinic.text_event(patient.id, "1"))
        clinic.wait_until_sent()
        assert patient.question == "chest"
        assert asked(damaged.answers[before:]) == ["consent"]

    def test_events_are_handled_in_the_order_in_which_they_happened(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        later = clinic.text_event(patient.id, "どれもない", timestamp=2_000)
        earlier = clinic.text_event(patient.id, "1", timestamp=1_000)
        assert clinic.post_events(later, earlier) == 200
        clinic.wait_until_sent()
        assert patient.question == "onset"


def limit_pages(clinic: Clinic, number: int) -> None:
    clinic.database.transact(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {number}").scalar())


def fill_pages(clinic: Clinic) -> None:
    """Fill what room is left in the pages that there are."""
    for size in (2_000, 200, 20):
        with suppress(StorageError):
            while True:
                clinic.database.transact(
                    lambda c, size=size: c.exec_driver_sql(f"INSERT INTO filler VALUES (zeroblob({size}))")  # type: ignore[misc]
                )


class TestRedelivery:
    def test_an_event_that_comes_twice_is_answered_once(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        patient.say("1")
        before = patient.answers
        assert patient.do(lambda: clinic.fake.redeliver(patient.id)) == 200
        assert patient.answers == before

    def test_an_event_that_stands_twice_in_one_request_is_answered_once(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        event = clinic.text_event(patient.id, "1")
        assert clinic.post_events(event, event, {**event, "deliveryContext": {"isRedelivery": True}}) == 200
        clinic.wait_until_sent()
        assert patient.question == "chest"
        assert clinic.count(webhook_events) == 2

    def test_the_flag_of_a_redelivery_does_not_matter(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        clinic.post_events(clinic.text_event(patient.id, "1", deliveryContext={"isRedelivery": True}))
        clinic.wait_until_sent()
        assert patient.question == "chest"

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
    def test_an_event_that_was_not_kept_is_handled_when_it_comes_again(
        self, open_clinic: Callable[..., Clinic], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        monkeypatch.setattr(storage, "BUSY_TIMEOUT_MS", 50)
        clinic = open_clinic()
        patient = clinic.patient()
        before = patient.answers
        other_program = sqlite3.connect(str(clinic.database.url.database), isolation_level=None)
        request.addfinalizer(other_program.close)
        other_program.execute("BEGIN EXCLUSIVE")
        assert clinic.fake.send_text(patient.id, "1") == 500
        other_program.execute("ROLLBACK")
        assert patient.answers == before
        for _ in range(2):
            assert patient.do(lambda: clinic.fake.redeliver(patient.id)) == 200
        assert patient.question == "chest"
        assert len(patient.answers) == len(before) + 1

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
    def test_what_comes_while_the_disk_is_full_is_answered_when_it_comes_again(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        before = patient.answers
        clinic.database.transact(lambda c: c.exec_driver_sql("CREATE TABLE filler (content BLOB)"))
        limit_pages(clinic, 1)  # Means: no page more than there are.
        fill_pages(clinic)
        assert clinic.fake.send_text(patient.id, "1" + " " * 4_000) == 500
        assert patient.answers == before
        limit_pages(clinic, 1_000_000)
        for _ in range(2):
            assert patient.do(lambda: clinic.fake.redeliver(patient.id)) == 200
        assert len(patient.answers) == len(before) + 1

    def test_what_was_kept_of_a_batch_is_not_answered_again(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, other = clinic.patient(), clinic.patient("Taro")
        events = [clinic.text_event(one.id, "1"), clinic.text_event(other.id, "1")]
        add, is_full = inbox_storage.add, True

        def fail_for_other(connection: Connection, event_id: str, user_id: str, *rest: Any) -> None:
            if user_id == other.id and is_full:
                raise StorageError("full")
            add(connection, event_id, user_id, *rest)

        with monkeypatch.context() as patched:
            patched.setattr(inbox_storage, "add", fail_for_other)
            assert clinic.post_events(*events) == 500
            is_full = False
            assert clinic.post_events(*events) == 200
        clinic.wait_until_sent()
        assert [patient.question for patient in (one, other)] == ["chest", "chest"]
        assert asked(one.answers) == ["consent", "chest"]
