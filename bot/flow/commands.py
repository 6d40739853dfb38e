"""What a patient can do at any step: go back, begin again, ask why, stop, reach a person, have the data deleted."""

from __future__ import annotations

from dataclasses import replace

from bot.flow.conversation import ABSENT, Conversation
from bot.flow.effects import (
    Effect,
    ExplainOutcome,
    ExplainQuestion,
    ExplainTopic,
    FindClinics,
    Finish,
    FollowUp,
    Forget,
    HandOver,
    Memo,
    News,
    Show,
    Speak,
)
from bot.flow.replay import Position
from bot.flow.said import take_back
from bot.flow.schema import ASSESSMENT
from bot.flow.turn import Step, Turn

TOPIC = "topic:"
"""Prefix of a command that explains a topic: ``topic:condition.bakers_cyst``."""

LANGUAGE = "language:"
"""Prefix of a command that goes on in another language: ``language:en``."""

PLACE = "place:"
"""Prefix of a command that looks for clinics near a place: ``place:osaka``."""

SERVICE = "resource."
"""Beginning of a topic that is a public service: ``resource.call_7119``."""

TIP = "tip"
"""Kind of topic that is a self-care tip: ``tip.massage``."""

COMMANDS = (
    "restart",
    "back",
    "help",
    "stop",
    "staff",
    "why",
    "why_result",
    "memo",
    "delete",
    "resume",
    "menu",
    "news_on",
    "news_off",
    "thanks",
    "follow_up_on",
    "follow_up_off",
    "follow_up_better",
    "follow_up_same",
    "follow_up_worse",
)


def run_command(turn: Turn, conversation: Conversation, name: str) -> Step:
    """Run one command.

    Args:
        turn: flow and time.
        conversation: whose.
        name: one of `COMMANDS`, `TOPIC` and a topic id, `LANGUAGE` and a language, or `PLACE` and a place; anything
            else asks the open question again.
    """
    if name.startswith(TOPIC):
        # Who taps through the menu wants to go on looking; the open question waits behind its own button.
        return conversation, (browse(turn, conversation, name.removeprefix(TOPIC)),)
    if name.startswith(LANGUAGE):
        conversation, effects = turn.go_on(replace(conversation, stopped=False))
        return conversation, (Speak(name.removeprefix(LANGUAGE)), Show("language_changed"), *effects)
    if name.startswith(PLACE):
        return find_clinics(turn, conversation, name.removeprefix(PLACE))
    match name:
        case "restart":
            return _then(turn, turn.begin(conversation), Show("restarted"))
        case "back":
            return _back(turn, conversation)
        case "help":
            return _then(turn, conversation, Show("help"))
        case "stop":
            return replace(conversation, stopped=True, pending=None), (FollowUp(agreed=False), Show("stopped"))
        case "staff":
            return conversation, (HandOver(),)
        case "why":
            return _why(turn, conversation)
        case "why_result":
            return _why_result(turn, conversation)
        case "memo":
            return _memo(turn, conversation)
        case "delete":
            return turn.begin(), (Forget(), Show("data_deleted"))
        case "menu":
            return conversation, (ExplainTopic("menu"),)
        case "resume":
            return _resume(turn, conversation)
        case "news_on" | "news_off":
            return conversation, (News(agreed=name == "news_on"), Show(name))
        case "thanks" | "follow_up_better":
            return _at_ease(turn, conversation, name)
        case "follow_up_on":
            return _agree_to_follow_up(turn, conversation)
        case "follow_up_off":
            return conversation, (FollowUp(agreed=False), Show("follow_up_off"))
        case "follow_up_same":
            return conversation, (Show("follow_up_same"), browse(turn, conversation, "list.clinics"))
        case "follow_up_worse":
            return _then(turn, turn.begin(conversation), Show("follow_up_worse"))
        case _:
            return turn.go_on(conversation)


def explain_topic(turn: Turn, conversation: Conversation, topic: str) -> Step:
    """Explain a topic that was typed and return to the open question; nothing counts as not understood."""
    if conversation.finished or conversation.stopped:
        return conversation, (browse(turn, conversation, topic),)
    return _then(turn, conversation, browse(turn, conversation, topic), Show("topic_return"))


