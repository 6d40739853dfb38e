"""What a patient writes is in no log."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import pytest

from bot.desk import DEFAULT_LANGUAGE, Desk, Reply
from bot.flow.conversation import Conversation
from bot.flow.events import Event, Typed
from bot.line.client import Sent
from tests.web.clinic import Clinic

MARK = "XYZZY"
SAYINGS = [
    f"膝の裏が{MARK}痛い",
    f"胸が痛い {MARK}",
    f"息苦しくはない{MARK}",
    f"ベーカー嚢腫って何? {MARK}",
    f"{MARK} 119",
    MARK,
]


class FaultyDesk(Desk):
    """A desk with a fault that quotes what it could not read, as many exceptions do."""

    def go_on(
        self, before: Conversation | None, event: Event, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> Reply:
        if isinstance(event, Typed):
            raise ValueError(f"cannot read {event.text}")
        return super().go_on(before, event, now, language)


def test_no_word_of_a_conversation_is_logged(
    clinic: Clinic, logs: io.StringIO, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    patient = clinic.patient(MARK)
    clinic.calls.trouble.extend([Sent.UNCERTAIN])
    for saying in SAYINGS:
        patient.say(saying)
        patient.do(lambda: clinic.fake.send_file(patient.id, f"{MARK}.pdf"))
    patient.tap("agree")
    clinic.fake.tap(patient.id, f"answer|{MARK}|{MARK}|{MARK}", MARK)
    clinic.fake.tap(patient.id, f"command|{MARK}", MARK)
    for saying in SAYINGS:
        patient.say(saying)
    output = "".join(capfd.readouterr())
    assert "event_answered" in logs.getvalue()
    assert MARK not in logs.getvalue()
    assert MARK not in caplog.text
    assert MARK not in output


def test_a_fault_that_quotes_the_patient_is_logged_without_the_quotation(
    open_clinic: Callable[..., Clinic], desk: Desk, logs: io.StringIO
) -> None:
    clinic = open_clinic(FaultyDesk(desk.flow, desk.library, desk.vocabulary, desk.renderer))
    patient = clinic.patient()
    patient.say(SAYINGS[0])
    assert "ValueError" in logs.getvalue()
    assert MARK not in logs.getvalue()


def test_a_refused_body_is_not_logged(clinic: Clinic, logs: io.StringIO) -> None:
    body = f'{{"events":[{{"message":{{"text":"{MARK}"'.encode()
    assert clinic.post_signed(body).status_code == 400
    assert clinic.post(body, MARK).status_code == 400
    assert logs.getvalue().count("webhook_refused") == 2
    assert MARK not in logs.getvalue()
