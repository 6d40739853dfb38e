"""A test of a campaign: staff who have added the account get it before anybody else does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from bot.line.client import Message, Receipt, Sent
from bot.line.written import written
from bot.storage import audit, people
from bot.storage.database import Database
from bot.storage.people import Person

TAG = "staff"
"""Set on the patient page of somebody who works here."""

MOST = 10
"""Each waits for LINE in turn while the page loads."""


class TestSent(StrEnum):
    """What became of one test message.

    ACCEPTED: LINE has it.
    UNCLEAR: no clear answer came.
    REFUSED: LINE did not take it.
    BLOCKED: this person blocks the account; nothing was sent.
    """

    __test__ = False
    ACCEPTED = "accepted"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the test message to one person."""

    person: Person
    sent: TestSent


def testers(connection: Connection) -> list[Person]:
    """Staff who get test messages."""
    return people.search(connection, tag=TAG, most=MOST)


def send_test(
    database: Database,
    push: Callable[[str, str, str], Receipt],
    id: int,
    messages: list[Message],
    once: uuid.UUID,
    by: int,
    now: int,
) -> Sequence[Result]:
    """Send messages to staff, one after the other.

    Args:
        id: of the campaign.
        once: under the same one nobody gets it twice.
        by: staff id.
        now: milliseconds since 1970.
    """

    def note(connection: Connection) -> list[Person]:
        found = testers(connection)
        if found:
            audit.note(connection, now, by, "campaign_tested", str(id), people=len(found))
        return found

    return [Result(person, _sent(push, person, written(messages), once)) for person in database.transact(note)]


def _sent(push: Callable[[str, str, str], Receipt], person: Person, messages: str, once: uuid.UUID) -> TestSent:
    if person.blocked_at is not None:
        return TestSent.BLOCKED
    receipt = push(person.user_id, messages, str(uuid.uuid5(once, person.user_id)))
    match receipt.sent:
        case Sent.ACCEPTED:
            return TestSent.ACCEPTED
        case Sent.UNCERTAIN:
            return TestSent.UNCLEAR
        case Sent.BUSY | Sent.REFUSED | Sent.LOCKED_OUT:
            return TestSent.REFUSED
