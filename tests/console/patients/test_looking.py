"""Patients found, and their pages read."""

from __future__ import annotations

import re
import uuid

import pytest

from bot.console.conversation_view import interview
from bot.flow.events import Chose, Followed, Typed
from bot.line.written import written
from tests.console.campaigns.clerk import Desk, work
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
    office.say(person, attack, answered=written([{"type": "text", "text": attack}]))
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


# -- campaigns in the conversation -------------------------------------------------------------------


def send_notice(office: Office, text: str) -> int:
    """Send a notice to everybody at this moment; the id of the campaign."""
    clerk = Desk(office)
    id = clerk.draft("text", text)
    reached = clerk.browser.get(f"/console/campaigns/{id}/count").json
    assert reached is not None
    clerk.confirm(id, reached["reached"])
    office.clock.advance(minutes=5)
    work(office)
    return id


def turns_of(page: str) -> list[str]:
    return re.findall(r'class="turn" id="turn-([\w-]+)"', page)


def test_a_campaign_stands_where_it_came_with_its_name_and_page(office: Office) -> None:
    person = office.add_patient()
    office.say(person, "before")
    office.clock.advance(minutes=1)
    id = send_notice(office, "受付は10時からです。\nお待ちしています。")
    office.clock.advance(minutes=1)
    office.say(person, "after")
    page = office.client("viewer").get(address(person)).text
    assert turns_of(page) == ["1", f"campaign-{id}", "2"]
    turn = page.split(f'id="turn-campaign-{id}"')[1].split("</article>")[0]
    assert f'<a href="/console/campaigns/{id}">受付は10時からです。</a>' in turn
    assert "お待ちしています。" in turn
    assert "data-messages" in turn


def test_who_did_not_get_it_has_it_not_in_the_conversation(office: Office) -> None:
    office.add_patient()
    other = office.add_patient(agreed=None)
    send_notice(office, "お知らせ")
    assert turns_of(office.client("viewer").get(address(other)).text) == []


def test_a_guidebook_is_shown_as_it_was_sent_without_what_its_buttons_send(office: Office) -> None:
    person = office.add_patient()
    clerk = Desk(office)
    id = clerk.draft("self_care")
    clerk.confirm(id, 1)
    office.clock.advance(minutes=5)
    work(office)
    page = office.client("viewer").get(address(person)).text
    assert turns_of(page) == [f"campaign-{id}"]
    turn = page.split(f'id="turn-campaign-{id}"')[1].split("</article>")[0]
    assert office.desk.library.guidebooks["self_care"].title in turn
    assert "postback" in turn
    assert "&#34;data&#34;" not in turn


def test_over_the_pages_every_campaign_stands_once(office: Office) -> None:
    person = office.add_patient()
    sent = [f"campaign-{send_notice(office, 'first of all')}"]
    for i in range(62):
        office.say(person, f"word-{i:02}")
        if i in (0, 1, 31, 32, 33, 61):
            sent.append(f"campaign-{send_notice(office, f'notice {i}')}")
        office.clock.advance(seconds=1)
    browser = office.client("viewer")
    address_of_page, found = address(person), []
    while address_of_page:
        page = browser.get(address_of_page).text
        found = turns_of(page) + found
        older = re.search(r'rel="prev" href="([^"]+)"', page)
        address_of_page = older[1] if older else ""
    assert len(found) == len(set(found)) == 62 + len(sent)
    assert [turn for turn in found if turn.startswith("campaign")] == sent
    assert [int(turn) for turn in found if not turn.startswith("campaign")] == list(range(1, 63))
