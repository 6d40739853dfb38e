"""The numbers for Prometheus: who may see them, what they count, and what never stands in them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from bot.counts import SHARED_FOLDER
from bot.desk import Desk
from bot.errors import StorageError
from bot.line.client import LineClient, Quota, Receipt, Sent
from bot.metrics import MeasuredLine, Metrics
from bot.probe import Probe
from bot.reception import Reception
from bot.storage.outbox_numbers import Numbers, numbers
from bot.web import create_app, mount_metrics
from tests.web.clinic import SECRET, Clinic, standing

ROOT = Path(__file__).parent.parent.parent
TOKEN = "0123456789abcdef"
LABELS = re.compile(r'(\w+)="([^"]*)"')

COUNT_IN_A_CHILD = """
import os
from bot.metrics import Metrics
metrics = Metrics()
metrics.watch(lambda: 7, lambda: True)
metrics.events("answered", 2, "typed")
child = os.fork()
if not child:
    other = Metrics()
    other.events("answered", 3, "typed")
    other.close()
    os._exit(0)
os.waitpid(child, 0)
print(metrics.text().decode())
"""


def value(text: str, series: str) -> float:
    """The number of one series."""
    (line,) = [line for line in text.splitlines() if line.startswith(series + " ")]
    return float(line.rpartition(" ")[2])


class Line(LineClient):
    """Gives what it is told to give."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent

    def reply(self, *_: object, **__: object) -> Receipt:
        return Receipt(self.sent, 200, "")

    push = multicast = reply

    def quota(self) -> Quota | None:
        return None


class TestTheDoor:
    @pytest.fixture
    def app(self) -> Flask:
        app = Flask("numbers")
        mount_metrics(app, lambda: b"hizaura_workers 1.0\n", TOKEN)
        return app

    def test_whoever_shows_the_token_sees_the_numbers(self, app: Flask) -> None:
        response = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        assert value(response.text, "hizaura_workers") == 1

    @pytest.mark.parametrize("shown", [None, "", TOKEN, f"Bearer {TOKEN}x", "Bearer ", "Bearer \xff"])
    def test_nobody_else_does(self, app: Flask, shown: str | None) -> None:
        headers = {} if shown is None else {"Authorization": shown}
        response = app.test_client().get("/metrics", headers=headers)
        assert response.status_code == 401
        assert "hizaura" not in response.text

    def test_without_a_token_there_is_no_such_page(self, clinic: Clinic) -> None:
        assert clinic.app.test_client().get("/metrics").status_code == 404


class TestWebhooks:
    @pytest.fixture
    def metrics(self, clinic: Clinic, desk: Desk) -> Metrics:
        """The numbers of a clinic that counts."""
        metrics = Metrics(lambda: clinic.database.read(numbers))
        reception = Reception(standing(desk), clinic.database, clinic.sender)
        clinic.app = create_app(reception, (SECRET,), counts=metrics)
        return metrics

    def test_requests_are_counted_by_what_became_of_them(
        self, clinic: Clinic, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient = clinic.patient()
        clinic.post_events({"type": "message"})
        clinic.post(b"{}", "wrong")
        with monkeypatch.context() as patched:
            patched.setattr(Reception, "receive", lambda _, events: list(events))
            clinic.post_events(clinic.text_event(patient.id, "1"), clinic.text_event(patient.id, "2"))
        text = metrics.text().decode()
        assert value(text, 'hizaura_webhook_seconds_count{result="ok"}') == 2
        assert value(text, 'hizaura_webhook_seconds_count{result="refused"}') == 1
        assert value(text, 'hizaura_webhook_seconds_count{result="not_kept"}') == 1
        assert value(text, 'hizaura_events_total{kind="",result="not_kept"}') == 2
        assert value(text, 'hizaura_events_total{kind="",result="set_aside"}') == 1

    def test_no_label_tells_of_a_patient(self, clinic: Clinic, metrics: Metrics) -> None:
        patient = clinic.patient()
        patient.say("my knee hurts")
        MeasuredLine(Line(Sent.ACCEPTED), metrics).push(patient.id, [{"type": "text", "text": "hello"}], "key")
        labels = {name for name, _ in LABELS.findall(metrics.text().decode())}
        assert labels <= {"result", "kind", "method", "le"}
        assert patient.id not in metrics.text().decode()


class TestCallsToLine:
    @pytest.mark.parametrize("sent", list(Sent))
    def test_calls_are_counted_by_method_and_result(self, sent: Sent) -> None:
        metrics = Metrics()
        line = MeasuredLine(Line(sent), metrics)
        assert line.reply("token", []).sent is sent
        assert line.push("U1", [], "key").sent is sent
        assert line.multicast(["U1"], [], "key").sent is sent
        assert line.quota() is None
        text = metrics.text().decode()
        for method in ("reply", "push", "multicast"):
            assert value(text, f'hizaura_line_call_seconds_count{{method="{method}",result="{sent}"}}') == 1
        assert value(text, 'hizaura_line_call_seconds_count{method="quota",result="untold"}') == 1


class TestWhatWaits:
    def test_the_database_is_asked_when_somebody_wants_to_know(self) -> None:
        waiting = Numbers(unanswered=1, unanswered_since=1_000, waiting=3, waiting_since=None, dead=2)
        text = Metrics(lambda: waiting).text().decode()
        assert value(text, "hizaura_database_up") == 1
        assert value(text, "hizaura_inbox_waiting") == 1
        assert value(text, "hizaura_inbox_oldest_seconds") > 1_000_000
        assert value(text, "hizaura_outbox_waiting") == 3
        assert value(text, "hizaura_outbox_oldest_seconds") == 0
        assert value(text, "hizaura_outbox_dead") == 2

    def test_numbers_that_nobody_knows_are_left_out(self) -> None:
        def gone() -> Numbers:
            raise StorageError("gone")

        text = Metrics(Probe(gone, 1).answer).text().decode()
        assert value(text, "hizaura_database_up") == 0
        assert "hizaura_outbox_waiting" not in text

    def test_the_sender_is_looked_at(self) -> None:
        metrics = Metrics()
        metrics.watch(lambda: 5, lambda: True)
        text = metrics.text().decode()
        assert value(text, "hizaura_outbox_held") == 5
        assert value(text, "hizaura_line_pausing") == 1

    def test_what_a_patient_is_owed_is_counted(self, clinic: Clinic) -> None:
        nothing = Numbers(unanswered=0, unanswered_since=None, waiting=0, waiting_since=None, dead=0)
        assert clinic.database.read(numbers) == nothing
        patient = clinic.patient()
        gate = clinic.calls.hold_next()
        clinic.fake.send_text(patient.id, "1")
        clinic.calls.on_its_way.wait(20)
        waiting = clinic.database.read(numbers)
        gate.set()
        clinic.wait_until_sent()
        assert (waiting.waiting, waiting.dead) == (1, 0)
        assert waiting.waiting_since is not None
        assert clinic.database.read(numbers) == nothing


def test_several_processes_count_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT_IN_A_CHILD]
    result = subprocess.run(
        command, cwd=ROOT, env={SHARED_FOLDER: str(tmp_path)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert value(result.stdout, 'hizaura_events_total{kind="typed",result="answered"}') == 5
    assert value(result.stdout, "hizaura_workers") == 1
    assert value(result.stdout, "hizaura_database_up") == 0
