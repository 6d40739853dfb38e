"""Which question of a pool is asked next: the one that can still change what the patient is told; none when none can.

In this order: questions that decide a rule more urgent than what is certain already, the most urgent rules first;
among them those that decide on their own in the order of the pool, then the others by information. Then the question
that promises most information about the conditions; then what a self-care tip waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from bot.flow.findings import Facts, references
from bot.flow.guards import Guard
from bot.flow.information import Information
from bot.flow.matching import certain_rules
from bot.flow.schema import URGENCIES, Flow, Pool, Question, Rule, urgency_rank

_URGENT = urgency_rank("same_day")
_NO_BITS = 1e-9


@dataclass(frozen=True, slots=True)
class Known:
    """What is known while a pool is worked through.

    Args:
        facts: what the patient said.
        safe: the same with every unsure answer counted to the safe side.
        closed: findings that need not be asked any more.
        ticked: findings that a list offered as a whole and the patient ticked.
    """

    facts: Facts
    safe: Facts
    closed: Set[str]
    ticked: Set[str] = frozenset()


def next_question(flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> Question | None:
    """The question of a pool to ask next, None when nothing that is left can change the outcome.

    Args:
        flow: rules, conditions and gates.
        pool: where the questions stand.
        left: its questions that are not answered, in order.
        known: what is known.
    """
    return next(_Choice(flow, pool, left, known).by_weight(), None)


def count_left(flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> int:
    """About how many questions of a pool will be asked, as far as is known now.

    Most answers settle what other questions would have told; so only those count that can decide a rule on their own or
    ask further about what was said. For the development half of tests/vignettes this was 1.5 questions off on average.
    """
    return len(_Choice(flow, pool, left, known).likely())


class _Choice:
    """The choice between the questions that are left."""

    def __init__(self, flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> None:
        self.flow = flow
        self.pool = pool
        self.left = left
        self.known = known
        self.open = _open_findings(left, known)
        self.ready = [question for question in left if self._is_ready(question)]
        truths = [(rule, rule.when.truth(known.safe, self.open)) for rule in flow.rules]
        self.certain = max((urgency_rank(rule.urgency) for rule, truth in truths if truth), default=0)
        self.undecided = [rule for rule, truth in truths if truth is None]
        self.information = Information(flow, known.facts, known.closed)

    def by_weight(self) -> Iterator[Question]:
        """What can change the outcome, the weightiest first; a question may come more than once."""
        for urgency in reversed(URGENCIES[self.certain + 1 :]):
            rules = [rule for rule in self.undecided if rule.urgency == urgency]
            yield from (question for question in self.ready if self._decides_alone(question, rules))
            yield from self._by_information(self._deciding(rules))
        if self.certain < _URGENT:
            yield from self._following_up()
            yield from self._naming()
        if not self._is_explained():
            least = max(self.pool.least_information, _NO_BITS)
            yield from (q for q in self._by_information(self.ready) if self.information.bits(q) >= least)
        yield from self._opening_tips()

    def likely(self) -> Set[str]:
        """Ids of the questions that will probably be asked."""
        rules = [rule for rule in self.undecided if urgency_rank(rule.urgency) > self.certain]
        asking = [question for question in self.ready if self._decides_alone(question, rules)]
        if self.certain < _URGENT:
            asking += self._following_up()
        return {question.id for question in asking}

    def _is_ready(self, question: Question) -> bool:
        asked = question.ask_when is None or question.ask_when.holds(self.known.safe)
        return asked and not self.open.isdisjoint(question.finding_ids)

    def _deciding(self, rules: Sequence[Rule]) -> list[Question]:
        wanted = self._open_in([rule.when for rule in rules])
        return self._about(wanted | self._leading_to(wanted))

    def _decides_alone(self, question: Question, rules: Sequence[Rule]) -> bool:
        """Whether a rule is undecided with nothing else open: it is then undecided all the more with the rest open."""
        alone, safe = self.open & question.finding_ids, self.known.safe
        return any(not alone.isdisjoint(rule.findings) and rule.when.truth(safe, alone) is None for rule in rules)

    def _leading_to(self, wanted: Set[str]) -> frozenset[str]:
        """Findings that decide whether a question about what is wanted is put at all."""
        guards = [question.ask_when for question in self.left if question.ask_when and _asks(question, wanted)]
        return self._open_in(guards)

    def _following_up(self) -> Iterator[Question]:
        """Questions that ask further about what the patient has said: what kind of lump, which medicine."""
        present = frozenset(references(self.known.facts))
        ticked = self.known.ticked
        yield from (q for q in self.ready if any(f.presupposes in present or f.id in ticked for f in q.asks))

    def _naming(self) -> Iterator[Question]:
        """Questions that decide a rule of the level that is certain already, when it would name what is explained."""
        rules = [rule for rule in self.undecided if rule.conditions and urgency_rank(rule.urgency) == self.certain]
        yield from self._about(self._open_in([rule.when for rule in rules]))

    def _is_explained(self) -> bool:
        """Whether the rules name what there is to explain: at the urgent levels nothing is asked for its sake then."""
        urgent = [rule for rule in self.flow.rules if urgency_rank(rule.urgency) >= max(self.certain, _URGENT)]
        return any(rule.conditions for rule in certain_rules(urgent, self.known.facts))

    def _opening_tips(self) -> Iterator[Question]:
        wanted: set[str] = set()
        for gate in self.flow.tips.values():
            withheld = any(guard.truth(self.known.safe, self.open) for guard in gate.withhold_if)
            if not withheld and self.certain <= urgency_rank(gate.up_to):
                wanted.update(id for id in gate.needs if id in self.open)
        yield from self._about(wanted)

    def _open_in(self, guards: Sequence[Guard]) -> frozenset[str]:
        """The open findings that may still decide one of the guards."""
        return frozenset[str]().union(*(guard.undecided(self.known.safe, self.open) for guard in guards))

    def _about(self, wanted: Set[str]) -> list[Question]:
        return [question for question in self.ready if _asks(question, wanted)]

    def _by_information(self, questions: Sequence[Question]) -> list[Question]:
        return sorted(questions, key=lambda question: -self.information.bits(question))


def _open_findings(left: Sequence[Question], known: Known) -> frozenset[str]:
    """Findings that may still be asked: a question that certainly will not be put opens nothing."""
    asked = frozenset[str]().union(*(question.finding_ids for question in left)) - known.closed
    possible = (q for q in left if q.ask_when is None or q.ask_when.truth(known.safe, asked) is not False)
    return frozenset[str]().union(*(question.finding_ids for question in possible)) - known.closed


def _asks(question: Question, wanted: Set[str]) -> bool:
    return not question.finding_ids.isdisjoint(wanted)
