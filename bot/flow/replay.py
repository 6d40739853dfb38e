"""Where a conversation stands: replay its answers through the flow and see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.flow.conversation import AnswerValue, Conversation, merged, volunteered_facts
from bot.flow.findings import NO, UNKNOWN, YES, Facts, FindingType, Value, counted_for_safety
from bot.flow.schema import ASSESSMENT, DONE, NONE, Flow, Question, QuestionType, Rule

DropReason = Literal["expired", "changed"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation stands.

    Args:
        question: the open question, None at an ending.
        ending: the ending reached, None while a question is open.
        path: questions answered on the way, in order.
        facts: what is known.
        emergency: ids of the emergency rules that ended the way, if any.
        dropped: answers that no longer count, and why.
    """

    question: Question | None
    ending: str | None
    path: tuple[str, ...]
    facts: Facts
    emergency: tuple[str, ...] = ()
    dropped: tuple[tuple[str, DropReason], ...] = ()


AnswerOf = Callable[[Question], AnswerValue | None]


def replay(flow: Flow, conversation: Conversation, now: datetime) -> Position:
    """Replay the answers of a conversation.

    Args:
        flow: the flow as it is now; it may have changed since the answers were given.
        conversation: whose answers count; options tapped in an open checklist count towards emergency rules.
        now: timezone-aware; answers older than their `valid_for` are dropped.

    Returns:
        The position. The conversation is not changed; dropped answers are only reported.
    """
    dropped = dict(outdated_answers(flow, conversation, now))

    def answer_of(question: Question) -> AnswerValue | None:
        answer = conversation.answers.get(question.id)
        return None if answer is None or question.id in dropped else answer.value

    position = walk(flow, answer_of, volunteered_facts(conversation.volunteered))
    if position.question and conversation.selected and position.question.id == conversation.asking:
        position = _with_selected(flow, position, position.question, conversation.selected)
    return replace(position, dropped=tuple(dropped.items()))


def outdated_answers(flow: Flow, conversation: Conversation, now: datetime) -> Iterator[tuple[str, DropReason]]:
    """Answers that no longer count: too old, or to a question that has another meaning now."""
    for id, answer in conversation.answers.items():
        question = flow.questions.get(id)
        if question is None:
            continue
        if answer.fingerprint != question.fingerprint:
            yield id, "changed"
        elif question.valid_for and now - answer.answered_at > question.valid_for:
            yield id, "expired"


def walk(flow: Flow, answer_of: AnswerOf, facts: Facts) -> Position:
    """Follow the flow from its start for as long as `answer_of` gives answers.

    Args:
        flow: what to follow.
        answer_of: the answer to a question, None to stop there.
        facts: what is known before the first question.
    """
    return _walk_from(flow, flow.start, answer_of, dict(facts), ())


def remaining_questions(flow: Flow, position: Position) -> int:
    """About how many questions follow the open one, if nothing further is wrong."""
    if position.question is None:
        return 0
    rest = _walk_from(flow, position.question.id, _harmless_answer, dict(position.facts), ())
    return max(len(rest.path) - 1, 0)


def open_options(question: Question, facts: Facts) -> tuple[str, ...]:
    """The options of a question that are not settled yet: a list leaves out findings that are known."""
    if question.type is QuestionType.CHECKLIST and len(question.asks) > 1:
        return tuple(option for option in question.options if option not in facts)
    return question.options


def settle(question: Question, value: AnswerValue) -> dict[str, Value]:
    """The findings that an answer settles."""
    if value == UNKNOWN:
        return {finding.id: UNKNOWN for finding in question.asks if finding.id in question.unsure}
    if question.type is not QuestionType.CHECKLIST:
        return {question.asks[0].id: value if isinstance(value, int) else str(value)}
    chosen = frozenset(value if isinstance(value, tuple) else ())
    if len(question.asks) == 1:
        return {question.asks[0].id: chosen}
    return {finding.id: YES if finding.id in chosen else NO for finding in question.asks}


