"""Tags, names, notes and levels that staff set; deleting; what the audit log says."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from bot.storage import audit, exchanges, people
from bot.storage.tables import patients as patients_table
from tests.console.office import Office
from tests.console.patients.visiting import address, listed

# -- noting down -------------------------------------------------------------------------------------


def test_tags_are_set_and_taken_away(office: Office) -> None:
    person, browser = office.add_patient(tags=["by_answers"], urgency="soon_2w"), office.client("staff")
    browser.submit(address(person, "tags"), {"tag": " knee  brace "})
    found = office.read(lambda c: people.tags_of(c, person.user_id))
    assert [(tag.tag, tag.set_by) for tag in found] == [("by_answers", None), ("knee brace", office.member("staff").id)]
    browser.submit(address(person, "tags/remove"), {"tag": "by_answers"})
    assert office.patient(person.user_id).tags == ("knee brace",)
    assert [entry.action for entry in office.audit()] == ["patient_untagged", "patient_tagged"]


@pytest.mark.parametrize("tag", ["", " ", "x" * 41, "staff:same_day", "STAFF:x"])
def test_tags_that_cannot_be(office: Office, tag: str) -> None:
    person = office.add_patient()
    assert office.client("staff").submit(address(person, "tags"), {"tag": tag}).status_code == 422
    assert office.patient(person.user_id).tags == ()


def test_a_name_is_given_and_taken_away(office: Office) -> None:
    person, browser = office.add_patient(), office.client("staff")
    browser.submit(address(person, "name"), {"name": "Ｙａｍａｄａ"})
    assert office.patient(person.user_id).name == "Yamada"
    browser.submit(address(person, "name"), {"name": ""})
    assert office.patient(person.user_id).name is None
    assert browser.submit(address(person, "name"), {"name": "x" * 41}).status_code == 422
    assert "Yamada" not in str(office.audit())


def test_a_double_click_writes_one_note(office: Office) -> None:
    person = office.add_patient()
    for _ in range(2):
        office.client("staff").submit(address(person, "notes"), {"text": "called at noon"})
    assert [note.text for note in office.read(lambda c: people.notes_of(c, person.user_id))] == ["called at noon"]


def test_a_level_needs_a_reason_and_stays_as_note_and_tag(office: Office) -> None:
    person, browser = office.add_patient(urgency="emergency_now"), office.client("staff")
    refused = browser.submit(address(person, "level"), {"level": "same_day", "reason": " "})
    assert refused.status_code == 422
    assert office.patient(person.user_id).tags == ()
    for level in ("soon_2w", "same_day"):
        browser.submit(address(person, "level"), {"level": level, "reason": "seen at the desk"})
    after = office.patient(person.user_id)
    assert after.tags == ("staff:same_day",)
    assert after.urgency == "emergency_now"
    assert len(office.read(lambda c: people.notes_of(c, person.user_id))) == 2
    assert "desk" not in str(office.audit())


# -- deleting ----------------------------------------------------------------------------------------


def test_data_are_deleted_after_the_reference_was_typed(office: Office) -> None:
    person, browser = office.add_patient("Yamada", tags=["t"], urgency="same_day"), office.client("owner")
    office.say(person, "hello")
    assert browser.submit(address(person, "forget"), {"typed": "something"}).status_code == 422
    assert office.patient(person.user_id).name == "Yamada"
    assert browser.submit(address(person, "forget"), {"typed": f" {person.reference.upper()} "}).status_code == 302
    after = office.patient(person.user_id)
    assert (after.name, after.tags, after.urgency) == (None, (), None)
    assert office.read(lambda c: exchanges.of_patient(c, person.user_id)) == []
    assert office.audit("patient_forgotten")[0].subject == person.reference


def test_only_owners_delete(office: Office) -> None:
    person = office.add_patient("Yamada")
    answer = office.client("staff").submit(address(person, "forget"), {"typed": person.reference})
    assert answer.status_code == 403
    assert office.patient(person.user_id).name == "Yamada"


# -- many --------------------------------------------------------------------------------------------


def test_the_first_page_of_many_reads_only_those_that_it_shows(office: Office) -> None:
    rows = [
        {"user_id": f"V{i}", "reference": f"r{i}", "added_at": i, "seen_at": i, "language": "ja"} for i in range(2000)
    ]
    office.transact(lambda c: c.execute(insert(patients_table), rows))
    plan = office.read(
        lambda c: c.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT user_id FROM patients "
            "ORDER BY seen_at DESC NULLS LAST, added_at DESC, user_id LIMIT 50"
        ).all()
    )
    assert any("patients_by_seen" in row[3] for row in plan)
    assert len(listed(office.client("viewer").get("/console/patients/?page=40").text)) == 50


def test_audit_lines_of_the_patient_only(office: Office) -> None:
    person, other = office.add_patient(), office.add_patient()
    office.transact(lambda c: audit.note(c, office.clock(), None, "patient_done", other.reference))
    assert 'id="entry-' not in office.client("viewer").get(address(person)).text
