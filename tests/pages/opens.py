"""How often pages were opened, as the database has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from bot.storage import page_opens
from bot.storage.database import Database
from tests.pages.desk_with_pages import DeskWithPages


def opens(front: DeskWithPages) -> dict[str, int]:
    """Page to how often it was opened on any day."""
    return front.database.read(lambda connection: page_opens.totals(connection, date.min, date.max))


def at_once(database: Database) -> Callable[..., None]:
    """In place of `transact_later`, so that nobody has to wait until everything is counted."""

    def transact(work: Any, then: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        try:
            database.transact(work, then)
        except Exception as error:
            failed(error)

    return transact
