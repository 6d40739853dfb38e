"""Asking how it went: on the day that the outcome sets, by day, once, and only who wished so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import tzinfo

from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.quiet_hours import awake_at
from bot.line.client import Message
from bot.line.written import written
from bot.storage import exchanges, follow_ups, outbox
from bot.storage.database import Database
from bot.storage.singletons import Singleton, is_mine

KEY = "follow_up"
"""What an exchange of this kind is about."""


def send_due(
    database: Database,
    question: Callable[[str, str], Sequence[Message]],
    zone: tzinfo,
    now: int,
    most: int = policy.STEPS_AT_ONCE,
) -> int:
    """Put the questions whose day has come into the outbox, in one transaction: each goes out once or not at all.

    Args:
        question: the messages for a conversation in a language.
        zone: where the clinic is.
        now: milliseconds since 1970.

    Returns:
        How many.
    """
    if awake_at(now, zone) != now or not database.read(lambda connection: follow_ups.any_due(connection, now)):
        return 0

    def ask_all(connection: Connection) -> int:
        if not is_mine(connection, Singleton.SEQUENCES):
            return 0
        missed = now - policy.FOLLOW_UP_MISSED
        follow_ups.forget_before(connection, missed)
        due = follow_ups.due(connection, now, missed, most)
        for each in due:
            messages = written(question(each.conversation_id, each.language))
            follow_ups.settle(connection, each.user_id, now)
            outbox.plan(connection, each.user_id, messages, str(uuid.uuid4()), now, now + policy.RETRY_KEY_LIFE)
            exchanges.add(connection, each.user_id, now, "sequence", key=KEY, answered=messages)
        return len(due)

    return database.transact(ask_all)
