"""How a turn ends: the open question is asked, or the outcome is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.flow.assessment import Assessment, assess_conversation
from bot.flow.conversation import Answer, AnswerValue, Conversation, Finished, Pending, volunteered_facts
from bot.flow.effects import Ask, Confirm, Effect, Finish, Show, Tag, Wording
from bot.flow.replay import Memory, Position, remaining_questions, replay, shown_options, ticked
from bot.flow.schema import ASSESSMENT, URGENCIES, Flow, Question, QuestionType

Step = tuple[Conversation, tuple[Effect, ...]]
"""What a step results in: the next conversation, and what should happen."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step works with besides the conversation."""

    flow: Flow
    now: datetime
    event_id: str
    memory: Memory

    def position(self, conversation: Conversation) -> Position:
        """Where the conversation stands; a finished one stands where it finished."""
        at = conversation.finished.at if conversation.finished else self.now
        return replay(self.flow, conversation, at, self.memory)

    def begin(self, previous: Conversation | None = None) -> Conversation:
        """A new conversation; answers that outlive a restart are taken over, but no refusal: it is asked again."""
        refused = previous and previous.finished and previous.finished.ending != ASSESSMENT
        kept = {
            id: answer
            for id, answer in (previous.answers if previous and not refused else {}).items()
            if id in self.flow.questions and self.flow.questions[id].kept_on_restart
        }
        return Conversation(
            id=self.event_id,
            flow=self.flow.id,
            flow_version=self.flow.version,
            started_at=self.now,
            updated_at=self.now,
            language=previous.language if previous else "ja",
            answers=kept,
            greeted=previous.greeted if previous else False,
        )

    def answer(self, conversation: Conversation, question: Question, value: AnswerValue) -> Conversation:
        """The conversation with this answer."""
        return conversation.with_answer(question.id, Answer(value, self.now, question.fingerprint))

    def assessment(self, conversation: Conversation) -> Assessment:
        """The assessment of what is known now; never milder than the one that was shown."""
        shown = conversation.finished.urgency if conversation.finished else None
        return assess_conversation(self.flow, self.position(conversation).facts, shown or URGENCIES[0])

    def go_on(
        self, conversation: Conversation, wording: Wording = "normal", previous: AnswerValue | None = None
    ) -> Step:
        """Ask the pending or open question, or finish.

        Args:
            conversation: where to go on; answers that no longer count are taken out and the patient is told.
            wording: simpler after a second failure.
            previous: the answer that was given before going back.
        """
        if conversation.pending:
            return conversation, (self._confirm(conversation, conversation.pending),)
        if conversation.finished:
            return self.more_urgent_now(conversation) or (conversation, self.repeat_outcome(conversation))
        position = self.position(conversation)
        told = _told_about_dropped(position)
        if position.dropped:
            dropped = {id for id, _ in position.dropped}
            kept = {id: answer for id, answer in conversation.answers.items() if id not in dropped}
            conversation = replace(conversation, answers=kept)
        if position.question is None:
            conversation, effects = self._finish(conversation, position)
            return conversation, (*told, *effects)
        conversation = self.asked(conversation, position.question)
        ask = Ask(
            position.question.id,
            shown_options(position.question, position.facts, conversation.selected),
            conversation.selected,
            remaining_questions(self.flow, position, self.memory),
            wording,
            previous,
        )
        return replace(conversation, flow_version=self.flow.version), (*told, ask)

    def asked(self, conversation: Conversation, question: Question) -> Conversation:
        """The conversation with `question` as the one that is asked; what was ticked elsewhere is not ticked here."""
        if conversation.asking == question.id:
            return conversation
        return replace(conversation, asking=question.id, selected=self._said_before(conversation, question))

    def _said_before(self, conversation: Conversation, question: Question) -> tuple[str, ...]:
        """Options of a list that words brought up: they are ticked, and what else there is can be added."""
        if question.type is not QuestionType.CHECKLIST:
            return ()
        known = volunteered_facts(self.flow.findings, conversation.volunteered)
        return tuple(option for option in ticked(question, known) if option not in known)

    def confirm(self, conversation: Conversation, pending: Pending) -> Step:
        """Put a yes/no question before the open one."""
        return replace(conversation, pending=pending), (self._confirm(conversation, pending),)

    def repeat_outcome(self, conversation: Conversation) -> tuple[Effect, ...]:
        """What to say in a conversation that has ended: an urgent outcome again, otherwise what can be done now."""
        finished = conversation.finished
        if finished is None or finished.urgency is None:
            return (Show("consent_declined"),)
        if finished.urgency in URGENT:
            return (Finish(self.assessment(conversation)),)
        return (Show("finished_hint", {"outcome": finished.urgency}),)

    def tidied(self, conversation: Conversation) -> Conversation:
        """The conversation without what the flow, as it is now, no longer has."""
        pending = conversation.pending
        if pending and pending.kind == "change" and pending.subject not in self.flow.questions:
            conversation = replace(conversation, pending=None)
        if conversation.selected:
            open_question = self.flow.questions.get(conversation.asking)
            options = open_question.options if open_question else ()
            conversation = replace(conversation, selected=tuple(o for o in conversation.selected if o in options))
        return conversation

    def more_urgent_now(self, conversation: Conversation) -> Step | None:
        """A finished conversation that today's rules find more urgent: shown at once. Never a milder one."""
        finished = conversation.finished
        if finished is None or finished.urgency is None:
            return None
        assessment = self.assessment(conversation)
        again = Finished(finished.ending, assessment.urgency, finished.at, self.flow.version)
        conversation = replace(conversation, finished=again)
        if assessment.urgency == finished.urgency:
            return None
        return conversation, (self._tags(self.position(conversation)), Finish(assessment))

    def _finish(self, conversation: Conversation, position: Position) -> Step:
        ending = position.ending or ASSESSMENT
        if ending != ASSESSMENT:
            # Who withdraws consent has withdrawn it for every answer given.
            finished = Finished(ending, None, self.now, self.flow.version)
            kept = {id: conversation.answers[id] for id in position.path}
            refused = replace(conversation, answers=kept, volunteered=(), last_said=(), denied=(), finished=finished)
            return refused, (Show("consent_declined"),)
        assessment = assess_conversation(self.flow, position.facts)
        finished = Finished(ending, assessment.urgency, self.now, self.flow.version)
        return replace(conversation, finished=finished), (self._tags(position), Finish(assessment))

    def _tags(self, position: Position) -> Tag:
        return Tag(tuple(id for id, when in self.flow.tags.items() if when.holds(position.facts)))

    def _confirm(self, conversation: Conversation, pending: Pending) -> Confirm:
        old = conversation.answers.get(pending.subject) if pending.kind == "change" else None
        return Confirm(pending, old.value if old else None)


URGENT = ("emergency_now", "same_day")
"""Outcomes that whoever goes on writing sees again: what they write may be that it gets worse."""


def _told_about_dropped(position: Position) -> tuple[Effect, ...]:
    reasons = {reason for _, reason in position.dropped}
    told: tuple[Effect, ...] = ()
    if "changed" in reasons:
        told += (Show("questions_changed"),)
    if "expired" in reasons:
        told += (Show("answers_expired"),)
    return told
