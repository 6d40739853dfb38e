"""An audience that another version of the program wrote: it is shown as unreadable, and everything else as ever."""

from __future__ import annotations

import html

import pytest

from bot.storage import saved_audiences
from bot.storage.audience import Audience, HasTag
from bot.storage.console_tables import audiences
from bot.storage.console_tables import campaigns as campaigns_table
from tests.console.campaigns.clerk import Desk
from tests.console.office import Office, shipped_words

FROM_ELSEWHERE = '{"all": [{"kind": "shoe_size", "size": 42}]}'
WORDS = shipped_words()["en"]


@pytest.fixture
def clerk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def id(office: Office, clerk: Desk) -> int:
    """A draft whose audience cannot be read."""
    office.add_patient(tags=["over_60"])
    id = clerk.draft()
    strange = campaigns_table.update().where(campaigns_table.c.id == id)
    office.transact(lambda c: c.execute(strange.values(audience=FROM_ELSEWHERE)))
    return id


@pytest.mark.usefixtures("id")
def test_every_page_beside_it_is_there(clerk: Desk) -> None:
    other = clerk.draft("text", "Closed on Friday.")
    for path in ("", "campaigns/", f"campaigns/{other}", f"campaigns/{other}/audience", "numbers/", "sequences/"):
        assert clerk.browser.get(f"/console/{path}").status_code == 200, path


@pytest.mark.parametrize("page", ["", "/audience", "/preview", "/when", "/confirm", "/message"])
def test_its_own_pages_are_there(clerk: Desk, id: int, page: str) -> None:
    assert clerk.browser.get(f"/console/campaigns/{id}{page}").status_code == 200


@pytest.mark.parametrize("page", ["", "/confirm"])
def test_its_pages_say_what_to_do(clerk: Desk, id: int, page: str) -> None:
    assert WORDS("campaign_unreadable") in shown(clerk, f"campaigns/{id}{page}")


def test_it_reaches_nobody_until_somebody_chooses_anew(clerk: Desk, id: int) -> None:
    page = shown(clerk, f"campaigns/{id}/audience")
    assert 'data-number="0"' in page
    assert WORDS("campaign_unreadable") in page
    clerk.choose(id, "count", **{"unreadable.audience": "none", "tag.over_60": "all"})
    assert not clerk.office_campaign(id).audience.is_readable
    clerk.choose(id, "count", **{"unreadable.audience": "", "tag.over_60": "all"})
    assert clerk.office_campaign(id).audience == Audience(all=(HasTag(tag="over_60"),))
    assert WORDS("campaign_unreadable") not in shown(clerk, f"campaigns/{id}/audience")


def test_another_guidebook_does_not_turn_it_into_everybody(clerk: Desk, id: int) -> None:
    clerk.browser.submit(f"/console/campaigns/{id}/message", {"what": "text", "text": "Closed.", "version": 1})
    assert clerk.office_campaign(id).text == "Closed."
    assert not clerk.office_campaign(id).audience.is_readable


def test_a_kept_one_can_be_deleted(office: Office, clerk: Desk) -> None:
    draft = clerk.draft()
    clerk.choose(draft, "save", name="Older people", **{"tag.over_60": "all"})
    office.transact(lambda c: c.execute(audiences.update().values(definition=FROM_ELSEWHERE)))
    (kept,) = office.read(saved_audiences.everything)
    assert "Older people" in shown(clerk, f"campaigns/{draft}/audience")
    clerk.choose(draft, "delete", saved=str(kept.id))
    assert office.read(saved_audiences.everything) == []


def shown(clerk: Desk, path: str) -> str:
    """A page as it is read."""
    return html.unescape(clerk.browser.get(f"/console/{path}").text)
