"""Which question of a pool is asked next: the one that can still change what the patient is told; none when none can.

In this order: questions that decide a rule more urgent than what is certain already, the most urgent rules first;
among them those that decide on their own in the order of the pool, then the others by information. Then the question
that promises most information about the conditions; then what a self-care tip waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from math import log2

from bot.flow.findings import Facts, Finding, FindingType, references
from bot.flow.matching import certain_rules, likelihood, likely_conditions
from bot.flow.schema import URGENCIES, ConditionFeatures, Flow, Pool, Question, urgency_rank

_URGENT = urgency_rank("same_day")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known while a pool is worked through.

    Args:
        facts: what the patient said.
        safe: the same with every unsure answer counted to the safe side.
        closed: findings that need not be asked any more.
    """

    facts: Facts
    safe: Facts
    closed: Set[str]


def next_question(flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> Question | None:
    """The question of a pool to ask next, None when nothing that is left can change the outcome.

    Args:
        flow: rules, conditions and gates.
        pool: where the questions stand.
        left: its questions that are not answered, in order.
        known: what is known.
    """
    return next(_by_weight(flow, pool, left, known), None)


def count_left(flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> int:
    """How many questions of a pool can still change the outcome, as far as is known now."""
    return len({question.id for question in _by_weight(flow, pool, left, known)})


def _by_weight(flow: Flow, pool: Pool, left: Sequence[Question], known: Known) -> Iterator[Question]:
    open = _open_findings(left, known)
    ready = [question for question in left if _is_open(question, open) and _may_be_asked(question, known)]
    certain = max(
        (urgency_rank(rule.urgency) for rule in flow.rules if rule.when.truth(known.safe, open)),
        default=0,
    )
    yield from _deciding(flow, left, ready, known, open, certain)
    if certain < _URGENT:
        yield from _following_up(ready, known)
        yield from _naming(flow, ready, known, open, certain)
    if not _is_explained(flow, known, certain):
        yield from (q for q, bits in _by_information(flow, ready, known) if bits > 0 and bits >= pool.least_information)
    yield from _opening_tips(flow, ready, known, open, certain)


def _is_explained(flow: Flow, known: Known, certain: int) -> bool:
    """Whether the rules name what there is to explain: at the urgent levels nothing is asked for its sake then."""
    urgent = [rule for rule in flow.rules if urgency_rank(rule.urgency) >= max(certain, _URGENT)]
    return any(rule.conditions for rule in certain_rules(urgent, known.facts))


def _open_findings(left: Sequence[Question], known: Known) -> frozenset[str]:
    """Findings that may still be asked: a question that certainly will not be put opens nothing."""
    asked = frozenset(finding.id for question in left for finding in question.asks) - known.closed
    return frozenset(
        finding.id
        for question in left
        if question.ask_when is None or question.ask_when.truth(known.safe, asked) is not False
        for finding in question.asks
        if finding.id not in known.closed
    )


def _is_open(question: Question, open: Set[str]) -> bool:
    return any(finding.id in open for finding in question.asks)


def _may_be_asked(question: Question, known: Known) -> bool:
    return question.ask_when is None or question.ask_when.holds(known.safe)


def _deciding(
    flow: Flow, left: Sequence[Question], ready: Sequence[Question], known: Known, open: Set[str], certain: int
) -> Iterator[Question]:
    for urgency in reversed(URGENCIES[certain + 1 :]):
        rules = [rule.when for rule in flow.rules if rule.urgency == urgency]
        wanted = frozenset[str]().union(*(when.undecided(known.safe, open) for when in rules))
        if not wanted:
            continue
        wanted |= _leading_to(left, wanted, known, open)

        def decides_alone(question: Question) -> bool:
            alone = frozenset(finding.id for finding in question.asks) & open
            return any(when.truth(known.safe, alone) is None for when in rules)  # noqa: B023

        asking = [question for question in ready if _asks(question, wanted)]
        yield from (question for question in asking if decides_alone(question))
        yield from (question for question, _ in _by_information(flow, asking, known))


def _following_up(ready: Sequence[Question], known: Known) -> Iterator[Question]:
    """Questions that ask further about what the patient has said: what kind of lump, what eases the pain of walking."""
    present = frozenset(references(known.facts))
    yield from (q for q in ready if any(finding.presupposes in present for finding in q.asks))


def _naming(flow: Flow, ready: Sequence[Question], known: Known, open: Set[str], certain: int) -> Iterator[Question]:
    """Questions that decide a rule of the level that is certain already, when it would name what is explained."""
    rules = [rule for rule in flow.rules if rule.conditions and urgency_rank(rule.urgency) == certain]
    wanted = frozenset[str]().union(*(rule.when.undecided(known.safe, open) for rule in rules))
    yield from (question for question in ready if _asks(question, wanted))


def _leading_to(left: Sequence[Question], wanted: Set[str], known: Known, open: Set[str]) -> frozenset[str]:
    """Findings that decide whether a question about what is wanted is put at all."""
    guards = [question.ask_when for question in left if question.ask_when and _asks(question, wanted)]
    return frozenset[str]().union(*(guard.undecided(known.safe, open) for guard in guards))


def _asks(question: Question, wanted: Set[str]) -> bool:
    return any(finding.id in wanted for finding in question.asks)


def _by_information(flow: Flow, questions: Sequence[Question], known: Known) -> list[tuple[Question, float]]:
    """Questions with the bits that their answers promise about the conditions: mutual information, most first."""
    likely = likely_conditions(flow, known.facts)
    promised = [(question, _information(question, likely, known)) for question in questions]
    return sorted(promised, key=lambda pair: -pair[1])


def _information(question: Question, likely: Sequence[tuple[ConditionFeatures, float]], known: Known) -> float:
    return sum(
        _mutual_information([(share, likelihood(condition, reference)) for condition, share in likely])
        for finding in question.asks
        if finding.id not in known.closed
        for reference in _references(question, finding)
    )


def _references(question: Question, finding: Finding) -> Iterator[str]:
    if finding.type is FindingType.BOOL:
        yield finding.id
    elif finding.id in question.options:
        yield from (f"{finding.id}.{option}" for option in finding.options)
    elif finding.type is not FindingType.NUMBER:
        yield from (f"{finding.id}.{option}" for option in question.options if option in finding.options)


def _mutual_information(cases: Sequence[tuple[float, float]]) -> float:
    """Bits that yes or no tells about which case it is, each given as its share and how likely yes is in it."""
    overall = sum(share * yes for share, yes in cases)
    return sum(
        share * (yes * log2(yes / overall) + (1 - yes) * log2((1 - yes) / (1 - overall))) for share, yes in cases
    )


def _opening_tips(
    flow: Flow, ready: Sequence[Question], known: Known, open: Set[str], certain: int
) -> Iterator[Question]:
    wanted: set[str] = set()
    for gate in flow.tips.values():
        if certain > urgency_rank(gate.up_to) or any(guard.truth(known.safe, open) for guard in gate.withhold_if):
            continue
        wanted.update(id for id in gate.needs if id in open)
    yield from (question for question in ready if _asks(question, wanted))
