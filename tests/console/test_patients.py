"""Patients in the console: who may see and do what, and what becomes of a message by hand."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import insert

from bot.console.conversation_view import interview
from bot.flow.events import Chose, Followed, Typed
from bot.line.webhook import Incoming
from bot.reception import Reception
from bot.storage import audit, exchanges, people
from bot.storage.people import Person
from bot.storage.tables import patients as patients_table
from tests.console.office import Browser, Office

HOUR = 3_600_000
PAGES = ("/console/", "/console/patients/", "/console/queue/", "/console/dead-letters/")


def address(person: Person, part: str = "") -> str:
    return f"/console/patients/{person.reference}" + (f"/{part}" if part else "")


def write(browser: Browser, person: Person, text: str, once: str | None = None, **fields: str) -> Any:
    return browser.submit(address(person, "message"), {"text": text, "once": once or str(uuid.uuid4()), **fields})


def receive(office: Office, user_id: str, *events: Any) -> None:
    """Let a patient do something, as LINE tells it."""
    reception = Reception(office.live, office.database, office.sender, lambda: office.services.local(office.clock()))
    for event in events:
        reception.receive(Incoming(event.id, user_id, event, None, office.clock()))


def listed(page: str) -> list[str]:
    """References on a list, in order."""
    return re.findall(r'id="patient-(\w+)"', page)


# -- list and search ---------------------------------------------------------------------------------


def test_newest_contact_comes_first(office: Office) -> None:
    old = office.add_patient("old", seen_at=office.clock() - 2 * HOUR)
    new = office.add_patient("new", seen_at=office.clock())
    assert listed(office.client("viewer").get("/console/patients/").text) == [new.reference, old.reference]


def test_pages_of_fifty_show_everybody_once(office: Office) -> None:
    everybody = {office.add_patient().reference for _ in range(53)}
    browser = office.client("viewer")
    first, second = (listed(browser.get(f"/console/patients/?page={page}").text) for page in (1, 2))
    assert (len(first), len(second)) == (50, 3)
    assert {*first, *second} == everybody


@pytest.mark.parametrize(
    "query", ["q=yama", "q=YAMADA", "q=Ｙａｍａ", "tag=vip", "level=same_day", "q=yama&tag=vip&level=same_day"]
)
def test_search_by_name_tag_and_outcome(office: Office, query: str) -> None:
    found = office.add_patient("Yamada", tags=["vip"], urgency="same_day")
    office.add_patient("Sato", tags=["other"], urgency="soon_2w")
    assert listed(office.client("viewer").get(f"/console/patients/?{query}").text) == [found.reference]


def test_search_by_part_of_the_reference(office: Office) -> None:
    found, _ = office.add_patient(), office.add_patient()
    page = office.client("viewer").get(f"/console/patients/?q={found.reference[2:10]}").text
    assert listed(page) == [found.reference]


@pytest.mark.parametrize(
    "query", ["q=%25", "q=_", "q=%00", "q='--", "page=-1", "page=x", "page=99999999999999", "level=x"]
)
def test_strange_searches_find_what_they_say_and_break_nothing(office: Office, query: str) -> None:
    office.add_patient("Yamada")
    page = office.client("viewer").get(f"/console/patients/?{query}")
    assert page.status_code == 200


def test_states_are_seen_in_the_list(office: Office) -> None:
    office.add_patient(agreed=None, blocked=True)
    office.add_patient(agreed=True, waits_since=office.clock())
    office.add_patient(agreed=None, paused_until=office.clock() + HOUR)
    page = office.client("viewer").get("/console/patients/").text
    for state in ("state-blocked", "state-waits", "state-paused"):
        assert page.count(f'"state {state}"') == 1


# -- who may see and do what -------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_both_languages(office: Office, path: str) -> None:
    office.add_patient("A", urgency="same_day", waits_since=office.clock())
    browser = office.client("viewer")
    assert browser.get(path).status_code == 200
    browser.submit("/console/account/language", {"language": "ja"})
    assert browser.get(path).status_code == 200


def test_a_guessed_reference_is_not_found_and_shown_to_nobody_without_login(office: Office) -> None:
    known = office.add_patient()
    assert office.client("viewer").get("/console/patients/0123456789ab").status_code == 404
    for reference in (known.reference, "0123456789ab"):
        answer = office.visitor().get(f"/console/patients/{reference}")
        assert answer.status_code == 302
        assert "/console/login" in answer.location


ACTS = ("message", "pause", "resume", "name", "tags", "tags/remove", "notes", "level", "forget")


@pytest.mark.parametrize("act", ACTS)
def test_acts_on_a_guessed_reference_are_not_found(office: Office, act: str) -> None:
    fields = {
        "text": "x",
        "once": str(uuid.uuid4()),
        "length": "hour",
        "tag": "x",
        "level": "same_day",
        "reason": "x",
        "typed": "0123456789ab",
    }
    answer = office.client("owner").submit(f"/console/patients/0123456789ab/{act}", fields)
    assert answer.status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_who_only_looks_changes_nothing(office: Office, act: str) -> None:
    person = office.add_patient()
    assert office.client("viewer").submit(address(person, act)).status_code == 403
    assert "<textarea" not in office.client("viewer").get(address(person)).text


@pytest.mark.parametrize("act", ACTS)
def test_a_form_without_its_token_changes_nothing(office: Office, act: str) -> None:
    person = office.add_patient()
    answer = office.client("owner").post(address(person, act), data={"typed": person.reference, "text": "x"})
    assert answer.status_code == 400
    assert office.audit() == []


def test_line_user_ids_are_nowhere(office: Office) -> None:
    person = office.add_patient("A", urgency="same_day", tags=["t"], waits_since=office.clock())
    receive(office, person.user_id, Followed("e1", is_unblocked=False), Typed("e2", "1"))
    office.client("staff").submit(address(person, "notes"), {"text": "x"})
    browser = office.client("owner")
    for path in (*PAGES, address(person), "/console/audit"):
        assert person.user_id not in browser.get(path).text


# -- one patient's page ------------------------------------------------------------------------------


def test_the_conversation_is_shown_with_what_the_buttons_send_taken_out(office: Office) -> None:
    person = office.add_patient()
    receive(office, person.user_id, Followed("e1", is_unblocked=False), Typed("e2", "1"))
    page = office.client("viewer").get(address(person)).text
    assert page.count('class="turn"') == 2
    assert "data-messages" in page
    assert "|consent|" not in page


def test_older_exchanges_are_one_link_away(office: Office) -> None:
    person = office.add_patient()
    for i in range(35):
        office.say(person, f"word-{i:02}")
    browser = office.client("viewer")
    page = browser.get(address(person)).text
    assert "word-34" in page
    assert "word-04" not in page
    older = re.search(r'rel="prev" href="([^"]+)"', page)
    assert older
    page = browser.get(older[1]).text
    assert "word-04" in page
    assert "word-05" not in page


def test_html_in_everything_that_people_write_is_shown_as_text(office: Office) -> None:
    attack = "<script>alert(1)</script>"
    person = office.add_patient()
    office.say(person, attack, answered=({"type": "text", "text": attack},))
    browser = office.client("staff")
    for act, field in (("name", "name"), ("tags", "tag"), ("notes", "text")):
        assert browser.submit(address(person, act), {field: attack}).status_code == 302
    for path in (address(person), "/console/patients/"):
        page = browser.get(path).text
        assert "alert(1)" in page
        assert "<script>alert" not in page


def test_outcome_with_its_rules_and_evidence_and_answers(office: Office) -> None:
    person = office.add_patient()
    receive(office, person.user_id, Followed("e1", is_unblocked=False), Typed("e2", "1"))
    conversation = "e1"
    receive(office, person.user_id, Chose("e3", conversation, "chest", "dyspnoea"))
    person = office.patient(person.user_id)
    assert person.urgency == "emergency_now"

    shown = interview(office.desk, person.state, office.services.local(office.clock()))
    assert shown
    assert shown.urgency == "emergency_now"
    assert [reason.rule for reason in shown.reasons] == [office.desk.library.rules["E1"]]
    assert shown.reasons[0].evidence == (office.desk.library.findings["dyspnoea"].label,)
    assert office.desk.library.questions["consent"].text in [given.question for given in shown.given]
    page = office.client("viewer").get(address(person)).text
    assert shown.reasons[0].rule in page
    assert "level-emergency_now" in page


@pytest.mark.parametrize("stored", [None, "", "{}", "no json", '{"answers": 1}', "[]", "null"])
def test_a_damaged_conversation_is_left_out(office: Office, stored: str | None) -> None:
    assert interview(office.desk, stored, office.services.local(office.clock())) is None


# -- answering by hand -------------------------------------------------------------------------------


def test_a_message_goes_out_once_is_noted_and_pauses_the_bot(office: Office) -> None:
    office.start_sending()
    person = office.add_patient(waits_since=office.clock())
    key = str(uuid.uuid4())
    assert write(office.client("staff"), person, "Hello\r\nthere", key).status_code == 302
    office.sender.stop(timeout=20)

    assert office.line.pushes[0][0] == person.user_id
    assert office.line.pushes[0][1][0]["text"] == "Hello\nthere"
    assert office.line.retry_keys == [key]
    noted = office.read(lambda c: exchanges.of_patient(c, person.user_id))[-1]
    assert (noted.kind, noted.staff_id) == ("staff", office.member("staff").id)
    after = office.patient(person.user_id)
    assert (after.paused_until, after.asked_for_staff_at) == (office.clock() + HOUR, None)
    assert office.audit("patient_answered")[0].subject == person.reference
    assert "Hello" not in str(office.audit())


def test_a_longer_pause_is_not_shortened_by_a_message(office: Office) -> None:
    person = office.add_patient(paused_until=office.clock() + 5 * HOUR)
    write(office.client("staff"), person, "Hello")
    assert office.patient(person.user_id).paused_until == office.clock() + 5 * HOUR


def test_a_double_click_sends_once(office: Office) -> None:
    office.start_sending()
    person, browser, key = office.add_patient(), office.client("staff"), str(uuid.uuid4())
    answers = [write(browser, person, "Hello", key) for _ in range(2)]
    office.sender.stop(timeout=20)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(office.line.pushes) == 1
    assert len(office.audit("patient_answered")) == 1


def test_another_text_after_going_back_is_not_taken_for_the_same_message(office: Office) -> None:
    person, browser, key = office.add_patient(), office.client("staff"), str(uuid.uuid4())
    write(browser, person, "First", key)
    answer = write(browser, person, "Second", key)
    assert answer.status_code == 409
    assert "Second" in answer.text
    fresh = re.search(r'name="once" value="([^"]+)"', answer.text)
    assert fresh
    assert fresh[1] != key
    assert write(browser, person, "Second", fresh[1]).status_code == 302
    assert len(office.audit("patient_answered")) == 2


def test_forbidden_words_are_asked_about_first(office: Office) -> None:
    word = next(iter(office.desk.library.documents["wording.yaml"].data["forbidden"]))  # type: ignore[call-overload]
    person, browser = office.add_patient(), office.client("staff")
    answer = write(browser, person, f"x {word}")
    assert answer.status_code == 422
    assert 'data-testid="forbidden"' in answer.text
    assert office.audit("patient_answered") == []
    assert write(browser, person, f"x {word}", anyway="y").status_code == 302


@pytest.mark.parametrize(("text", "status"), [("x" * 1000, 302), ("x" * 1001, 422), ("  \n ", 422), ("", 422)])
def test_how_long_a_message_may_be(office: Office, text: str, status: int) -> None:
    assert write(office.client("staff"), office.add_patient(), text).status_code == status


def test_a_form_with_a_key_that_is_none_is_refused(office: Office) -> None:
    assert write(office.client("staff"), office.add_patient(), "Hello", "no-key").status_code == 400


def test_who_blocks_the_account_cannot_be_written_to(office: Office) -> None:
    person, browser = office.add_patient(blocked=True), office.client("staff")
    assert write(browser, person, "Hello").status_code == 409
    assert office.read(lambda c: exchanges.of_patient(c, person.user_id)) == []
    assert '<textarea class="form-control" id="message"' not in browser.get(address(person)).text


# -- the bot is silent, and speaks again -------------------------------------------------------------


def test_pause_until_and_resume(office: Office) -> None:
    person, browser = office.add_patient(), office.client("staff")
    clock = office.clock
    for fields, until in (
        ({"length": "hour"}, clock() + HOUR),
        ({"length": "morning"}, clock() + 22 * HOUR),
        ({"length": "chosen", "chosen": "2026-06-10T13:30"}, clock() + int(3.5 * HOUR)),
    ):
        assert browser.submit(address(person, "pause"), fields).status_code == 302
        assert office.patient(person.user_id).paused_until == until
    browser.submit(address(person, "resume"))
    assert office.patient(person.user_id).paused_until is None
    assert [entry.action for entry in office.audit()] == ["patient_resumed"] + ["patient_paused"] * 3


@pytest.mark.parametrize("chosen", ["", "2026-06-10T09:59", "2026-07-10T10:00", "soon"])
def test_a_pause_that_cannot_be_changes_nothing(office: Office, chosen: str) -> None:
    person = office.add_patient()
    answer = office.client("staff").submit(address(person, "pause"), {"length": "chosen", "chosen": chosen})
    assert answer.status_code == 422
    assert office.patient(person.user_id).paused_until is None


def test_who_asked_for_a_person_again_is_not_lost_by_a_resume(office: Office) -> None:
    person = office.add_patient(waits_since=office.clock(), paused_until=office.clock() + HOUR)
    office.client("staff").submit(address(person, "resume"))
    assert office.patient(person.user_id).asked_for_staff_at == office.clock()


def test_the_bot_is_silent_to_small_talk_answers_danger_and_speaks_when_the_time_is_over(office: Office) -> None:
    person = office.add_patient()
    receive(office, person.user_id, Followed("e1", is_unblocked=False))
    office.client("staff").submit(address(person, "pause"), {"length": "hour"})
    danger = next(iter(next(iter(office.desk.library.danger_words.findings.values()))))
    receive(office, person.user_id, Typed("e2", "hello"), Typed("e3", danger))
    office.clock.advance(minutes=61)
    receive(office, person.user_id, Typed("e4", "hello"))
    answered = [bool(each.answered) for each in office.read(lambda c: exchanges.of_patient(c, person.user_id))]
    assert answered == [True, False, True, True]


# -- the queue ---------------------------------------------------------------------------------------


def test_urgent_first_then_who_waits_longest(office: Office) -> None:
    now = office.clock()
    late = office.add_patient(waits_since=now - 10)
    early = office.add_patient(waits_since=now - 20)
    urgent = office.add_patient(urgency="emergency_now", waits_since=now)
    page = office.client("viewer").get("/console/queue/").text
    assert re.findall(r'id="waits-(\w+)"', page) == [urgent.reference, early.reference, late.reference]
    assert office.client("viewer").get("/console/queue/count").json == {"waiting": 3, "urgent": 1}


def test_taking_somebody_leads_to_the_page_and_pauses_the_bot(office: Office) -> None:
    person = office.add_patient(waits_since=office.clock())
    answer = office.client("staff").submit(f"/console/queue/{person.reference}/take")
    assert address(person) in answer.location
    after = office.patient(person.user_id)
    assert (after.asked_for_staff_at, after.paused_until) == (None, office.clock() + HOUR)
    assert f'id="talks-{person.reference}"' in office.client("staff").get("/console/queue/").text


def test_two_take_the_same_person_and_only_the_first_is_noted(office: Office) -> None:
    person = office.add_patient(waits_since=office.clock())
    for name in ("first", "second"):
        office.client("staff", name).submit(f"/console/queue/{person.reference}/take")
    assert [entry.who for entry in office.audit("patient_taken")] == ["first"]


def test_done_takes_out_of_the_queue_and_lets_the_bot_speak(office: Office) -> None:
    person = office.add_patient(waits_since=office.clock(), paused_until=office.clock() + HOUR)
    for _ in range(2):
        office.client("staff").submit(f"/console/queue/{person.reference}/done")
    after = office.patient(person.user_id)
    assert (after.asked_for_staff_at, after.paused_until) == (None, None)
    assert len(office.audit("patient_done")) == 1


def test_what_was_written_since_the_last_answer_is_marked(office: Office) -> None:
    person, browser = office.add_patient(), office.client("staff")
    write(browser, person, "Hello")
    assert "<strong>" not in browser.get("/console/queue/").text
    office.clock.advance(minutes=5)
    receive(office, person.user_id, Typed("e1", "hello"))
    assert "<strong>" in browser.get("/console/queue/").text


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
