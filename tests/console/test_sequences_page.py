"""The page of sequences: what follows an outcome by itself, and the way there."""

from __future__ import annotations

import pytest

from bot.storage import sequences
from tests.console.office import Office


@pytest.mark.parametrize("role", ["viewer", "staff", "owner"])
def test_the_list_of_campaigns_leads_there_and_back(office: Office, role: str) -> None:
    browser = office.client(role)
    assert 'href="/console/sequences/"' in browser.get("/console/campaigns/").text
    assert '<p class="mb-1"><a class="touch" href="/console/campaigns/"' in browser.get("/console/sequences/").text


def test_every_step_stands_there_with_its_guidebook(office: Office) -> None:
    page = office.client("viewer").get("/console/sequences/").text
    plans = office.desk.flow.sequences
    assert plans
    for id, plan in plans.items():
        section = page.split(f'id="sequence-{id}"')[1].split("</section>")[0]
        assert section.count("<time") == len(plan.steps)
        assert all(office.desk.library.guidebooks[step.guidebook].title in section for step in plan.steps)


def test_how_many_wait_in_the_coming_month_is_told(office: Office) -> None:
    day = 24 * 3_600_000
    for number, days in enumerate((1, 29, 31)):
        step = ("after_self_care", "self_care", office.clock() + days * day)
        office.transact(lambda c, number=number, step=step: sequences.start(c, f"U{number}", [step]))
    assert "2 are planned" in office.client("viewer").get("/console/sequences/").text
