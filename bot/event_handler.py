"""Answering one event: step the conversation, save it, and put the answer into the outbox, in one transaction."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.quiet_hours import awake
from bot.delivery.sequences import planned
from bot.desk import Reply, Tongue
from bot.flow import effects as do
from bot.flow.conversation import Conversation, from_data
from bot.flow.events import from_data as event_from_data
from bot.line.flex import plain
from bot.line.written import written
from bot.live_desk import LiveDesk
from bot.logs import described
from bot.record import Record, must_be_answered, record
from bot.storage import exchanges, follow_ups, outbox, patients, people, sequences
from bot.storage.inbox import InboxRow
from bot.storage.outbox import OutboxRow

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
"""After so many failures the patient is told that something went wrong, and the event is given up."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one event.

    Args:
        row: to send now; None when the answer waits for its turn (`waits`), or there is none.
        urgency: the outcome that the conversation has reached.
    """

    event_id: str
    kind: str
    row: OutboxRow | None = None
    waits: bool = False
    urgency: str | None = None


@dataclass(frozen=True, slots=True)
class EventHandler:
    """Answers events. Safe to share between threads.

    Args:
        owner: id of this process, under which it leases what it will send; None when it has no room for more.
    """

    live: LiveDesk
    owner: str | None

    def handle(
        self, connection: Connection, waiting: InboxRow, patient: patients.Patient, lease_until: int
    ) -> Answered:
        """Answer an event within a transaction.

        Args:
            lease_until: of the row in the outbox, milliseconds since 1970.
        """
        if not waiting.event:
            patients.set_blocked(connection, waiting.user_id, waiting.received_at)
            return Answered(waiting.event_id, "Blocked")
        if patient.is_blocked:
            # Whoever writes has unblocked the account, even when the follow event is late or lost.
            patients.set_blocked(connection, waiting.user_id, None)
        kind = str(waiting.event[0])
        messages, urgency = self._answer(connection, waiting, patient)
        if not messages:
            return Answered(waiting.event_id, kind)
        row = outbox.add(
            connection,
            waiting.user_id,
            messages,
            reply_token=waiting.reply_token,
            reply_until=waiting.received_at + policy.REPLY_WINDOW,
            retry_key=str(uuid.uuid4()),
            retry_until=waiting.received_at + policy.RETRY_KEY_LIFE,
            owner=self.owner,
            lease_until=lease_until,
            now=waiting.received_at,
        )
        return Answered(waiting.event_id, kind, row, row is None, urgency)

    def _answer(self, connection: Connection, waiting: InboxRow, patient: patients.Patient) -> tuple[str, str | None]:
        """The messages that answer the event as JSON, and the urgency that the conversation ended at, if it did.

        An unforeseen fault is answered too and changes nothing. While staff talk with the patient only what is urgent
        is answered.
        """
        desk, moment = self.live.desk, waiting.received_at
        tongue = desk.tongue(patient.language)
        if waiting.attempts >= MOST_ATTEMPTS:
            log.error("event_given_up", event_id=waiting.event_id, kind=waiting.event[0])
            return _sorry(tongue), None
        before = _conversation(patient.state, waiting.event_id)
        try:
            event = event_from_data(waiting.event)
            reply = desk.go_on(before, event, datetime.fromtimestamp(moment / 1000, UTC), patient.language)
            kept = record(desk.flow, tongue, event, before.asking if before else "", reply.effects)
        except Exception as error:
            log.error("event_not_answered", event_id=waiting.event_id, kind=waiting.event[0], **described(error))
            return _sorry(tongue), None
        if reply.forgets:
            patients.forget_patient(connection, waiting.user_id)
            return reply.written, None
        is_silent = patient.paused_until is not None and patient.paused_until > moment
        messages = "" if is_silent and not must_be_answered(reply.effects) else reply.written
        self._keep(connection, waiting.user_id, kept, reply, messages, moment)
        if not messages:
            return "", None
        conversation = reply.conversation
        is_new = before is None or before.id != conversation.id
        urgency = conversation.finished.urgency if conversation.finished else None
        patients.save_conversation(connection, waiting.user_id, reply.state, is_new, urgency, moment)
        return messages, urgency

    def _keep(
        self, connection: Connection, user_id: str, kept: Record, reply: Reply, messages: str, moment: int
    ) -> None:
        """What staff pages show and choose by. In the same transaction, so that it is never told twice."""
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
                    follow_ups.stop(connection, user_id)
                    self._plan_sequences(connection, user_id, assessment.urgency, moment)
                case do.HandOver():
                    people.ask_for_staff(connection, user_id, moment)
                case do.News():
                    people.set_news(connection, user_id, effect.agreed, moment)
                    if not effect.agreed:
                        follow_ups.stop(connection, user_id)
                case do.FollowUp(agreed=False):
                    follow_ups.stop(connection, user_id)
                case do.FollowUp(after_days=days):
                    self._plan_follow_up(connection, user_id, reply.conversation, days)
                case do.Speak():
                    patients.set_language(connection, user_id, reply.language)

    def _plan_follow_up(
        self, connection: Connection, user_id: str, conversation: Conversation, after_days: int
    ) -> None:
        """So many days after the outcome, by day."""
        reached = conversation.updated_at.astimezone(self.live.desk.renderer.zone)
        due_at = _milliseconds(awake(reached + timedelta(days=after_days)))
        follow_ups.plan(connection, user_id, conversation.id, due_at)

    def _plan_sequences(self, connection: Connection, user_id: str, urgency: str, moment: int) -> None:
        """What follows this outcome takes the place of what followed the last one."""
        desk = self.live.desk
        now = datetime.fromtimestamp(moment / 1000, desk.renderer.zone)
        steps = planned(desk.flow.sequences, urgency, now)
        sequences.start(connection, user_id, [(id, guidebook, _milliseconds(at)) for id, guidebook, at in steps])


def _sorry(tongue: Tongue) -> str:
    return written([plain(tongue.library.message("error_sorry"))])


def _conversation(stored: str | None, event_id: str) -> Conversation | None:
    """The stored conversation; a damaged one is left where it is, and the patient begins a new one."""
    if stored is None:
        return None
    try:
        return from_data(json.loads(stored))
    except (ValueError, KeyError, TypeError) as error:
        log.error("conversation_damaged", event_id=event_id, **described(error))
        return None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
