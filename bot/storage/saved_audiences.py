"""Audiences that staff keep under a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from bot.storage.audience import Audience
from bot.storage.console_tables import audiences

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedAudience:
    """An audience with its name."""

    id: int
    name: str
    audience: Audience


def everything(connection: Connection) -> list[SavedAudience]:
    """All saved audiences by name."""
    rows = connection.execute(select(audiences).order_by(audiences.c.name))
    return [SavedAudience(row.id, row.name, Audience.model_validate_json(row.definition)) for row in rows]


def find(connection: Connection, id: int) -> SavedAudience | None:
    """One saved audience."""
    return next((saved for saved in everything(connection) if saved.id == id), None)


def by_name(connection: Connection, name: str) -> SavedAudience | None:
    """The audience of a name."""
    return next((saved for saved in everything(connection) if saved.name == name), None)


def save(connection: Connection, name: str, audience: Audience, overwrite: bool) -> bool:
    """Keep an audience.

    Args:
        name: up to 60 characters.
        overwrite: take the place of the one that has this name.

    Returns:
        False, and nothing changes, when the name is taken by another audience and `overwrite` is not set.
    """
    known = by_name(connection, name)
    definition = audience.model_dump_json()
    if known is None:
        connection.execute(insert(audiences), {"name": name, "definition": definition})
        return True
    if known.audience != audience and not overwrite:
        return False
    connection.execute(update(audiences).where(audiences.c.id == known.id).values(definition=definition))
    return True


def remove(connection: Connection, id: int) -> str | None:
    """Delete a saved audience and return its name; None when it is gone already."""
    name: str | None = connection.execute(
        delete(audiences).where(audiences.c.id == id).returning(audiences.c.name)
    ).scalar()
    return name
