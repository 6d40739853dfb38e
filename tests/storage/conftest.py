"""A database of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.migrate import migrate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database file is."""
    return tmp_path / "hizaura.db"


@pytest.fixture
def empty(path: Path) -> Iterator[Database]:
    """A database without tables."""
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def database(empty: Database) -> Database:
    migrate(empty)
    return empty
