"""What patients wish lasts from event to event: their language, and to be asked how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.story import single_steps

from bot.desk import DEFAULT_LANGUAGE, Desk, Tongue
from bot.library.words import LanguageWords
from bot.storage.console_tables import follow_ups
from bot.storage.tables import conversations, exchanges, patients
from bot.vocabulary_builder import build_vocabulary
from tests.web.clinic import Clinic, Patient, texts


@pytest.fixture
def finished(clinic: Clinic, desk: Desk) -> Patient:
    """A patient with an outcome that is followed up."""
    patient = clinic.patient()
    for step in single_steps(desk, "bakers_cyst"):
        if "tap" in step:
            patient.tap(str(step["tap"]))
    return patient


def language(clinic: Clinic) -> str:
    (patient,) = clinic.rows(patients)
    return str(patient["language"])


def wishes(clinic: Clinic) -> list[dict[str, Any]]:
    return clinic.rows(follow_ups)


@pytest.fixture
def two_languages(open_clinic: Callable[..., Clinic], desk: Desk) -> Clinic:
    """A clinic with a second language, called with 「えすぺらんと」; its words are those of the first, in brackets."""
    messages = {id: f"[{words}]" for id, words in desk.library.messages.items()}
    called = LanguageWords(name="Esperanto", words=("えすぺらんと",))
    library = replace(desk.library, language="eo", messages=messages, language_words=called)
    spoken = build_vocabulary(desk.flow, library, (desk.library,))
    other = Tongue(library, spoken, replace(desk.renderer, library=library, languages={}))
    vocabulary = build_vocabulary(desk.flow, desk.library, (library,))
    return open_clinic(replace(desk, vocabulary=vocabulary, others={"eo": other}))


def test_a_patient_is_spoken_to_in_the_language_that_was_asked_for(two_languages: Clinic, desk: Desk) -> None:
    patient = two_languages.patient()
    patient.say("えすぺらんと")
    assert language(two_languages) == "eo"
    patient.say("ヘルプ")
    assert f"[{desk.library.message('help')}]" in texts(patient.answers)[-1]
    patient.say("日本語")
    assert language(two_languages) == DEFAULT_LANGUAGE


def test_the_language_stays_when_everything_else_is_deleted(two_languages: Clinic) -> None:
    patient = two_languages.patient()
    patient.say("えすぺらんと")
    patient.say("データ削除")
    assert language(two_languages) == "eo"


def test_where_somebody_is_is_not_kept(clinic: Clinic) -> None:
    patient = clinic.patient()
    patient.do(lambda: clinic.fake.send_location(patient.id, latitude=34.7, longitude=135.5))
    kept = clinic.rows(exchanges)[-1]
    assert (kept["kind"], kept["key"], kept["said"]) == ("located", None, None)


def test_a_patient_is_asked_so_many_days_after_the_outcome_by_day(
    clinic: Clinic, desk: Desk, finished: Patient
) -> None:
    finished.say(desk.library.commands["follow_up_on"].label)
    (wish,) = wishes(clinic)
    (conversation,) = clinic.rows(conversations)
    assert wish["conversation_id"] == conversation["id"]
    due = datetime.fromtimestamp(wish["due_at"] / 1000, desk.renderer.zone)
    days = desk.flow.follow_ups[conversation["urgency"]]
    assert timedelta(days=days) <= due - datetime.now(desk.renderer.zone) + timedelta(hours=1)
    assert 8 <= due.hour < 20


@pytest.mark.parametrize("command", ["follow_up_off", "news_off", "stop", "delete"])
def test_the_wish_ends_with(clinic: Clinic, desk: Desk, finished: Patient, command: str) -> None:
    finished.say(desk.library.commands["follow_up_on"].label)
    finished.say(desk.library.commands[command].label)
    assert wishes(clinic) == []


def test_before_an_outcome_nothing_is_planned(clinic: Clinic, desk: Desk) -> None:
    clinic.patient().say(desk.library.commands["follow_up_on"].label)
    assert wishes(clinic) == []
