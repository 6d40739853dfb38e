"""Addresses that patients get: nobody can make one up, and those of a patient end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.links import MEMO_LIFE, BookingLink, Links

LINKS = Links("https://bot.clinic.example", "a long secret")
NOW = 1_800_000_000_000


def token(address: str) -> str:
    return address.rpartition("/")[2]


def test_a_memo_is_found_until_its_time_is_over() -> None:
    address = token(LINKS.memo("C1", NOW))
    assert LINKS.read_memo(address, NOW + MEMO_LIFE - 1) == "C1"
    assert LINKS.read_memo(address, NOW + MEMO_LIFE) is None


def test_a_booking_leads_to_its_clinic_with_its_reference() -> None:
    assert LINKS.read_booking(token(LINKS.booking("demo", "C1"))) == BookingLink("demo", "C1")


def test_an_address_is_good_for_one_purpose_only() -> None:
    assert LINKS.read_booking(token(LINKS.memo("C1", NOW))) is None
    assert LINKS.read_memo(token(LINKS.booking("demo", "C1")), NOW) is None


def test_another_key_makes_other_addresses() -> None:
    other = Links(LINKS.base_url, "another secret")
    assert LINKS.read_memo(token(other.memo("C1", NOW)), NOW) is None


@given(st.text())
def test_what_was_made_up_leads_nowhere(made_up: str) -> None:
    assert LINKS.read_memo(made_up, NOW) is None
    assert LINKS.read_booking(made_up) is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_guidebook_is_the_same_for_everybody(language: str) -> None:
    assert LINKS.guidebook("self_care", language) == f"{LINKS.base_url}/guidebooks/self_care?language={language}"
