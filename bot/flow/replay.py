"""Where a conversation stands: replay its answers through the flow and see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.flow.asking import Known, count_left, next_question
from bot.flow.conversation import AnswerValue, Conversation, joined, merged, volunteered_facts
from bot.flow.findings import NO, UNKNOWN, YES, Facts, FindingType, Value, counted_for_safety
from bot.flow.recent import Recent
from bot.flow.schema import ASSESSMENT, DONE, NONE, Flow, Pool, Question, QuestionType

DropReason = Literal["expired", "changed"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation stands.

    Args:
        question: the open question, None at an ending.
        ending: the ending reached, None while a question is open.
        path: questions answered on the way, in order.
        known: what is known, and what need not be asked any more.
        emergency: ids of the emergency rules that ended the way, if any.
        dropped: answers that no longer count, and why.
    """

    question: Question | None
    ending: str | None
    path: tuple[str, ...]
    known: Known
    emergency: tuple[str, ...] = ()
    dropped: tuple[tuple[str, DropReason], ...] = ()

    @property
    def facts(self) -> Facts:
        """What the patient said."""
        return self.known.facts


AnswerOf = Callable[[Question], AnswerValue | None]


def replay(flow: Flow, conversation: Conversation, now: datetime, memory: Memory | None = None) -> Position:
    """Replay the answers of a conversation.

    Args:
        flow: the flow as it is now; it may have changed since the answers were given.
        conversation: whose answers count; options tapped in an open checklist count towards emergency rules.
        now: timezone-aware; answers older than their `valid_for` are dropped.
        memory: of the same flow.

    Returns:
        The position. The conversation is not changed; dropped answers are only reported.
    """
    dropped = dict(outdated_answers(flow, conversation, now))
    given = tuple((id, answer.value) for id, answer in conversation.answers.items() if id not in dropped)
    replayed = Replayed(given, conversation.volunteered)
    before = memory.replayed.get(conversation.id) if memory else None
    position = _resumed(flow, replayed, *before) if before else None
    if position is None:
        position = _walk_of(flow, replayed).from_question(flow.start)
    if memory:
        memory.replayed.keep(conversation.id, (replayed, position))
    if position.question and conversation.selected and position.question.id == conversation.asking:
        position = _with_selected(flow, position, position.question, conversation.selected)
    return replace(position, dropped=tuple(dropped.items())) if dropped else position


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a position follows from: the answers in the order in which they were given, and what words brought up."""

    answers: tuple[tuple[str, AnswerValue], ...]
    volunteered: tuple[str, ...]


class Memory:
    """What was worked out lately for one flow: nothing follows from it that would not follow without it.

    Args:
        most: conversations of which is known where they stood when they were last replayed, so that only what came
            since is taken in. The same number of counts is kept; 500 take about 5 MB together.
    """

    def __init__(self, most: int) -> None:
        self.replayed: Recent[str, tuple[Replayed, Position]] = Recent(most)
        self.counts: Recent[tuple[tuple[str, ...], frozenset[tuple[str, Value]]], int] = Recent(most)


def _resumed(flow: Flow, replayed: Replayed, before: Replayed, position: Position) -> Position | None:
    """The position after an earlier one, None when more than the open question was answered since."""
    if replayed == before:
        return position
    if replayed.volunteered != before.volunteered or replayed.answers[:-1] != before.answers:
        return None
    if position.question is None or position.question.id != replayed.answers[-1][0]:
        return None
    walk = _walk_of(flow, replayed)
    walk.go_on_from(position)
    return walk.from_question(position.question.id)


def _walk_of(flow: Flow, replayed: Replayed) -> _Walk:
    answers, volunteered = dict(replayed.answers), volunteered_facts(flow.findings, replayed.volunteered)
    return _Walk(flow, lambda question: answers.get(question.id), tuple(answers), volunteered)


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


def remaining_questions(flow: Flow, position: Position, memory: Memory | None = None) -> int:
    """About how many questions follow the open one, if nothing further is wrong.

    Args:
        memory: of the same flow. Whoever has nothing so far is expected to answer the same.
    """
    if position.question is None:
        return 0
    rest = _Walk(flow, _harmless_answer, (), position.facts)
    rest.path, rest.closed = list(position.path), set(position.facts)
    return rest.count_from(position.question, memory or Memory(1))


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
        self.unused = dict.fromkeys(answered)
        self.volunteered = volunteered
        self.facts: dict[str, Value] = dict(volunteered)
        self.closed = {id for id, value in volunteered.items() if not isinstance(value, frozenset)}
        self.safe = counted_for_safety(flow.findings, self.facts)
        self.path: list[str] = []
        self.ticked: set[str] = set()

    def go_on_from(self, position: Position) -> None:
        """Begin where an earlier walk with the same facts volunteered stopped."""
        known = position.known
        self.path = list(position.path)
        for id in position.path:
            self.unused.pop(id, None)
        self.facts, self.safe = dict(known.facts), dict(known.safe)
        self.closed, self.ticked = set(known.closed), set(known.ticked)

    def from_question(self, target: str) -> Position:
        """Walk on to the first question that is not answered, an ending or an emergency."""
        while True:
            pool = self.flow.pools.get(target)
            question = self._chosen(pool) if pool else self.flow.questions.get(target)
            if question is None:
                if pool is None:
                    return self._stop(None, target)
                target = pool.then
                continue
            if self._is_needed(question):
                value = self.answer_of(question)
                if value is None:
                    return self._stop(question, None)
                fired = _emergencies(self.flow, self.safe, self._take(question, value))
                if fired:
                    return self._position(None, ASSESSMENT, fired)
            target = self._next(question)

    def count_from(self, question: Question, memory: Memory) -> int:
        """How many questions follow `question` when every answer is harmless; those of a pool as far as known now."""
        count, target = -1, question.id
        while target in self.flow.questions:
            question = self.flow.questions[target]
            if self._is_needed(question):
                self._take(question, _harmless_answer(question))
                count += 1
            target = self._next(question)
        if target in self.flow.pools:
            count += self._count_left(self.flow.pools[target], memory)
        return max(count, 0)

    def _count_left(self, pool: Pool, memory: Memory) -> int:
        left = self._left(pool)
        key = tuple(question.id for question in left), frozenset(self.facts.items())
        count = memory.counts.get(key)
        if count is None:
            count = count_left(self.flow, pool, left, Known(self.facts, self.safe, self.facts.keys()))
            memory.counts.keep(key, count)
        return count

    def _take(self, question: Question, value: AnswerValue) -> Facts:
        """Take an answer in; returns what it settles."""
        self.path.append(question.id)
        self.unused.pop(question.id, None)
        settled = settle(question, value)
        self.closed |= settled.keys()
        for id, settled_value in settled.items():
            known = self.facts[id] = joined(settled_value, self.facts.get(id))
            safer = self.flow.findings[id].unsure_counts_as if known == UNKNOWN else known
            if safer is not None:
                self.safe[id] = safer
        if isinstance(value, tuple):
            self.ticked |= question.finding_ids.intersection(value)
        return settled

    def _next(self, question: Question) -> str:
        return next(edge.to for edge in question.next if edge.when is None or edge.when.holds(self.safe))

    def _stop(self, question: Question | None, ending: str | None) -> Position:
        if self.volunteered:
            all_answers = _with_all_answers(self.flow, self.facts, self.answer_of)
            fired = _emergencies(self.flow, all_answers, self.volunteered)
            if fired:
                return self._position(None, ASSESSMENT, fired)
        return self._position(question, ending)

    def _position(self, question: Question | None, ending: str | None, emergency: tuple[str, ...] = ()) -> Position:
        return Position(question, ending, tuple(self.path), self._known(), emergency)

    def _chosen(self, pool: Pool) -> Question | None:
        """The next question of a pool: the first that was answered before, otherwise the one to be asked now."""
        for id in self.unused:
            if id in pool.questions and self._is_needed(self.flow.questions[id]):
                return self.flow.questions[id]
        return next_question(self.flow, pool, self._left(pool), self._known())

    def _left(self, pool: Pool) -> list[Question]:
        answered = set(self.path)
        return [self.flow.questions[id] for id in pool.questions if id not in answered]

    def _is_needed(self, question: Question) -> bool:
        """Whether a question has something open. A list of which words brought up one option is still asked."""
        asked = question.ask_when is None or question.ask_when.holds(self.safe)
        return asked and not question.finding_ids <= self.closed

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
    safe = counted_for_safety(flow.findings, facts)
    fired = _emergencies(flow, safe, settled)
    if not fired:
        return position
    return Position(None, ASSESSMENT, position.path, replace(position.known, facts=facts, safe=safe), fired)


def _emergencies(flow: Flow, safe: Facts, changed: Facts) -> tuple[str, ...]:
    """Ids of emergency rules that hold, looking only at rules that the changed findings concern."""
    concerned = {rule.id: rule for finding in changed for rule in flow.emergency_rules[finding]}
    return tuple(id for id, rule in concerned.items() if rule.when.holds(safe))


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
