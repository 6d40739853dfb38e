"""Who did what: everything that touches a patient or sends a message. Never words of a patient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.storage.console_tables import audit_log, staff


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log.

    Args:
        at: milliseconds since 1970.
        who: name of staff, None for the program or a command.
        subject: reference of a patient, id of a campaign, name of staff.
    """

    id: int
    at: int
    who: str | None
    action: str
    subject: str | None
    details: Mapping[str, Any]


def note(
    connection: Connection, now: int, staff_id: int | None, action: str, subject: str | None = None, **details: object
) -> None:
    """Write a line, in the same transaction as what it tells."""
    values = {
        "at": now,
        "staff_id": staff_id,
        "action": action,
        "subject": subject,
        "details": json.dumps(details, ensure_ascii=False) if details else None,
    }
    connection.execute(insert(audit_log), values)


def latest(
    connection: Connection, subject: str | None = None, before: int | None = None, most: int = 100
) -> list[Entry]:
    """The newest lines first.

    Args:
        subject: only lines on it.
        before: id of a line; only older ones.
    """
    found = select(audit_log, staff.c.name.label("who")).outerjoin(staff, staff.c.id == audit_log.c.staff_id)
    if subject is not None:
        found = found.where(audit_log.c.subject == subject)
    if before is not None:
        found = found.where(audit_log.c.id < before)
    rows = connection.execute(found.order_by(audit_log.c.id.desc()).limit(most))
    return [
        Entry(row.id, row.at, row.who, row.action, row.subject, json.loads(row.details) if row.details else {})
        for row in rows
    ]
