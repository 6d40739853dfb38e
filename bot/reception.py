"""One event, one transaction: note it, step the conversation, save it, and put the answer into the outbox."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.sender import Sender
from bot.delivery.sequences import planned
from bot.desk import Reply
from bot.errors import StorageError
from bot.flow import effects as do
from bot.flow.conversation import from_data
from bot.flow.events import Event
from bot.line.client import Message
from bot.line.flex import plain
from bot.line.webhook import Incoming
from bot.live_desk import LiveDesk
from bot.logs import described
from bot.record import Record, must_be_answered, record
from bot.storage import exchanges, outbox, patients, people, sequences
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow

log = structlog.get_logger(__name__)

ACKNOWLEDGE_WITHIN = 1.5
"""Seconds: LINE wants its 200 within two (LINE developers documentation, "Check webhook error statistics")."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What became of one event: the row to send now, if any, and the outcome that the conversation has reached."""

    row: OutboxRow | None = None
    urgency: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """Receives events. Safe to share between threads.

    Args:
        clock: timezone-aware now.
    """

    live: LiveDesk
    database: Database
    sender: Sender
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def receive(self, events: Sequence[Incoming]) -> list[Incoming]:
        """Handle the events of one webhook. On return the others are committed, and their answers are promised.

        Returns:
            Events of which nobody knows whether they are kept: LINE should deliver the webhook again.
        """
        deadline = time.monotonic() + ACKNOWLEDGE_WITHIN
        promised = [(incoming, self._promise(incoming, deadline)) for incoming in events]
        return [incoming for incoming, kept in promised if not _is_kept(incoming, kept, deadline)]

    def _promise(self, incoming: Incoming, deadline: float) -> Future[_Kept]:
        now = self.clock()
        lease_until = _milliseconds(now) + policy.LEASE
        # Handed over in the order of the commits, so that one patient's answers keep theirs.
        return self.database.submit(
            lambda connection: self._handle(connection, incoming, now, lease_until),
            then=lambda kept: self.sender.put([kept.row] if kept.row else [], lease_until),
            in_line=incoming.user_id,
            deadline=deadline,
        )

    def _handle(self, connection: Connection, incoming: Incoming, now: datetime, lease_until: int) -> _Kept:
        moment = _milliseconds(now)
        if not patients.remember_event(connection, incoming.id, moment):
            return _Kept(repeated=True)
        patient = patients.lock_patient(connection, incoming.user_id, moment)
        if incoming.event is None:
            patients.set_blocked(connection, incoming.user_id, moment)
            return _Kept()
        if patient.is_blocked:
            # Whoever writes has unblocked the account, even when the follow event is late or lost.
            patients.set_blocked(connection, incoming.user_id, None)
        messages, urgency = self._answer(connection, incoming, incoming.event, patient, now)
        if not messages:
            return _Kept()
        row = outbox.add(
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
        return _Kept(row, urgency)

    def _answer(
        self, connection: Connection, incoming: Incoming, event: Event, patient: patients.Patient, now: datetime
    ) -> tuple[list[Message], str | None]:
        """The messages that answer the event, and the urgency that the conversation ended at, if it did.

        An unforeseen fault is answered too and changes nothing. While staff talk with the patient only what is urgent
        is answered.
        """
        state = _read_state(patient.state, incoming.id)
        desk = self.live.desk
        try:
            reply = desk.answer(state, event, now)
            kept = record(desk, event, str(state["asking"] or "") if state else "", reply.effects)
        except Exception as error:
            log.error("event_not_answered", event_id=incoming.id, kind=type(event).__name__, **described(error))
            return [plain(desk.library.message("error_sorry"))], None
        if reply.forgets:
            patients.forget_patient(connection, incoming.user_id)
            return reply.messages, None
        is_silent = patient.paused_until is not None and patient.paused_until > _milliseconds(now)
        messages = [] if is_silent and not must_be_answered(reply.effects) else reply.messages
        self._keep(connection, incoming.user_id, kept, reply, messages, now)
        if not messages:
            return [], None
        conversation = reply.conversation
        is_new = state is None or state["id"] != conversation.id
        urgency = conversation.finished.urgency if conversation.finished else None
        patients.save_conversation(connection, incoming.user_id, reply.state, is_new, urgency, _milliseconds(now))
        return messages, urgency

    def _keep(
        self, connection: Connection, user_id: str, kept: Record, reply: Reply, messages: list[Message], now: datetime
    ) -> None:
        """What staff pages show and choose by. In the same transaction, so that it is never told twice."""
        moment = _milliseconds(now)
        exchanges.add(
            connection,
            user_id,
            moment,
            kept.kind,
            key=kept.key,
            understood=kept.understood,
            said=kept.said,
            answered=messages,
        )
        people.saw_event(connection, user_id, moment)
        if not messages:
            # What the patient is not told has not happened: the conversation stays where it was.
            return
        tags: tuple[str, ...] | None = None
        for effect in reply.effects:
            match effect:
                case do.Tag():
                    tags = effect.tags
                case do.Finish(assessment) if tags is not None:
                    people.set_outcome(connection, user_id, assessment.urgency, tags, moment)
                    self._plan_sequences(connection, user_id, assessment.urgency, now)
                case do.HandOver():
                    people.ask_for_staff(connection, user_id, moment)
                case do.News():
                    people.set_news(connection, user_id, effect.agreed, moment)

    def _plan_sequences(self, connection: Connection, user_id: str, urgency: str, now: datetime) -> None:
        """What follows this outcome takes the place of what followed the last one."""
        desk = self.live.desk
        steps = planned(desk.flow.sequences, urgency, now.astimezone(desk.renderer.zone))
        sequences.start(connection, user_id, [(id, guidebook, _milliseconds(at)) for id, guidebook, at in steps])


def _is_kept(incoming: Incoming, promise: Future[_Kept], deadline: float) -> bool:
    try:
        kept = promise.result(max(0.0, deadline - time.monotonic()))
    except StorageError as error:
        log.error("event_not_kept", event_id=incoming.id, error=str(error))
        return False
    except Exception as error:
        log.error("event_not_kept", event_id=incoming.id, **described(error))
        return False
    what = "event_repeated" if kept.repeated else "event_answered"
    log.info(what, event_id=incoming.id, kind=type(incoming.event).__name__, urgency=kept.urgency)
    return True


def _read_state(stored: str | None, event_id: str) -> dict[str, Any] | None:
    """The stored conversation; a damaged one is left where it is, and the patient begins a new one."""
    if stored is None:
        return None
    try:
        state: dict[str, Any] = json.loads(stored)
        from_data(state)
    except (ValueError, KeyError, TypeError) as error:
        log.error("conversation_damaged", event_id=event_id, **described(error))
        return None
    return state


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
