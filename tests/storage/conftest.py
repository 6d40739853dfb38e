"""A database of its own for every test, of either kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from bot.storage.database import Database
from bot.storage.migrate import migrate


@pytest.fixture
def empty(databases: Callable[..., AbstractContextManager[str]]) -> Iterator[Database]:
    """A database without tables."""
    with databases(migrated=False) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()
