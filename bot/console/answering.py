"""Answering by hand: a text goes out as a push, is noted, and the bot is silent for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from bot.console.services import Services
from bot.delivery import policy
from bot.line.flex import plain
from bot.line.written import written
from bot.storage import audit, exchanges, outbox, patients, people
from bot.storage.outbox import OutboxRow
from bot.storage.people import Person

PAUSE = 3_600_000
"""Milliseconds for which the bot is silent after staff took over or wrote."""


class Answered(StrEnum):
    """What became of a message by hand.

    PROMISED: committed and handed to the sender.
    REPEATED: the same message was promised before.
    OTHER_TEXT: another text was promised under this key; this one was not.
    BLOCKED: the patient blocks the account.
    """

    PROMISED = "promised"
    REPEATED = "repeated"
    OTHER_TEXT = "other_text"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class _Kept:
    answered: Answered
    row: OutboxRow | None = None


def answer_by_hand(these: Services, staff_id: int, person: Person, text: str, key: str) -> Answered:
    """Promise a text to a patient.

    Args:
        key: UUID; under it a text is promised once, and LINE takes it once.

    Raises:
        StorageError: nothing was kept.
    """
    now = these.clock()
    lease_until = now + policy.LEASE

    def work(connection: Connection) -> _Kept:
        return _promise(connection, these.sender.owner, staff_id, person, text, key, now, lease_until)

    def hand_over(kept: _Kept) -> None:
        these.sender.put([kept.row] if kept.row else [], lease_until)

    return these.database.transact(work, hand_over, in_line=person.user_id).answered


def _promise(
    connection: Connection, owner: str, staff_id: int, person: Person, text: str, key: str, now: int, lease_until: int
) -> _Kept:
    # The lock makes the second of two clicks wait until the first is noted.
    patient = patients.lock_patient(connection, person.user_id, now)
    message = plain(text)
    before = exchanges.by_key(connection, person.user_id, "staff", key)
    if before:
        return _Kept(Answered.REPEATED if before.answered == [message] else Answered.OTHER_TEXT)
    if patient.is_blocked:
        return _Kept(Answered.BLOCKED)
    row = outbox.add(
        connection,
        person.user_id,
        written([message]),
        reply_token=None,
        reply_until=0,
        retry_key=key,
        retry_until=now + policy.RETRY_KEY_LIFE,
        owner=owner,
        lease_until=lease_until,
        now=now,
    )
    exchanges.add(connection, person.user_id, now, "staff", key=key, answered=written([message]), staff_id=staff_id)
    people.attend(connection, person.user_id, max(now + PAUSE, patient.paused_until or 0))
    audit.note(connection, now, staff_id, "patient_answered", person.reference, characters=len(text))
    return _Kept(Answered.PROMISED, row)
