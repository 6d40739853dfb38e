"""The way from a patient's page to the memo for the doctor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.links import Links
from bot.storage import patients
from bot.storage.people import Person
from tests.console.office import Office

LINKS = Links("https://clinic.example", "a secret of the tests")
MEMO = re.compile(r'href="https://clinic\.example/memos/([^"]+)"')


@pytest.fixture
def linked(desk: Desk, tmp_path: Path) -> Iterator[Office]:
    """An office of a server that knows how browsers reach it."""
    office = Office(replace(desk, renderer=replace(desk.renderer, links=LINKS)), tmp_path / "linked.db")
    yield office
    office.close()


def answered(office: Office) -> Person:
    """A patient who has answered the questions."""
    person = office.add_patient()
    state = Patient(office.desk).finishes().state
    assert state is not None
    office.transact(lambda c: patients.save_conversation(c, person.user_id, state, True, "soon_2w", office.clock()))
    return person


def memos_on_the_page(office: Office, person: Person) -> list[str]:
    return MEMO.findall(office.client("viewer").get(f"/console/patients/{person.reference}").text)


def test_staff_open_the_memo_of_the_current_conversation(linked: Office) -> None:
    person = answered(linked)
    (token,) = memos_on_the_page(linked, person)
    state = linked.patient(person.user_id)
    assert LINKS.read_memo(token, linked.clock()) == state.conversation_id


def test_there_is_none_without_answers(linked: Office) -> None:
    assert memos_on_the_page(linked, linked.add_patient()) == []


def test_there_is_none_while_nothing_leads_to_pages(office: Office) -> None:
    assert memos_on_the_page(office, answered(office)) == []
