"""The way to booking: whoever taps is sent on and counted, and nobody is recognised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.links import Links
from tests.delivery.doubles import wait_until
from tests.pages.changed import put
from tests.pages.desk_with_pages import LINKS, DeskWithPages
from tests.pages.opens import at_once, opens


@pytest.fixture
def counted(front: DeskWithPages, monkeypatch: pytest.MonkeyPatch) -> DeskWithPages:
    monkeypatch.setattr(front.database, "transact_later", at_once(front.database))
    return front


def path(clinic: str = "demo", reference: str = "c-1", links: Links = LINKS) -> str:
    return links.booking(clinic, reference).removeprefix(links.base_url)


def test_it_leads_to_the_booking_site_with_the_reference(front: DeskWithPages) -> None:
    answer = front.browser().get(path())
    assert answer.status_code == 302
    assert answer.headers["Location"] == front.desk.library.clinic.booking.address("c-1")
    wait_until(lambda: opens(front) == {"booking.demo": 1})


def test_nothing_tells_the_site_or_the_next_visitor_where_somebody_came_from(front: DeskWithPages) -> None:
    headers = front.browser().get(path()).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


def test_every_clinic_is_counted_by_itself(counted: DeskWithPages) -> None:
    library = counted.desk.library
    two = replace(library, clinics={**library.clinics, "b": library.clinic})
    put(counted, replace(counted.desk, library=two))
    for clinic in ("demo", "b", "b"):
        assert counted.browser().get(path(clinic)).status_code == 302
    assert opens(counted) == {"booking.demo": 1, "booking.b": 2}


def test_what_the_link_carries_is_not_kept(counted: DeskWithPages) -> None:
    counted.browser().get(path(reference="somebody"))
    assert opens(counted) == {"booking.demo": 1}


@pytest.mark.parametrize("agent", ["facebookexternalhit/1.1;line-poker/1.0", "Twitterbot/1.0"])
def test_a_preview_is_sent_on_and_not_counted(counted: DeskWithPages, agent: str) -> None:
    assert counted.browser().get(path(), headers={"User-Agent": agent}).status_code == 302
    assert opens(counted) == {}


def test_asking_for_the_headers_is_no_tap(counted: DeskWithPages) -> None:
    assert counted.browser().head(path()).status_code == 302
    assert opens(counted) == {}


@pytest.mark.parametrize(
    "address",
    [
        "/bookings/made-up",
        "/bookings/made/up",
        path() + "x",
        path(clinic="gone"),
        path(links=Links(LINKS.base_url, "another secret")),
        LINKS.memo("c-1", 0).removeprefix(LINKS.base_url).replace("memos", "bookings"),
        "/bookings/%00",
    ],
)
def test_one_that_leads_nowhere_gives_the_number_to_call(counted: DeskWithPages, address: str) -> None:
    answer = counted.browser().get(address)
    assert answer.status_code == 404
    assert f'href="tel:{counted.desk.library.clinic.phone}"' in answer.text
    assert "Location" not in answer.headers
    assert opens(counted) == {}


@pytest.mark.parametrize("reference", ["https://evil.example", "a&b=c", "../..", "\r\nX: y", "予約"])
def test_no_reference_leads_elsewhere(front: DeskWithPages, reference: str) -> None:
    answer = front.browser().get(path(reference=reference))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(str(front.desk.library.clinic.booking.url))
    assert "X" not in answer.headers
