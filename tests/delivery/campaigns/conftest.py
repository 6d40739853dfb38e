"""An office that sends campaigns, and a second one beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.storage.database import Database
from tests.delivery.campaign_office import CampaignOffice


@pytest.fixture
def office(database: Database) -> Iterator[CampaignOffice]:
    office = CampaignOffice(database)
    yield office
    office.close()


@pytest.fixture
def beside(office: CampaignOffice) -> Iterator[CampaignOffice]:
    """Another process on the same database."""
    beside = CampaignOffice(Database(office.database.url.render_as_string()), "another process", beside=office)
    yield beside
    beside.close()
