"""What was said: one row per event with what it was answered, and one per message that staff or a sequence sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from bot.storage.tables import exchanges

_INSERT = insert(exchanges)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said and answered.

    Args:
        at: milliseconds since 1970.
        kind: typed, chose, command, followed, unsupported; staff or sequence when the patient said nothing.
        key: question, command, topic (``guidebook.self_care``) or sequence that it was about; the retry key of what
            staff wrote.
        understood: of typed words; None for anything else.
        said: as the patient saw it.
        answered: message objects.
        staff_id: who answered by hand.
    """

    id: int
    at: int
    kind: str
    key: str | None
    understood: bool | None
    said: str | None
    answered: list[dict[str, Any]]
    staff_id: int | None


def add(
    connection: Connection,
    user_id: str,
    at: int,
    kind: str,
    *,
    key: str | None = None,
    understood: bool | None = None,
    said: str | None = None,
    answered: str = "",
    staff_id: int | None = None,
) -> None:
    """Note an exchange.

    Args:
        answered: message objects as a JSON list; empty for none.
    """
    packed = zlib.compress(answered.encode("utf-8", "replace"), level=1) if answered else None
    values = {
        "user_id": user_id,
        "at": at,
        "kind": kind,
        "key": _storable(key),
        "understood": understood,
        "said": _storable(said),
        "answered": packed,
        "staff_id": staff_id,
    }
    connection.execute(_INSERT, values)


def of_patient(connection: Connection, user_id: str, before: int | None = None, most: int = 50) -> list[Exchange]:
    """The newest exchanges of a patient, oldest first.

    Args:
        before: id of an exchange; only older ones.
    """
    statement = select(exchanges).where(exchanges.c.user_id == user_id)
    if before is not None:
        statement = statement.where(exchanges.c.id < before)
    rows = connection.execute(statement.order_by(exchanges.c.id.desc()).limit(most)).all()
    return [_exchange(row) for row in reversed(rows)]


def by_key(connection: Connection, user_id: str, kind: str, key: str) -> Exchange | None:
    """The newest exchange of a patient of one kind and key, such as a message of staff by its retry key."""
    mine = (exchanges.c.user_id == user_id, exchanges.c.kind == kind, exchanges.c.key == key)
    row = connection.execute(select(exchanges).where(*mine).order_by(exchanges.c.id.desc()).limit(1)).first()
    return _exchange(row) if row else None


def moment_of(connection: Connection, user_id: str, id: int) -> int | None:
    """When an exchange of a patient was, or the next one that is still there; None when there is none."""
    at_or_after = (exchanges.c.user_id == user_id, exchanges.c.id >= id)
    return connection.execute(select(exchanges.c.at).where(*at_or_after).order_by(exchanges.c.id).limit(1)).scalar()


def newest_id(connection: Connection, user_id: str) -> int:
    """Id of the newest exchange of a patient, 0 when there is none."""
    newest = select(func.max(exchanges.c.id)).where(exchanges.c.user_id == user_id)
    return connection.execute(newest).scalar_one() or 0


def answered_by_staff(connection: Connection, user_ids: Sequence[str]) -> dict[str, int]:
    """When staff last wrote to each of some patients, milliseconds since 1970; left out who was not written to."""
    by_staff = (exchanges.c.user_id.in_(user_ids), exchanges.c.kind == "staff")
    latest = select(exchanges.c.user_id, func.max(exchanges.c.at).label("last")).where(*by_staff)
    return {row.user_id: row.last for row in connection.execute(latest.group_by(exchanges.c.user_id))}


def forget(connection: Connection, user_id: str) -> None:
    """Delete every exchange of a patient."""
    connection.execute(delete(exchanges).where(exchanges.c.user_id == user_id))


def forget_before(connection: Connection, moment: int) -> None:
    """Delete exchanges older than `moment`, milliseconds since 1970."""
    connection.execute(delete(exchanges).where(exchanges.c.at < moment))


def _storable(text: str | None) -> str | None:
    """A text without what is none in a database: half an emoji, and in PostgreSQL the character 0."""
    return (text or "").encode("utf-8", "replace").decode().replace("\0", "") or None


def _exchange(row: Row[Any]) -> Exchange:
    answered = json.loads(zlib.decompress(row.answered)) if row.answered else []
    return Exchange(row.id, row.at, row.kind, row.key, row.understood, row.said, answered, row.staff_id)
