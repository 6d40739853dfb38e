"""Patients put straight into the database: those who agreed to messages from the clinic, unless told otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert

from bot.storage.audience import Audience
from bot.storage.database import Database
from bot.storage.tables import exchanges, patient_tags, patients

NOW = 1_800_000_000_000
DAY = 24 * 3_600_000
EVERYBODY = Audience()


def admit(
    database: Database, *users: str, tags: Iterable[str] = (), asked_for: Iterable[str] = (), **columns: object
) -> None:
    """Add patients who are alike.

    Args:
        tags: set by their answers.
        asked_for: guidebooks that they opened in the chat.
        columns: of `patients`; all that tell against a campaign are empty.
    """
    rows = [{"user_id": user, "added_at": NOW, "news_at": NOW, "reference": None, **columns} for user in users]
    tagged = [{"user_id": user, "tag": tag, "set_at": NOW} for user in users for tag in tags]
    asked = [{"user_id": u, "at": NOW, "kind": "command", "key": f"guidebook.{id}"} for u in users for id in asked_for]

    def work(connection: Connection) -> None:
        connection.execute(insert(patients), rows)
        if tagged:
            connection.execute(insert(patient_tags), tagged)
        if asked:
            connection.execute(insert(exchanges), asked)

    database.transact(work)


def names(count: int) -> Sequence[str]:
    """User ids as LINE gives them, in no order."""
    return [f"U{hashlib.md5(str(i).encode()).hexdigest()}" for i in range(count)]
