"""A desk with pages for every test, on either database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.desk import Desk
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.pages.desk_with_pages import DeskWithPages


@pytest.fixture
def front(desk: Desk, database_url: str) -> Iterator[DeskWithPages]:
    database = Database(database_url)
    migrate(database)
    yield DeskWithPages(desk, database)
    database.close()
