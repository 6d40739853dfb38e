"""An office with an outbox of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.delivery import policy
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.delivery.office import Office


@pytest.fixture(autouse=True)
def sweeper_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first look the sweeper sleeps; the tests sweep when they want to."""
    monkeypatch.setattr(policy, "SWEEP_EVERY", 3600.0)


@pytest.fixture
def database(database_url: str) -> Database:
    """Closed by the office."""
    database = Database(database_url)
    migrate(database)
    return database


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """An office whose sender is not started yet."""
    office = Office(database)
    yield office
    office.close()


@pytest.fixture
def open_office(office: Office) -> Office:
    """An office whose sender is at work."""
    office.start()
    return office
