"""The campaigns of a running server, read from its database, and their times moved there."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from bot.storage import campaigns, staff
from bot.storage.audience import LeftOut
from bot.storage.campaigns import Progress
from bot.storage.console_tables import campaign_batches
from bot.storage.console_tables import campaigns as table
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.console.office import PASSWORD, hash_of
from tests.delivery.doubles import wait_until

OWNER = "owner"
"""Name of the account that may do everything; its password is that of the office."""


class CampaignBook:
    """The file of a server that runs beside the test."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        migrate(self.database)
        self.database.transact(lambda connection: staff.add(connection, OWNER, "owner", hash_of(PASSWORD), 0))

    def close(self) -> None:
        self.database.close()

    def make_due(self, id: int) -> None:
        """The hold, the days until its start and the pause between the batches are over."""

        def work(connection: Connection) -> None:
            connection.execute(update(table).where(table.c.id == id).values(starts_at=1))
            waiting = campaign_batches.c.campaign_id == id, campaign_batches.c.state == "waiting"
            connection.execute(update(campaign_batches).where(*waiting).values(due_at=1))

        self.database.transact(work)

    def wait_until_prepared(self, id: int) -> None:
        wait_until(lambda: self.state(id) == "scheduled")

    def state(self, id: int) -> str:
        found = self.database.read(lambda connection: campaigns.find(connection, id))
        assert found is not None
        return found.state

    def progress(self, id: int) -> Progress:
        return self.database.read(lambda connection: campaigns.progress(connection, id))

    def left_out(self, id: int) -> dict[LeftOut, int]:
        return self.database.read(lambda connection: campaigns.left_out(connection, id))

    def keys_tried(self, id: int) -> int:
        """How many multicasts were tried, each under its own key."""
        tried = select(campaign_batches.c.retry_key).where(
            campaign_batches.c.campaign_id == id, campaign_batches.c.first_tried_at.is_not(None)
        )
        return len(self.database.read(lambda connection: connection.execute(tried).all()))
