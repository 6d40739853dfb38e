"""A ledger of one campaign, and who stands in its batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from bot.storage import batches, campaigns
from bot.storage.audience import Audience, LeftOut
from bot.storage.batches import SENT, Batch, Due
from bot.storage.campaigns import Campaign, Progress
from bot.storage.console_tables import campaign_batches, campaign_recipients
from bot.storage.database import Database
from bot.storage.tables import patients
from tests.storage.crowd import EVERYBODY, NOW

FIRST, PAUSE, LEASE = 20, 120_000, 30_000
WORDS = "hello"
"""Of a campaign without a guidebook."""
TOLD = [{"type": "text", "text": "膝の体操"}]
ME, OTHER = "me", "another process"


class Ledger:
    """Campaigns of one database, each call in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self.database.transact(lambda connection: function(connection, *arguments, **named))

    def draft(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis", text: str = WORDS) -> int:
        """A draft with a guidebook, or with own words."""
        text = None if guidebook else text
        return int(self.run(campaigns.add, guidebook, text, audience, False, None, NOW))

    def confirmed(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis") -> int:
        id = self.draft(audience, guidebook)
        assert self.run(campaigns.confirm, id, 1, TOLD, 0, NOW, None, NOW)
        return id

    def prepared(self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis") -> int:
        id = self.confirmed(audience, guidebook)
        self.prepare(id)
        return id

    def prepare(self, id: int, most: int = 500, steps: int = 1_000) -> None:
        """Prepare to the end, or so many steps."""
        campaign = self.find(id)
        for _ in range(steps):
            if not self.run(batches.prepare, campaign, NOW, first=FIRST, first_pause=PAUSE, most=most):
                return

    def find(self, id: int) -> Campaign:
        found = self.run(campaigns.find, id)
        assert isinstance(found, Campaign)
        return found

    def state(self, id: int) -> str:
        return self.find(id).state

    def lease(self, now: int = NOW, owner: str = ME, most: int = 1_000) -> list[Batch]:
        """Look at what is due and take it."""
        due = self.due(now)
        leased: list[Batch] = self.run(batches.lease, due, owner, now + LEASE, now, most, PAUSE)
        return leased

    def due(self, now: int = NOW) -> Due:
        return self.database.read(lambda connection: batches.due(connection, now, 1_000))

    def settle(self, *leased: Batch, state: str = SENT) -> None:
        for batch in leased:
            self.run(batches.settle, batch, state, NOW)

    def progress(self, id: int) -> Progress:
        found = self.run(campaigns.progress, id)
        assert isinstance(found, Progress)
        return found

    def left_out(self, id: int) -> dict[LeftOut, int]:
        return dict(self.run(campaigns.left_out, id))

    def batches(self) -> list[Any]:
        statement = select(campaign_batches).order_by(campaign_batches.c.id)
        return list(self.database.read(lambda connection: connection.execute(statement).all()))

    def entered(self, id: int) -> dict[str, int | None]:
        """User to batch."""
        rows = select(campaign_recipients).where(campaign_recipients.c.campaign_id == id)
        found = self.database.read(lambda connection: connection.execute(rows).all())
        return {row.user_id: row.batch_id for row in found}

    def change(self, user: str, **columns: object) -> None:
        values = update(patients).where(patients.c.user_id == user).values(**columns)
        self.database.transact(lambda connection: connection.execute(values).rowcount)


def recipients(*leased: Batch) -> list[str]:
    """Everybody whom batches go to, as often as they get it."""
    return sorted(user for batch in leased for user in batch.user_ids)
