"""Taps on buttons: the open question, an earlier one, another conversation's, or a pending yes/no."""

from __future__ import annotations

from dataclasses import replace

from bot.flow.conversation import AnswerValue, Conversation, Pending
from bot.flow.effects import Show
from bot.flow.events import Chose
from bot.flow.findings import NO, UNKNOWN
from bot.flow.replay import Position, shown_options
from bot.flow.said import has_consent, volunteer
from bot.flow.schema import DONE, NONE, Question, QuestionType
from bot.flow.turn import Step, Turn

CONFIRM = "confirm"


def confirm_key(pending: Pending) -> str:
    """The question id that the buttons of a pending yes/no carry, so that an old one is recognised."""
    return ":".join((CONFIRM, pending.kind, pending.subject, pending.option))


def tap(turn: Turn, conversation: Conversation, chose: Chose) -> Step:
    """A tapped option. An old button is recognised, never applied blindly."""
    if chose.conversation != conversation.id:
        return _stale(turn, conversation, "old_conversation_button")
    if chose.question.startswith(f"{CONFIRM}:"):
        if conversation.pending and chose.question == confirm_key(conversation.pending):
            return resolve(turn, conversation, chose.option != NO)
        return _stale(turn, conversation, "old_button")
    position = turn.position(conversation)
    if position.question and position.question.id == chose.question:
        at_it = turn.asked(replace(conversation, pending=None), position.question)
        return _tap_open(turn, at_it, position, position.question, chose.option)
    question = turn.flow.questions.get(chose.question)
    if question and question.id in position.path and _can_be(question, chose.option):
        return _tap_earlier(turn, conversation, question, chose.option)
    return _stale(turn, conversation, "old_button")


def select(turn: Turn, conversation: Conversation, question: Question, option: str) -> Step:
    """Select one option of the open checklist, or close the list. Selecting twice selects once."""
    if option == DONE:
        return turn.go_on(turn.answer(conversation, question, conversation.selected))
    selected = conversation.selected
    if option not in selected:
        selected = (*selected, option)
    return turn.go_on(replace(conversation, selected=selected, failed_attempts=0))


def resolve(turn: Turn, conversation: Conversation, agreed: bool) -> Step:
    """Settle the pending yes/no question."""
    pending = conversation.pending
    conversation = replace(conversation, pending=None)
    if pending is None:
        return turn.go_on(conversation)
    match pending.kind:
        case "danger":
            return _resolve_danger(turn, conversation, pending.subject, agreed)
        case "change":
            return _resolve_change(turn, conversation, pending, agreed)
        case "resume":
            message = Show("resumed" if agreed else "restarted")
            next_one = replace(conversation, stopped=False) if agreed else turn.begin(conversation)
            next_one, effects = turn.go_on(next_one)
            return next_one, (message, *effects)


def _tap_open(turn: Turn, conversation: Conversation, position: Position, question: Question, option: str) -> Step:
    if option not in shown_options(question, position.facts, conversation.selected):
        if option in conversation.selected:
            return turn.go_on(conversation)
        return _stale(turn, conversation, "old_button")
    if question.type is QuestionType.CHECKLIST and option not in (NONE, UNKNOWN):
        return select(turn, conversation, question, option)
    return turn.go_on(turn.answer(conversation, question, _value(question, option)))


def _tap_earlier(turn: Turn, conversation: Conversation, question: Question, option: str) -> Step:
    old = conversation.answers[question.id].value
    repeated = option == DONE or old == _value(question, option) or (isinstance(old, tuple) and option in old)
    if repeated:
        return turn.go_on(replace(conversation, pending=None))
    return turn.confirm(conversation, Pending("change", question.id, option))


def _stale(turn: Turn, conversation: Conversation, message: str) -> Step:
    if conversation.finished:
        return conversation, (Show(message), *turn.repeat_outcome(conversation))
    conversation, effects = turn.go_on(conversation)
    return conversation, (Show(message), *effects)


def _resolve_danger(turn: Turn, conversation: Conversation, reference: str, agreed: bool) -> Step:
    if agreed:
        return volunteer(turn, conversation, (reference,))
    if has_consent(turn, conversation):
        conversation = replace(conversation, denied=(*conversation.denied, reference))
    conversation, effects = turn.go_on(conversation)
    return conversation, (Show("danger_denied"), *effects)


def _resolve_change(turn: Turn, conversation: Conversation, pending: Pending, agreed: bool) -> Step:
    question = turn.flow.questions[pending.subject]
    if not agreed:
        conversation, effects = turn.go_on(conversation)
        return conversation, (Show("answer_kept"), *effects)
    if question.type is QuestionType.CHECKLIST and pending.option not in (NONE, UNKNOWN):
        reopened = turn.asked(conversation.without_answer(question.id), question)
        reopened = replace(reopened, selected=(pending.option,))
        conversation, effects = turn.go_on(reopened)
    else:
        value = _value(question, pending.option)
        conversation, effects = turn.go_on(turn.answer(conversation, question, value))
    return conversation, (Show("answer_changed"), *effects)


def _can_be(question: Question, option: str) -> bool:
    if question.type is QuestionType.NUMBER:
        finding = question.asks[0]
        in_range = option.isascii() and option.isdigit() and finding.minimum <= int(option) <= finding.maximum
        return in_range or (option == UNKNOWN and bool(question.unsure))
    extra = {NONE, DONE} if question.type is QuestionType.CHECKLIST else set()
    return option in {*question.options, *extra} or (option == UNKNOWN and bool(question.unsure))


def _value(question: Question, option: str) -> AnswerValue:
    if option == UNKNOWN:
        return UNKNOWN
    if question.type is QuestionType.NUMBER:
        return int(option)
    if question.type is QuestionType.CHECKLIST:
        return () if option == NONE else (option,)
    return option