def _walk_from(flow: Flow, start: str, answer_of: AnswerOf, known: dict[str, Value], path: tuple[str, ...]) -> Position:
    """Walk on from a question. What was volunteered counts together with the answers that are given."""
    facts = dict(known)
    closed = {id for id, value in known.items() if not isinstance(value, frozenset)}
    safe = counted_for_safety(flow.findings, facts)
    target = start
    while True:
        question = flow.questions.get(target)
        needed = question is not None and _is_needed(question, closed, safe)
        value = answer_of(question) if question and needed else None
        if question is None or (needed and value is None):
            fired = _emergencies(flow, _with_all_answers(flow, facts, answer_of), known) if known else ()
            if fired:
                return Position(None, ASSESSMENT, path, facts, fired)
            return Position(question, None if question else target, path, facts)
        if value is not None:
            path = (*path, question.id)
            settled = settle(question, value)
            facts = merged(settled, facts)
            closed |= settled.keys()
            safe = counted_for_safety(flow.findings, facts)
            fired = _emergencies(flow, safe, settled)
            if fired:
                return Position(None, ASSESSMENT, path, facts, fired)
        target = next(edge.to for edge in question.next if edge.when is None or edge.when.holds(safe))


def _with_all_answers(flow: Flow, facts: dict[str, Value], answer_of: AnswerOf) -> Facts:
    """The facts for safety, with the answers that stand behind the open question: they are weighed all the same."""
    for question in flow.questions.values():
        value = answer_of(question)
        if value is not None:
            facts = merged(settle(question, value), facts)
    return counted_for_safety(flow.findings, facts)


def _with_selected(flow: Flow, position: Position, question: Question, selected: tuple[str, ...]) -> Position:
    """An option that is an emergency counts from the tap on, not only when the list is closed."""
    if len(question.asks) == 1:
        settled: dict[str, Value] = {question.asks[0].id: frozenset(selected)}
    else:
        settled = dict.fromkeys(selected, YES)
    facts = merged(settled, position.facts)
    fired = _emergencies(flow, counted_for_safety(flow.findings, facts), settled)
    if not fired:
        return position
    return Position(None, ASSESSMENT, position.path, facts, fired)


def _emergencies(flow: Flow, safe: Facts, changed: Facts) -> tuple[str, ...]:
    """Ids of emergency rules that hold, looking only at rules that the changed findings concern."""
    concerned: dict[str, Rule] = {}
    for finding in changed:
        for rule in flow.emergency_rules_by_finding.get(finding, ()):
            concerned[rule.id] = rule
    return tuple(rule.id for rule in concerned.values() if rule.when.holds(safe))


def _is_needed(question: Question, closed: Set[str], safe: Facts) -> bool:
    """Whether a question has something open. A list of which words brought up one option is still asked."""
    if question.ask_when is not None and not question.ask_when.holds(safe):
        return False
    return any(finding.id not in closed for finding in question.asks)


def _harmless_answer(question: Question) -> AnswerValue:
    match question.type:
        case QuestionType.CHECKLIST:
            return ()
        case QuestionType.NUMBER:
            return question.asks[0].minimum
        case QuestionType.CHOICE:
            if question.has_own_options:
                return question.options[0]
            return NO if question.asks[0].type is FindingType.BOOL else question.options[-1]


def shown_options(question: Question, facts: Facts, selected: tuple[str, ...]) -> tuple[str, ...]:
    """Everything a patient can choose, in the order shown and numbered."""
    options = open_options(question, facts)
    if question.type is QuestionType.NUMBER:
        finding = question.asks[0]
        options = tuple(str(number) for number in range(finding.minimum, finding.maximum + 1))
    if question.type is QuestionType.CHECKLIST:
        options = (*options, DONE) if selected else (*options, NONE)
    if question.unsure and not selected:
        options = (*options, UNKNOWN)
    return options
