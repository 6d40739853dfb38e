"""How much waits to be answered and sent, for whoever watches the server."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bot.storage.tables import inbox, outbox

_IS_ALIVE = outbox.c.dead_reason.is_(None)
_WAITING = select(func.count()).select_from(outbox).where(_IS_ALIVE)
_DEAD = select(func.count()).select_from(outbox).where(outbox.c.dead_reason.is_not(None))
# Rows count up: the oldest one is the first one, and no other needs to be read.
_OLDEST = select(outbox.c.created_at).where(_IS_ALIVE).order_by(outbox.c.id).limit(1)
_UNANSWERED = select(func.count()).select_from(inbox)
_OLDEST_UNANSWERED = select(inbox.c.received_at).order_by(inbox.c.id).limit(1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the database holds.

    Args:
        unanswered: events of the inbox.
        unanswered_since: of the oldest of them; milliseconds since 1970, None without any.
        waiting: rows of the outbox that are promised and not sent.
        waiting_since: of the oldest of them; as above.
        dead: rows of the outbox that were given up.
    """

    unanswered: int
    unanswered_since: int | None
    waiting: int
    waiting_since: int | None
    dead: int


def numbers(connection: Connection) -> Numbers:
    """Count what is there now."""
    return Numbers(
        unanswered=connection.scalar(_UNANSWERED) or 0,
        unanswered_since=connection.scalar(_OLDEST_UNANSWERED),
        waiting=connection.scalar(_WAITING) or 0,
        waiting_since=connection.scalar(_OLDEST),
        dead=connection.scalar(_DEAD) or 0,
    )
