"""Where a conversation stands: replay its answers through the flow and see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.flow.asking import Known, count_left, next_question
from bot.flow.conversation import AnswerValue, Conversation, merged, volunteered_facts
from bot.flow.findings import NO, UNKNOWN, YES, Facts, FindingType, Value, counted_for_safety
from bot.flow.schema import ASSESSMENT, DONE, NONE, Flow, Pool, Question, QuestionType, Rule

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

    answered = tuple(id for id in conversation.answers if id not in dropped)
    position = walk(flow, answer_of, volunteered_facts(conversation.volunteered), answered)
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


def walk(flow: Flow, answer_of: AnswerOf, facts: Facts, answered: Sequence[str] = ()) -> Position:
    """Follow the flow from its start for as long as `answer_of` gives answers.

    Args:
        flow: what to follow.
        answer_of: the answer to a question, None to stop there.
        facts: what is known before the first question.
        answered: questions of pools that were chosen and answered before, in that order: they are not chosen anew.
    """
    return _Walk(flow, answer_of, answered, facts).from_question(flow.start)


def remaining_questions(flow: Flow, position: Position) -> int:
    """About how many questions follow the open one, if nothing further is wrong."""
    if position.question is None:
        return 0
    rest = _Walk(flow, _harmless_answer, (), position.facts)
    rest.path, rest.closed = position.path, set(position.facts)
    return rest.count_from(position.question)


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
    return settle_list(question, frozenset(value if isinstance(value, tuple) else ()))


def settle_list(question: Question, chosen: Set[str]) -> dict[str, Value]:
    """The findings that a closed list settles; one that stands in it as a whole and is ticked has its own question."""
    settled: dict[str, Value] = {}
    for finding in question.asks:
        if finding.id not in question.options:
            settled[finding.id] = frozenset(chosen & set(finding.options))
        elif finding.type is FindingType.BOOL:
            settled[finding.id] = YES if finding.id in chosen else NO
        elif finding.id not in chosen:
            settled[finding.id] = frozenset() if finding.type is FindingType.MULTI else NONE
    return settled


def ticked(question: Question, facts: Facts) -> tuple[str, ...]:
    """What somebody ticks in a list who has exactly these findings."""
    several = [finding for finding in question.asks if finding.id not in question.options]
    return tuple(
        option
        for option in question.options
        if facts.get(option, NO) not in (NO, NONE, UNKNOWN, frozenset())
        or any(option in value for f in several if isinstance(value := facts.get(f.id), frozenset))
    )


class _Walk:
    """One way through the flow. What was volunteered counts together with the answers that are given."""

    def __init__(self, flow: Flow, answer_of: AnswerOf, answered: Sequence[str], volunteered: Facts) -> None:
        self.flow = flow
        self.answer_of = answer_of
        self.answered = answered
        self.volunteered = volunteered
        self.facts: dict[str, Value] = dict(volunteered)
        self.closed = {id for id, value in volunteered.items() if not isinstance(value, frozenset)}
        self.safe = counted_for_safety(flow.findings, self.facts)
        self.path: tuple[str, ...] = ()
        self.ticked: set[str] = set()

    def from_question(self, target: str) -> Position:
        """Walk on to the first question that is not answered, an ending or an emergency."""
        while True:
            if target in self.flow.pools:
                pool = self.flow.pools[target]
                chosen = self._chosen(pool)
                target = chosen.id if chosen else pool.then
                continue
            question = self.flow.questions.get(target)
            needed = question is not None and _is_needed(question, self.closed, self.safe)
            value = self.answer_of(question) if question and needed else None
            if question is None or (needed and value is None):
                return self._stop(question, target)
            fired = self._take(question, value) if value is not None else ()
            if fired:
                return Position(None, ASSESSMENT, self.path, self.facts, fired)
            target = next(edge.to for edge in question.next if edge.when is None or edge.when.holds(self.safe))

    def count_from(self, question: Question) -> int:
        """How many questions follow `question` when every answer is harmless; those of a pool as far as known now."""
        count, target = -1, question.id
        while target in self.flow.questions:
            question = self.flow.questions[target]
            value = self.answer_of(question) if _is_needed(question, self.closed, self.safe) else None
            if value is not None:
                self._take(question, value)
                count += 1
            target = next(edge.to for edge in question.next if edge.when is None or edge.when.holds(self.safe))
        if target in self.flow.pools:
            pool = self.flow.pools[target]
            count += count_left(self.flow, pool, self._left(pool), self._known())
        return max(count, 0)

    def _take(self, question: Question, value: AnswerValue) -> tuple[str, ...]:
        """Take an answer in; returns the emergency rules that it fires."""
        self.path = (*self.path, question.id)
        settled = settle(question, value)
        self.facts = merged(settled, self.facts)
        self.closed |= settled.keys()
        if isinstance(value, tuple):
            self.ticked |= {finding.id for finding in question.asks if finding.id in value}
        self.safe = counted_for_safety(self.flow.findings, self.facts)
        return _emergencies(self.flow, self.safe, settled)

    def _stop(self, question: Question | None, target: str) -> Position:
        if self.volunteered:
            all_answers = _with_all_answers(self.flow, self.facts, self.answer_of)
            fired = _emergencies(self.flow, all_answers, self.volunteered)
            if fired:
                return Position(None, ASSESSMENT, self.path, self.facts, fired)
        return Position(question, None if question else target, self.path, self.facts)

    def _chosen(self, pool: Pool) -> Question | None:
        """The next question of a pool: the first that was answered before, otherwise the one to be asked now."""
        left = self._left(pool)
        by_id = {question.id: question for question in left}
        for id in self.answered:
            if id in by_id and _is_needed(by_id[id], self.closed, self.safe):
                return by_id[id]
        return next_question(self.flow, pool, left, self._known())

    def _left(self, pool: Pool) -> list[Question]:
        return [self.flow.questions[id] for id in pool.questions if id not in self.path]

    def _known(self) -> Known:
        return Known(self.facts, self.safe, self.closed, self.ticked)


def _with_all_answers(flow: Flow, facts: dict[str, Value], answer_of: AnswerOf) -> Facts:
    """The facts for safety, with the answers that stand behind the open question: they are weighed all the same."""
    for question in flow.questions.values():
        value = answer_of(question)
        if value is not None:
            facts = merged(settle(question, value), facts)
    return counted_for_safety(flow.findings, facts)


def _with_selected(flow: Flow, position: Position, question: Question, selected: tuple[str, ...]) -> Position:
    """An option that is an emergency counts from the tap on, not only when the list is closed."""
    present = settle_list(question, frozenset(selected))
    settled = {id: value for id, value in present.items() if value not in (NO, NONE, frozenset())}
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