def find_clinics(turn: Turn, conversation: Conversation, where: str | tuple[float, float]) -> Step:
    """Show the nearest clinics and return to the open question."""
    urgency = conversation.finished.urgency if conversation.finished else None
    found = FindClinics(where, urgency)
    if conversation.finished or conversation.stopped:
        return conversation, (found,)
    return _then(turn, conversation, found, Show("topic_return"))


def browse(turn: Turn, conversation: Conversation, topic: str) -> ExplainTopic:
    """A topic, with the self-care tips that only finished answers open up left out."""
    kind, _, id = topic.partition(".")
    hidden = frozenset(turn.flow.tips)
    urgency = conversation.finished.urgency if conversation.finished else None
    if urgency:
        hidden -= {tip.id for tip in turn.assessment(conversation).tips}
    return ExplainTopic(topic, kind == TIP and id in hidden, hidden, urgency)


def _then(turn: Turn, conversation: Conversation, *before: Effect) -> Step:
    """Some effects, then the open question; in an ended conversation only the effects."""
    if conversation.finished:
        return conversation, before
    conversation, effects = turn.go_on(replace(conversation, stopped=False))
    return conversation, (*before, *effects)


def _back(turn: Turn, conversation: Conversation) -> Step:
    conversation = replace(conversation, stopped=False)
    if conversation.pending:
        return turn.go_on(replace(conversation, pending=None))
    position = turn.position(conversation)
    if conversation.last_said and _words_came_last(conversation, position):
        said = tuple(reference.removesuffix(ABSENT) for reference in conversation.last_said)
        return _then(turn, take_back(conversation), Show("taken_back", {"findings": said}))
    if conversation.selected:
        return _then(turn, replace(conversation, selected=(), finished=None), Show("went_back"))
    if not position.path:
        return _then(turn, conversation, Show("nothing_to_go_back"))
    last = position.path[-1]
    previous = conversation.answers[last].value
    conversation, effects = turn.go_on(conversation.without_answer(last), previous=previous)
    return conversation, (Show("went_back"), *effects)


def _words_came_last(conversation: Conversation, position: Position) -> bool:
    """Whether a danger sign in words came after the last answer, so that it is what goes back."""
    if not conversation.volunteered or not conversation.volunteered_at or not position.path:
        return bool(conversation.volunteered)
    return conversation.volunteered_at > conversation.answers[position.path[-1]].answered_at


def _why(turn: Turn, conversation: Conversation) -> Step:
    question = turn.position(conversation).question
    if conversation.finished or question is None:
        return _why_result(turn, conversation)
    return _then(turn, conversation, ExplainQuestion(question.id))


def _why_result(turn: Turn, conversation: Conversation) -> Step:
    if conversation.finished and conversation.finished.ending == ASSESSMENT:
        return conversation, (ExplainOutcome(turn.assessment(conversation)),)
    return _then(turn, conversation, Show("nothing_to_explain"))


def _memo(turn: Turn, conversation: Conversation) -> Step:
    """The memo. Reading it is no reason to be asked again by a bot that was told to stop.

    Nor to lose answers that have expired: going on would drop them, and they are what is summed up.
    """
    if conversation.stopped or turn.position(conversation).dropped:
        return conversation, (Memo(conversation),)
    return _then(turn, conversation, Memo(conversation))


def _at_ease(turn: Turn, conversation: Conversation, message: str) -> Step:
    """Who says so at the end, or after stopping, is asked no more; but a result that became more urgent is told."""
    if conversation.stopped:
        return conversation, (Show(message),)
    went_on, effects = turn.go_on(conversation)
    if conversation.finished and not any(isinstance(effect, Finish) for effect in effects):
        return conversation, (Show(message),)
    return went_on, (Show(message), *effects)


def _agree_to_follow_up(turn: Turn, conversation: Conversation) -> Step:
    urgency = conversation.finished.urgency if conversation.finished else None
    days = turn.flow.follow_ups.get(urgency or "")
    if days is None:
        return _then(turn, conversation, Show("follow_up_nothing"))
    return conversation, (FollowUp(agreed=True, after_days=days), Show("follow_up_on", {"days": days}))


def _resume(turn: Turn, conversation: Conversation) -> Step:
    pending = conversation.pending
    if conversation.finished or (pending and pending.kind != "resume"):
        return turn.go_on(conversation)
    return _then(turn, replace(conversation, pending=None), Show("resumed"))
