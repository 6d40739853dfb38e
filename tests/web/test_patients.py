"""What patients do, and that each of it gets an answer that LINE takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.story import single_steps

from bot.desk import Desk
from bot.line.client import Sent
from bot.simulator.fake_line import FakeLine
from bot.storage.tables import conversations, outbox, patients
from tests.delivery.doubles import wait_until
from tests.web.clinic import Clinic, asked, texts

TEXTS = {
    "five thousand characters": "膝" * 5_000,
    "five thousand danger words": "胸が痛い" * 1_250,
    "only emoji": "🦵😭🩹👨‍👩‍👧‍👦🇯🇵",
    "emoji of five thousand units": "🦵" * 2_500,
    "control characters": "\x00\x01\x07\x08\x1b[31m\x7f\u0085\u200b\u202e\ufeff",
    "half an emoji": "\ud83d",
    "half an emoji in words": "膝が\ude00痛い",
    "line ends": "\r\n\n\t  \u3000\u2028",
    "html": "<script>alert(1)</script><b>&amp;",
    "sql": "'; DROP TABLE patients; --",
    "a format": "{phone} %s ${x} {0} {{",
    "json": '{"events":[]}',
    "combining": "か\u3099" * 200 + "Z" + "\u0301" * 500,
    "a postback": "answer|C1|consent|agree",
    "digits of another script": "１ ١ ² ①",
    "one character": "?",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("known", [True, False], ids=["asked", "before anything"])
def test_whatever_is_typed_is_answered(clinic: Clinic, desk: Desk, text: str, known: bool) -> None:
    patient = clinic.patient()
    if known:
        patient.tap("agree")
    before = len(patient.answers)
    assert patient.say(text) == 200
    answers = patient.answers[before:]
    assert 1 <= len(answers) <= 5
    assert desk.library.message("error_sorry") not in texts(answers)
    assert clinic.count(patients) == 1


@pytest.mark.parametrize(
    "send",
    [
        FakeLine.send_sticker,
        FakeLine.send_image,
        FakeLine.send_video,
        FakeLine.send_audio,
        FakeLine.send_file,
        FakeLine.send_location,
    ],
)
def test_the_open_question_is_asked_again_after_anything_that_is_no_text(
    clinic: Clinic, send: Callable[..., int | None]
) -> None:
    patient = clinic.patient()
    patient.tap("agree")
    before = len(patient.answers)
    assert patient.do(lambda: send(clinic.fake, patient.id)) == 200
    answers = patient.answers[before:]
    assert asked(answers) == ["chest"]
    assert texts(answers)


def test_a_whole_conversation_to_its_outcome(clinic: Clinic, desk: Desk) -> None:
    patient = clinic.patient()
    steps = [step for step in single_steps(desk, "bakers_cyst") if "tap" in step]
    for step in steps:
        assert patient.tap(str(step["tap"])) == 200
        if "question" in step:
            assert patient.question == step["question"]
    (conversation,) = clinic.rows(conversations)
    assert conversation["urgency"] == steps[-1]["urgency"]
    assert patient.answers[-1]["altText"] == desk.library.message("alt_clinic", name=desk.library.clinic.name)


def test_an_emergency_is_answered_at_the_first_tap(clinic: Clinic) -> None:
    patient = clinic.patient()
    patient.tap("agree")
    patient.tap("dyspnoea")
    (conversation,) = clinic.rows(conversations)
    assert conversation["urgency"] == "emergency_now"
    assert "tel:119" in str(patient.answers[-1])


def test_an_unforeseen_fault_is_answered_and_changes_nothing(
    clinic: Clinic, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = clinic.patient()
    before = clinic.rows(conversations)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "go_on", fail)
        assert patient.say("1") == 200
    assert patient.answers[-1]["text"] == desk.library.message("error_sorry")
    assert clinic.rows(conversations) == before
    patient.say("1")
    assert patient.question == "chest"


class TestBlocking:
    def test_nothing_more_is_sent_after_a_block(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        before = patient.answers
        assert clinic.fake.block(patient.id) == 200
        clinic.wait_until_answered()
        assert patient.answers == before
        assert clinic.count(outbox) == 0
        assert clinic.rows(patients)[0]["blocked_at"]

    def test_what_was_still_to_be_sent_is_dropped(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        before = patient.answers
        clinic.calls.trouble.extend([Sent.BUSY] * 100)
        clinic.fake.send_text(patient.id, "1")
        clinic.wait_until_answered()
        assert clinic.count(outbox) == 1
        clinic.fake.block(patient.id)
        clinic.wait_until_answered()
        clinic.calls.trouble.clear()
        assert clinic.count(outbox) == 0
        clinic.sender.sweep_once()
        assert patient.answers == before

    def test_who_takes_the_block_back_is_asked_where_they_were(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        patient.tap("agree")
        clinic.fake.block(patient.id)
        before = len(patient.answers)
        patient.do(lambda: clinic.fake.unblock(patient.id))
        assert asked(patient.answers[before:]) == ["chest"]
        assert clinic.rows(patients)[0]["blocked_at"] is None

    def test_who_writes_has_taken_the_block_back(self, clinic: Clinic) -> None:
        # LINE's follow event can be late or lost.
        patient = clinic.patient()
        clinic.fake.block(patient.id)
        clinic.fake.chats.set_status(clinic.fake.chats.get(patient.id), "friend")
        patient.say("1")
        assert patient.question == "chest"
        assert clinic.rows(patients)[0]["blocked_at"] is None

    def test_a_stranger_may_block_without_ever_having_written(self, clinic: Clinic) -> None:
        assert clinic.fake.block(clinic.fake.add_user("Jiro")) == 200


class TestForgetting:
    def test_everything_goes_when_the_patient_says_so(self, clinic: Clinic) -> None:
        patient, other = clinic.patient(), clinic.patient("Taro")
        patient.tap("agree")
        patient.tap("none")
        patient.say("データ削除")
        assert [row["user_id"] for row in clinic.rows(conversations)] == [other.id]
        assert texts(patient.answers[-1:])

    def test_the_next_word_begins_anew(self, clinic: Clinic) -> None:
        patient = clinic.patient()
        patient.tap("agree")
        patient.say("データ削除")
        patient.say("こんにちは")
        assert patient.question == "consent"

    @pytest.fixture
    def timeless(self, open_clinic: Callable[..., Clinic]) -> Clinic:
        """A clinic where time stands still: what is sent there was not waiting for a later moment."""
        return open_clinic(clock=lambda: 1_800_000_000_000)

    def test_the_answer_does_not_wait_behind_what_was_deleted(self, timeless: Clinic) -> None:
        patient = timeless.patient()
        timeless.calls.trouble.append(Sent.BUSY)
        timeless.fake.send_text(patient.id, "1")
        wait_until(lambda: [row["attempts"] for row in timeless.rows(outbox)] == [1])
        before = len(patient.answers)
        timeless.fake.send_text(patient.id, "データ削除")
        wait_until(lambda: len(patient.answers) == before + 1, patience=5)

    def test_the_answer_is_not_taken_for_what_was_deleted(self, timeless: Clinic) -> None:
        # The deleted row is on its way to LINE, and meets trouble there.
        patient = timeless.patient()
        gate = timeless.calls.hold_next()
        timeless.calls.trouble.append(Sent.BUSY)
        timeless.fake.send_text(patient.id, "1")
        assert timeless.calls.on_its_way.wait(20)
        before = len(patient.answers)
        timeless.fake.send_text(patient.id, "データ削除")
        gate.set()
        wait_until(lambda: len(patient.answers) == before + 1, patience=5)
