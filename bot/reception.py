"""Receiving events: kept before LINE gets its 200, answered right afterwards, each in one transaction.

The two are apart so that 200 comes in time whatever answering takes: after a broadcast thousands of events come within
a second, and LINE gives up on each after two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from bot.counts import Counts, NotCounted
from bot.delivery import policy
from bot.delivery.courtesies import Courtesies
from bot.delivery.sender import Sender
from bot.errors import StorageError
from bot.event_handler import Answered, EventHandler
from bot.flow.events import to_data
from bot.line.webhook import Incoming
from bot.live_desk import LiveDesk
from bot.logs import described, user_hash
from bot.storage import inbox, patients
from bot.storage.database import Database

log = structlog.get_logger(__name__)

ACKNOWLEDGE_WITHIN = 1.5
"""Seconds: LINE wants its 200 within two (LINE developers documentation, "Check webhook error statistics")."""
LONG_QUEUE = 500
"""Events before somebody's that are still to be answered: more than a second."""
OWN_TIME = 3_000
"""Milliseconds in which an event is left to the process that received it; then any process answers it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Whose events are new, one by one, and how many had been kept before."""

    users: tuple[str, ...]
    repeated: int


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of the oldest event of a patient.

    Args:
        lease_until: of the row to send, milliseconds since 1970.
        comes_next: whether to go on with the patient's next event.
    """

    user_id: str
    answered: Answered | None
    lease_until: int
    comes_next: bool


@dataclass(frozen=True, slots=True)
class Reception:
    """Receives events. Safe to share between threads.

    Args:
        clock: timezone-aware now.
        hash_key: the log calls users by a hash under it.
        courtesies: None when there shall be none.
    """

    live: LiveDesk
    database: Database
    sender: Sender
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    counts: Counts = field(default_factory=NotCounted)
    hash_key: str = ""
    courtesies: Courtesies | None = None

    def receive(self, events: Sequence[Incoming]) -> list[Incoming]:
        """Keep the events of one webhook. On return the others are committed, and their answers are promised.

        Returns:
            Events of which nobody knows whether they are kept: LINE should deliver the webhook again.
        """
        deadline = time.monotonic() + ACKNOWLEDGE_WITHIN
        if not events or self._keep(events, deadline):
            not_kept = []
        else:
            # One bad event never costs its neighbours.
            not_kept = [incoming for incoming in events if not self._keep([incoming], deadline)]
        self._be_courteous([incoming for incoming in events if incoming not in not_kept])
        return not_kept

    def _be_courteous(self, events: Sequence[Incoming]) -> None:
        if self.courtesies is None:
            return
        takes_long = self.database.waiting_later > LONG_QUEUE
        for incoming in events:
            if incoming.read_token:
                self.courtesies.read(incoming.read_token)
            if takes_long and incoming.event:
                self.courtesies.keep_waiting(incoming.user_id)

    def answer_all(self, user_id: str) -> None:
        """Answer what waits of a patient, one event after the other, soon; what fails is tried again when it is due."""
        self._answer_oldest(user_id, and_next=True)

    def _keep(self, events: Sequence[Incoming], deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        now = self._now()
        try:
            self.database.transact(lambda connection: _add_new(connection, events, now), self._answer_new, within=left)
        except StorageError as error:
            log.error("events_not_kept", event_ids=[incoming.id for incoming in events], error=str(error))
            return False
        except Exception as error:
            log.error("events_not_kept", event_ids=[incoming.id for incoming in events], **described(error))
            return False
        return True

    def _answer_new(self, kept: _Kept) -> None:
        if kept.repeated:
            log.info("events_repeated", count=kept.repeated)
            self.counts.events("repeated", kept.repeated)
        for user_id in kept.users:
            self._answer_oldest(user_id)

    def _answer_oldest(self, user_id: str, and_next: bool = False) -> None:
        self.database.transact_later(
            lambda connection: self._take_and_answer(connection, user_id, and_next),
            self._hand_over,
            partial(self._note_failure, user_id),
            in_line=user_id,
        )

    def _take_and_answer(self, connection: Connection, user_id: str, and_next: bool) -> _Done:
        now = self._now()
        lease_until = now + policy.LEASE
        patient = patients.see_patient(connection, user_id, now)
        waiting = inbox.take_oldest(connection, user_id, now)
        if waiting is None:
            return _Done(user_id, None, lease_until, comes_next=False)
        # Without room in memory the row waits in the outbox until the sender looks for more.
        handler = EventHandler(self.live, self.sender.owner if self.sender.has_room() else None)
        answered = handler.handle(connection, waiting, patient, lease_until)
        # The event that comes next may have waited for this one to succeed.
        return _Done(user_id, answered, lease_until, comes_next=and_next or waiting.attempts > 0)

    def _hand_over(self, done: _Done) -> None:
        """In the order of the commits, so that one patient's answers keep theirs."""
        answered = done.answered
        if answered is None:
            return
        if answered.row:
            self.sender.put([answered.row], done.lease_until)
        elif answered.waits:
            self.sender.wake(done.user_id)
        user = user_hash(done.user_id, self.hash_key)
        log.info("event_answered", event_id=answered.event_id, user=user, kind=answered.kind, urgency=answered.urgency)
        self.counts.events("answered", kind=answered.kind)
        if done.comes_next:
            self._answer_oldest(done.user_id, and_next=True)

    def _note_failure(self, user_id: str, error: Exception) -> None:
        what = {"error": str(error)} if isinstance(error, StorageError) else described(error)
        log.error("event_not_answered_yet", **what)
        now = self._now()
        self.database.transact_later(
            lambda connection: inbox.postpone(connection, user_id, now), lambda _: None, lambda _: None
        )

    def _now(self) -> int:
        """Milliseconds since 1970."""
        return int(self.clock().timestamp() * 1000)


def _add_new(connection: Connection, events: Sequence[Incoming], now: int) -> _Kept:
    users: list[str] = []
    repeated = 0
    for incoming in events:
        if not patients.remember_event(connection, incoming.id, now):
            repeated += 1
            continue
        event = to_data(incoming.event) if incoming.event else []
        inbox.add(connection, incoming.id, incoming.user_id, event, incoming.reply_token, now, now + OWN_TIME)
        users.append(incoming.user_id)
    return _Kept(tuple(users), repeated)
