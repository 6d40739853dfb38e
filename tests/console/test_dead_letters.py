"""Messages that did not get through: seen, sent again or dropped."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Connection, func, select

from bot.console.dead_letter_pages import reason_of
from bot.line.written import written
from bot.storage import dead_letters, outbox
from bot.storage.people import Person
from bot.storage.tables import outbox as outbox_table
from tests.console.office import Office

LIST = "/console/dead-letters/"


def die(office: Office, person: Person, text: str = "come tomorrow", reason: str = "status 400 request") -> int:
    """A message that was given up; its id."""
    key = str(uuid.uuid4())

    def add(connection: Connection) -> int:
        row = outbox.add(
            connection,
            person.user_id,
            written([{"type": "text", "text": text}]),
            reply_token=None,
            reply_until=0,
            retry_key=key,
            retry_until=office.clock(),
            owner="office",
            lease_until=office.clock(),
            now=office.clock(),
        )
        assert row
        outbox.give_up(connection, row.id, reason)
        return row.id

    id: int = office.transact(add)
    return id


def rows(office: Office) -> int:
    count: int = office.read(lambda c: c.execute(select(func.count()).select_from(outbox_table)).scalar_one())
    return count


def test_a_letter_is_listed_with_patient_and_text(office: Office) -> None:
    person = office.add_patient("Yamada")
    id = die(office, person)
    page = office.client("viewer").get(LIST).text
    assert f'id="letter-{id}"' in page
    assert person.reference in page
    assert "come tomorrow" in page
    assert person.user_id not in page


def test_the_first_page_and_the_patient_tell_of_it(office: Office) -> None:
    person = office.add_patient()
    die(office, person)
    browser = office.client("viewer")
    assert '<span class="count" data-testid="letters">1</span>' in browser.get("/console/").text
    assert "alert-warning" in browser.get(f"/console/patients/{person.reference}").text


def test_sent_again_it_goes_out_once_under_a_new_key(office: Office) -> None:
    person = office.add_patient()
    id = die(office, person)
    before = office.read(lambda c: c.execute(select(outbox_table.c.retry_key)).scalar_one())
    browser = office.client("staff")
    for _ in range(2):
        assert browser.submit(f"{LIST}{id}/retry").status_code == 302
    assert office.sender.sweep_once() == 1
    office.start_sending()
    office.sender.stop(timeout=20)
    assert [to for to, _ in office.line.pushes] == [person.user_id]
    assert office.line.retry_keys != [before]
    assert rows(office) == 0
    assert [entry.action for entry in office.audit()] == ["letter_retried"]


def test_dropped_it_is_gone(office: Office) -> None:
    person = office.add_patient()
    id = die(office, person)
    for _ in range(2):
        office.client("staff").submit(f"{LIST}{id}/drop")
    assert rows(office) == 0
    assert [(entry.action, entry.subject) for entry in office.audit()] == [("letter_dropped", person.reference)]
    assert "tomorrow" not in str(office.audit())


def test_who_blocks_the_account_is_not_written_to_again(office: Office) -> None:
    id = die(office, office.add_patient(blocked=True))
    office.client("staff").submit(f"{LIST}{id}/retry")
    assert office.read(dead_letters.count) == 1
    assert office.audit() == []


@pytest.mark.parametrize("act", ["retry", "drop"])
def test_who_only_looks_decides_nothing(office: Office, act: str) -> None:
    id = die(office, office.add_patient())
    assert office.client("viewer").submit(f"{LIST}{id}/{act}").status_code == 403
    assert office.read(dead_letters.count) == 1


@pytest.mark.parametrize("act", ["retry", "drop"])
def test_what_still_waits_to_be_sent_cannot_be_decided_on(office: Office, act: str) -> None:
    person = office.add_patient()
    key, now = str(uuid.uuid4()), office.clock()
    office.transact(lambda c: outbox.plan(c, person.user_id, written([{"type": "text", "text": "x"}]), key, now, now))
    id = office.read(lambda c: c.execute(select(outbox_table.c.id)).scalar_one())
    office.client("staff").submit(f"{LIST}{id}/{act}")
    assert rows(office) == 1
    assert office.audit() == []


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("status 400 request", "refused"),
        ("status 401 request", "access"),
        ("status 429 request", "quota"),
        ("status 500 request", "unreachable"),
        ("status 0 ", "unreachable"),
        ("nobody knows whether LINE has it", "unclear"),
    ],
)
def test_every_reason_has_words(office: Office, reason: str, key: str) -> None:
    id = die(office, office.add_patient(), reason=reason)
    letter = office.read(lambda c: dead_letters.find(c, id))
    assert letter
    assert reason_of(letter).endswith(key)
    assert all(reason_of(letter) in words.texts for words in office.services.words.values())


def test_older_letters_are_one_link_away(office: Office) -> None:
    person = office.add_patient()
    ids = [die(office, person) for _ in range(51)]
    browser = office.client("viewer")
    assert f'id="letter-{ids[0]}"' not in browser.get(LIST).text
    assert f'id="letter-{ids[0]}"' in browser.get(f"{LIST}?before={ids[1]}").text
