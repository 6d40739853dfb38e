"""Guidebooks that follow an outcome: planned at the outcome, sent on their day, never at night."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.quiet_hours import awake
from bot.flow.schema import Sequence as SequencePlan
from bot.line.client import Message
from bot.line.written import written
from bot.storage import exchanges, outbox, sequences
from bot.storage.database import Database
from bot.storage.sequences import DueStep
from bot.storage.singletons import Singleton, is_mine


@dataclass(frozen=True, slots=True)
class Booklet:
    """A guidebook as it goes out.

    Args:
        only_to_who_asked: it tells of self-pay treatment.
    """

    messages: Sequence[Message]
    only_to_who_asked: bool


def planned(
    plans: Mapping[str, SequencePlan], urgency: str, outcome_at: datetime
) -> Iterator[tuple[str, str, datetime]]:
    """What follows an outcome: sequence, guidebook and moment, outside the night.

    Args:
        outcome_at: clinic-local.
    """
    for id, plan in plans.items():
        if urgency in plan.outcomes:
            for step in plan.steps:
                yield id, step.guidebook, awake(outcome_at + timedelta(days=step.after_days))


def send_due(
    database: Database, booklet: Callable[[str, str], Booklet | None], now: int, most: int = policy.STEPS_AT_ONCE
) -> int:
    """Put the steps whose day has come into the outbox, in one transaction: a step goes out once or not at all.

    Args:
        booklet: a guidebook by id and language, None when it is no longer there.
        now: milliseconds since 1970.

    Returns:
        How many steps were settled.
    """
    if not database.read(lambda connection: sequences.any_due(connection, now)):
        return 0

    def settle_all(connection: Connection) -> int:
        if not is_mine(connection, Singleton.SEQUENCES):
            return 0
        due = sequences.due(connection, now, most)
        for step in due:
            _settle(connection, step, booklet(step.guidebook, step.language), now)
        return len(due)

    return database.transact(settle_all)


def _settle(connection: Connection, step: DueStep, found: Booklet | None, now: int) -> None:
    if found is None:
        sequences.stop(connection, step.user_id)
        return
    left_out = sequences.why_left_out(connection, step, found.only_to_who_asked, now)
    sequences.settle(connection, step, left_out, now)
    if left_out is None:
        messages = written(found.messages)
        outbox.plan(connection, step.user_id, messages, str(uuid.uuid4()), now, now + policy.RETRY_KEY_LIFE)
        exchanges.add(connection, step.user_id, now, "sequence", key=step.sequence, answered=messages)
