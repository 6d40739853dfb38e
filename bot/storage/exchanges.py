"""What was said: one row per event with what it was answered, and one per message that staff or a campaign sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bot.storage.tables import exchanges

_INSERT = insert(exchanges)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said and answered.

    Args:
        at: milliseconds since 1970.
        kind: typed, chose, command, followed, unsupported; staff or campaign when the patient said nothing.
        key: question, command, topic (``guidebook.self_care``) or campaign that it was about.
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
    answered: Sequence[dict[str, Any]] = (),
    staff_id: int | None = None,
) -> None:
    """Note an exchange."""
    packed = zlib.compress(json.dumps(answered, ensure_ascii=False).encode("utf-8", "replace"), level=1)
    values = {
        "user_id": user_id,
        "at": at,
        "kind": kind,
        "key": key,
        "understood": understood,
        # Half an emoji is text in Python and none in a database.
        "said": said.encode("utf-8", "replace").decode() if said else None,
        "answered": packed if answered else None,
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


def forget(connection: Connection, user_id: str) -> None:
    """Delete every exchange of a patient."""
    connection.execute(delete(exchanges).where(exchanges.c.user_id == user_id))


def forget_before(connection: Connection, moment: int) -> None:
    """Delete exchanges older than `moment`, milliseconds since 1970."""
    connection.execute(delete(exchanges).where(exchanges.c.at < moment))


def _exchange(row: Row[Any]) -> Exchange:
    answered = json.loads(zlib.decompress(row.answered)) if row.answered else []
    return Exchange(row.id, row.at, row.kind, row.key, row.understood, row.said, answered, row.staff_id)
