"""Patients found, and their pages read."""

from __future__ import annotations

import re
import uuid

import pytest

from bot.console.conversation_view import interview
from bot.flow.events import Chose, Followed, Typed
from tests.console.office import Office
from tests.console.patients.visiting import address, listed, receive

HOUR = 3_600_000
PAGES = ("/console/", "/console/patients/", "/console/queue/", "/console/dead-letters/")


ACTS = ("message", "pause", "resume", "name", "tags", "tags/remove", "notes", "level", "forget")


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
