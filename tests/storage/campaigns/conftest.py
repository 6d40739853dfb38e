"""A ledger of its own for every test."""

from __future__ import annotations

import pytest

from bot.storage.database import Database
from tests.storage.campaigns.ledger import Ledger


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)
