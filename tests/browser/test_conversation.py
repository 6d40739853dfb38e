"""A whole conversation as a patient plays it on a phone: page → fake LINE → webhook → outbox → fake LINE → page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from support.patient import Patient

from bot.desk import Desk

pytestmark = pytest.mark.browser

ANSWERS = {
    "consent": ["agree"],
    "onset": ["gradual"],
    "laterality": ["one_leg"],
    "duration": ["d3_14"],
    "age_band": ["a45_59"],
    "pain_trigger": ["stairs", "first_steps", "done"],
    "features": ["crepitus", "done"],
    "body": ["morning_stiffness", "done"],
    "stiffness": ["under_30min"],
    "pain": ["4"],
}
"""What this patient taps; every other list is answered with none of these."""

MOST_QUESTIONS = 40


def test_from_adding_a_friend_to_booking(phone: Page, desk: Desk) -> None:
    become_a_patient(phone)
    asked = [answer_open_question(phone)]
    while is_asked_more(phone, asked[-1]):
        assert len(asked) < MOST_QUESTIONS
        asked.append(answer_open_question(phone))

    booking = phone.locator('[data-testid="chat-log"] a[href*="/bookings/"], [data-uri*="/bookings/"]')
    expect(booking.first).to_be_attached()
    expect(phone.locator('[data-postback^="command|topic:condition.knee_osteoarthritis"]')).to_have_count(1)
    in_a_pool = {id for pool in desk.flow.pools.values() for id in pool.questions}
    of_everybody = [id for id in Patient(desk).finishes().asked if id not in in_a_pool]
    assert asked[: len(of_everybody)] == of_everybody
    assert set(asked[len(of_everybody) :]) & in_a_pool
    assert len(asked) == len(set(asked))


def test_an_emergency_is_shown_at_the_first_tap(phone: Page) -> None:
    become_a_patient(phone)
    answer_open_question(phone)
    wait_for_other_question(phone, "consent")
    phone.locator('[data-postback$="|chest|dyspnoea"]').last.click()
    expect(phone.locator('[data-uri="tel:119"], a[href="tel:119"]').first).to_be_attached()
    assert phone.locator('[data-uri*="/bookings/"]').count() == 0


def test_typing_a_number_is_as_good_as_a_tap(phone: Page) -> None:
    become_a_patient(phone)
    phone.get_by_test_id("composer-input").first.fill("１")
    phone.get_by_test_id("composer-send").first.click()
    assert open_question(phone, unlike="consent") == "chest"


def become_a_patient(phone: Page) -> None:
    phone.get_by_test_id("add-friend").first.click()
    expect(phone.locator('[data-postback$="|consent|agree"]')).to_have_count(1)


def open_question(phone: Page, unlike: str) -> str:
    """The question of the newest card, once it is another one than `unlike`."""
    wait_for_other_question(phone, unlike)
    return newest_question(phone)


def is_asked_more(phone: Page, question: str) -> bool:
    """Whether another question follows this one, and not the outcome with its booking."""
    phone.wait_for_function(
        "part => { const all = document.querySelectorAll('[data-postback^=\"answer|\"]');"
        " return !all[all.length - 1].dataset.postback.includes(part)"
        " || document.querySelector('[data-uri*=\"/bookings/\"]'); }",
        arg=f"|{question}|",
    )
    return newest_question(phone) != question


def answer_open_question(phone: Page) -> str:
    """Answer the newest card; a list is answered tap by tap, each tap bringing a new card."""
    question = newest_question(phone)
    cards = phone.locator(f'[data-postback*="|{question}|"]')
    for option in ANSWERS.get(question, ["none"]):
        button = phone.locator(f'[data-postback$="|{question}|{option}"]').last
        expect(button).to_be_visible()
        before = cards.count()
        button.click()
        phone.wait_for_function(
            "([part, before]) => { const all = document.querySelectorAll('[data-postback^=\"answer|\"]');"
            " const newest = all[all.length - 1].dataset.postback; "
            'return !newest.includes(part) || document.querySelectorAll(`[data-postback*="${part}"]`).length > before'
            " || document.querySelector('[data-uri*=\"/bookings/\"]'); }",
            arg=[f"|{question}|", before],
        )
    return question


def wait_for_other_question(phone: Page, question: str) -> None:
    phone.wait_for_function(
        "part => { const all = document.querySelectorAll('[data-postback^=\"answer|\"]');"
        " return all.length && !all[all.length - 1].dataset.postback.includes(part); }",
        arg=f"|{question}|",
    )


def newest_question(phone: Page) -> str:
    newest = phone.locator('[data-postback^="answer|"]').last.get_attribute("data-postback")
    assert newest
    return newest.split("|")[2]
