"""An office with an outbox of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.delivery.office import Office


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Closed by the office."""
    database = Database(f"sqlite:///{tmp_path / 'hizaura.db'}")
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
