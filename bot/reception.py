"""One event, one transaction: note it, step the conversation, save it, and put the answer into the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.sender import Sender
from bot.desk import Desk
from bot.flow.events import Followed
from bot.line.flex import plain
from bot.line.webhook import Incoming
from bot.storage import outbox, patients
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reception:
    """Receives events. Safe to share between threads.

    Args:
        clock: timezone-aware now.
    """

    desk: Desk
    database: Database
    sender: Sender
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def receive(self, incoming: Incoming) -> None:
        """Handle one event. On return it is committed, and its answer is promised.

        Raises:
            StorageError: nothing was kept; LINE should deliver the event again.
        """
        now = self.clock()
        lease_until = _milliseconds(now) + policy.LEASE
        row = self.database.transact(lambda connection: self._handle(connection, incoming, now, lease_until))
        if row:
            self.sender.put([row], lease_until)

    def _handle(self, connection: Connection, incoming: Incoming, now: datetime, lease_until: int) -> OutboxRow | None:
        moment = _milliseconds(now)
        if not patients.remember_event(connection, incoming.id, moment):
            log.info("event_repeated", event_id=incoming.id)
            return None
        patient = patients.lock_patient(connection, incoming.user_id, moment)
        if incoming.event is None:
            patients.set_blocked(connection, incoming.user_id, moment)
            return None
        if patient.is_blocked:
            # Whoever writes has unblocked the account, even when the follow event is late or lost.
            patients.set_blocked(connection, incoming.user_id, None)
        messages = self._answer(connection, incoming, patient, now)
        return outbox.add(
            connection,
            incoming.user_id,
            messages,
            reply_token=incoming.reply_token,
            reply_until=moment + policy.REPLY_WINDOW,
            retry_key=str(uuid.uuid4()),
            retry_until=moment + policy.RETRY_KEY_LIFE,
            owner=self.sender.owner,
            lease_until=lease_until,
            now=moment,
        )

    def _answer(
        self, connection: Connection, incoming: Incoming, patient: patients.Patient, now: datetime
    ) -> list[dict[str, object]]:
        """The messages that answer the event; an unforeseen fault is answered too and changes nothing."""
        event = incoming.event
        assert event is not None
        try:
            reply = self.desk.answer(patient.state, event, now)
        except Exception:
            log.exception("event_not_understood", event_id=incoming.id, kind=type(event).__name__)
            return [plain(self.desk.library.message("error_sorry"))]
        if reply.forgets:
            patients.forget_patient(connection, incoming.user_id)
            return reply.messages
        conversation = reply.conversation
        is_new = patient.state is None or patient.state["id"] != conversation.id
        urgency = conversation.finished.urgency if conversation.finished else None
        patients.save_conversation(connection, incoming.user_id, reply.state, is_new, urgency, _milliseconds(now))
        log.info(
            "event_answered",
            event_id=incoming.id,
            kind=type(event).__name__,
            followed=isinstance(event, Followed),
            urgency=urgency,
        )
        return reply.messages


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
