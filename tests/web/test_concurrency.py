"""Many patients at once, and one patient faster than the threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from bot.delivery.sender import Sender
from bot.storage.outbox import OutboxRow
from bot.storage.tables import webhook_events
from tests.web.clinic import Clinic, asked

LATE_BY = 1.0
"""Seconds, unless the next row overtakes earlier."""


class SlowFirstHandover(Sender):
    """A sender to whom the first row of `held` is handed over late, as happens when its thread has to wait."""

    held = ""
    waiting: threading.Event
    overtaken: threading.Event

    def put(self, rows: Iterable[OutboxRow], lease_until: int, taken_over: bool = False) -> None:
        rows = list(rows)
        if taken_over or not any(row.user_id == self.held for row in rows):
            super().put(rows, lease_until, taken_over)
        elif self.waiting.is_set():
            super().put(rows, lease_until)
            self.overtaken.set()
        else:
            self.waiting.set()
            self.overtaken.wait(LATE_BY)
            super().put(rows, lease_until)


def test_one_patients_answers_arrive_in_order_however_threads_are_scheduled(open_clinic: Callable[..., Clinic]) -> None:
    clinic = open_clinic(sender=SlowFirstHandover)
    patient = clinic.patient()
    sender = clinic.sender
    assert isinstance(sender, SlowFirstHandover)
    sender.waiting, sender.overtaken, sender.held = threading.Event(), threading.Event(), patient.id
    before = len(patient.answers)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(clinic.fake.send_text, patient.id, "1")
        assert sender.waiting.wait(20)
        second = threads.submit(clinic.fake.send_text, patient.id, "どれもない")
        assert (first.result(30), second.result(30)) == (200, 200)
    clinic.wait_until_sent()
    assert asked(patient.answers[before:]) == ["chest", "onset"]


def test_many_patients_at_once_are_each_answered_in_order(clinic: Clinic) -> None:
    patients = [clinic.patient(f"P{i}") for i in range(6)]

    def talk(i: int) -> None:
        patients[i].tap("agree")
        patients[i].tap("none")
        patients[i].tap("gradual")

    with ThreadPoolExecutor(6) as threads:
        for future in [threads.submit(talk, i) for i in range(6)]:
            future.result()
    assert {tuple(asked(patient.answers)) for patient in patients} == {("consent", "chest", "onset", "leg_danger")}


def test_an_event_delivered_twice_at_the_same_time_is_answered_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    before = len(patient.answers)
    event = clinic.text_event(patient.id, "1")
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(clinic.post_events, event) for _ in range(8)]
        assert {future.result() for future in futures} == {200}
    clinic.wait_until_sent()
    assert len(patient.answers) == before + 1
    assert clinic.count(webhook_events) == 2


def test_taps_faster_than_the_answers_lose_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(clinic.fake.send_text, patient.id, "??") for _ in range(16)]
        assert {future.result() for future in futures} == {200}
    clinic.wait_until_sent()
    assert asked(patient.answers) == ["consent"] * 17
    assert len(patient.answers) == 2 + 2 * 16
