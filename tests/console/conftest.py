"""An office of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.desk import Desk
from tests.console.office import Office


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Iterator[Office]:
    """The console over an empty database, with a clock that stands still."""
    office = Office(desk, tmp_path / "office.db")
    yield office
    office.close()
