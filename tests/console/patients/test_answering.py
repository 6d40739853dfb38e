"""Answering by hand, pausing the bot, and the queue of those who wait."""

from __future__ import annotations

import re
import uuid

import pytest

from bot.flow.events import Followed, Typed
from bot.storage import exchanges
from tests.console.office import Office
from tests.console.patients.visiting import address, receive, write

HOUR = 3_600_000


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
