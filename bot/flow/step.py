"""One step of a conversation: an event in, the next conversation and what should happen out. Pure.

Events are tried in this order: danger words, commands, a pending yes/no, resuming after days,
the answer to the open question, a topic, not understood. Danger and commands are never shadowed by an answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.flow.commands import find_clinics, run_command
from bot.flow.conversation import Conversation, Pending
from bot.flow.effects import Emergency, Show, Wording
from bot.flow.events import Chose, Command, Event, Followed, Located, Typed, Unsupported
from bot.flow.normalise import normalise
from bot.flow.replay import Memory, Position, shown_options
from bot.flow.said import has_consent
from bot.flow.schema import Flow
from bot.flow.tapping import resolve, select, tap
from bot.flow.turn import Step, Turn
from bot.flow.typed import (
    Answered,
    NotRead,
    Selected,
    read_answer,
    read_command,
    read_danger,
    read_yes_no,
)
from bot.flow.understanding import answer_danger, answer_intent, read_message
from bot.flow.vocabulary import Vocabulary

_REPROMPTS = ("reprompt_first", "reprompt_second", "reprompt_third")


def step(
    flow: Flow,
    vocabulary: Vocabulary,
    conversation: Conversation | None,
    event: Event,
    now: datetime,
    memory: Memory | None = None,
) -> Step:
    """Advance a conversation by one event.

    Args:
        flow: what is asked and what follows.
        vocabulary: typed words of the patient's language.
        conversation: None when the patient has none; it then begins with the event's id.
        event: what happened.
        now: when, timezone-aware.
        memory: of the same flow; makes it quicker, and the same comes out without it.

    Returns:
        The next conversation and the effects, in the order in which the patient sees them; never without any.
    """
    turn = Turn(flow, now, event.id, memory or Memory(1))
    current = turn.tidied(conversation) if conversation else turn.begin()
    if isinstance(event, Followed):
        return _touched(_greet(turn, current, event), now)
    first_words = not current.greeted
    greeted = replace(current, greeted=True) if first_words else current
    result, effects = _handle(turn, vocabulary, greeted, event)
    if first_words and not isinstance(effects[0], Emergency):
        effects = (Show("greeting_short"), *effects)
    return _touched((result, effects), now)


def _touched(result: Step, now: datetime) -> Step:
    conversation, effects = result
    return replace(conversation, updated_at=now), effects


def _greet(turn: Turn, conversation: Conversation, event: Followed) -> Step:
    message = "welcome_back" if event.is_unblocked or conversation.greeted else "welcome"
    conversation, effects = turn.go_on(replace(conversation, greeted=True, stopped=False))
    return conversation, (Show(message), *effects)


def _handle(turn: Turn, vocabulary: Vocabulary, conversation: Conversation, event: Event) -> Step:
    match event:
        case Typed(_, text):
            return _typed(turn, vocabulary, conversation, text)
        case Chose():
            tapped = tap(turn, replace(conversation, stopped=False), event)
            if _is_resumed_late(turn, conversation) and not _is_emergency(tapped):
                return turn.confirm(conversation, Pending("resume"))
            return tapped
        case Command(_, name):
            return run_command(turn, conversation, name)
        case Located(_, latitude, longitude):
            return find_clinics(turn, conversation, (latitude, longitude))
        case Unsupported(_, kind):
            conversation, effects = turn.go_on(conversation)
            return conversation, (Show(f"unsupported_{kind}"), *effects)
        case Followed():
            return _greet(turn, conversation, event)


def _typed(turn: Turn, vocabulary: Vocabulary, conversation: Conversation, text: str) -> Step:
    position = turn.position(conversation)
    late = _is_resumed_late(turn, conversation)
    answer = "not_asked" if late else _read_open_question(vocabulary, conversation, position, text)
    reading = read_message(text, vocabulary) if isinstance(answer, str) else None
    if reading:
        urgent = answer_danger(turn, vocabulary, conversation, position, text, reading)
        if urgent:
            return urgent
    command = read_command(text, vocabulary)
    if command:
        return run_command(turn, conversation, command)
    if conversation.pending:
        return _pending(turn, vocabulary, conversation, text)
    if late:
        return turn.confirm(conversation, Pending("resume"))
    conversation = replace(conversation, stopped=False)
    if reading:
        understood = answer_intent(turn, vocabulary, conversation, position, text, reading)
        if understood:
            return understood
    return _answer(turn, conversation, position, answer)


def _read_open_question(
    vocabulary: Vocabulary, conversation: Conversation, position: Position, text: str
) -> Answered | Selected | NotRead:
    """The text as an answer to the open question, when it is the one that the patient was asked.

    An exact answer need not be searched for danger words: the rules look at every answer anyway.
    """
    if conversation.finished or conversation.pending or position.question is None:
        return "not_understood"
    if position.question.id != conversation.asking:
        return "not_asked"
    shown = shown_options(position.question, position.facts, conversation.selected)
    return read_answer(text, position.question, shown, vocabulary)


def _pending(turn: Turn, vocabulary: Vocabulary, conversation: Conversation, text: str) -> Step:
    agreed = read_yes_no(text, vocabulary)
    pending = conversation.pending
    if agreed is None and pending and pending.kind == "danger":
        agreed = _agrees_in_words(vocabulary, pending.subject, text)
    if agreed is not None:
        return resolve(turn, conversation, agreed)
    if pending and pending.kind == "change":
        return _typed(turn, vocabulary, replace(conversation, pending=None), text)
    return turn.go_on(conversation)


def _answer(turn: Turn, conversation: Conversation, position: Position, answer: Answered | Selected | NotRead) -> Step:
    question = position.question
    if question is not None and not conversation.finished:
        if isinstance(answer, Answered):
            value = answer.value
            if isinstance(value, tuple) and value:
                value = tuple(dict.fromkeys((*conversation.selected, *value)))
            return turn.go_on(turn.answer(conversation, question, value))
        if isinstance(answer, Selected):
            return select(turn, conversation, question, answer.option)
    if conversation.finished or question is None or answer == "not_asked":
        return turn.go_on(conversation)
    return _not_understood(turn, conversation, position, answer)


def _not_understood(
    turn: Turn, conversation: Conversation, position: Position, answer: Answered | Selected | NotRead
) -> Step:
    """Three steps: the reason, a simpler wording, the offer of a person."""
    attempts = conversation.failed_attempts + 1
    message = Show(_REPROMPTS[min(attempts, len(_REPROMPTS)) - 1])
    if answer == "out_of_range" and position.question and attempts < len(_REPROMPTS):
        finding = position.question.asks[0]
        message = Show("number_out_of_range", {"minimum": finding.minimum, "maximum": finding.maximum})
    wording: Wording = "normal" if attempts == 1 else "simpler"
    conversation, effects = turn.go_on(replace(conversation, failed_attempts=attempts), wording)
    return conversation, (message, *effects)


def _is_resumed_late(turn: Turn, conversation: Conversation) -> bool:
    """Whether a patient comes back after days, or after stopping, to a conversation with answers in it."""
    if conversation.finished or conversation.pending:
        return False
    late = conversation.stopped or turn.now - conversation.updated_at > turn.flow.expires_after
    return late and has_consent(turn, conversation)


def _is_emergency(step: Step) -> bool:
    finished = step[0].finished
    return finished is not None and finished.urgency == "emergency_now"


def _agrees_in_words(vocabulary: Vocabulary, reference: str, text: str) -> bool | None:
    """An answer to a danger question in more words than yes or no: unsure counts as yes, the sign negated as no."""
    if normalise(text) in vocabulary.unsure:
        return True
    return False if reference in read_danger(text, vocabulary).unclear else None
