"""What is proven of a flow at load: every way leads somewhere, and no way leads past a red flag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from bot.faults import Fault
from bot.flow.assessment import assess, assess_conversation
from bot.flow.conversation import AnswerValue, merged, volunteered_facts
from bot.flow.findings import NO, YES, FindingType, Value
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
from bot.flow.replay import Position, ticked, walk
from bot.flow.schema import Flow, Question, QuestionType, urgency_rank
from bot.strict_yaml import Document


def check_flow(flow: Flow, flow_file: Document, red_flags: Document) -> list[Fault]:
    """Structural faults (FLOW020 to FLOW025, FLOW031, FLOW037, FLOW040) and bypassed red flags (FLOW030)."""
    faults = [
        *_check_ways(flow, flow_file),
        *_check_guards(flow, flow_file),
        *_check_danger_asked(flow, flow_file),
        *_check_asked_further(flow, flow_file),
    ]
    if not faults:
        faults.extend(_check_red_flags(flow, red_flags))
    return faults


def _check_ways(flow: Flow, document: Document) -> Iterator[Fault]:
    if flow.start not in flow.questions:
        yield document.fault(("start",), "FLOW020", f"there is no question `{flow.start}`", "Name the first question.")
        return
    reached: set[str] = set()
    waiting = [flow.start]
    while waiting:
        id = waiting.pop()
        if id in reached:
            continue
        reached.add(id)
        waiting.extend(_ways_on(flow, id))
    for id in flow.questions:
        if id not in reached:
            hint = "Lead a `next` to it, or take it out."
            yield document.fault(("questions", id), "FLOW023", f"no way leads to `{id}`", hint)
    for ending in flow.endings:
        if ending not in reached:
            yield document.fault(("endings",), "FLOW023", f"no way leads to `{ending}`", "Take it out.")
    circle = _circle(flow)
    if circle:
        message = f"goes in a circle: {' > '.join(circle)}"
        yield document.fault(("questions", circle[0]), "FLOW024", message, "Lead one `next` further on.")


def _ways_on(flow: Flow, id: str) -> list[str]:
    """Where a question or a pool leads; its questions are in the pool's hands."""
    if id in flow.pools:
        return [*flow.pools[id].questions, flow.pools[id].then]
    in_a_pool = any(id in pool.questions for pool in flow.pools.values())
    return [] if in_a_pool or id not in flow.questions else [edge.to for edge in flow.questions[id].next]


def _circle(flow: Flow) -> list[str]:
    """The questions of one circle, or nothing."""
    done: set[str] = set()

    def visit(id: str, trail: list[str]) -> list[str]:
        if id in trail:
            return [*trail[trail.index(id) :], id]
        if id in done:
            return []
        for way in _ways_on(flow, id):
            found = visit(way, [*trail, id])
            if found:
                return found
        done.add(id)
        return []

    return visit(flow.start, [])


def _check_guards(flow: Flow, document: Document) -> Iterator[Fault]:
    asked = {finding.id for question in flow.questions.values() for finding in question.asks}
    for question in flow.questions.values():
        guards = [(("ask_when",), question.ask_when)]
        guards += [(("next", i, "when"), edge.when) for i, edge in enumerate(question.next)]  # type: ignore[misc]
        for path, guard in guards:
            if guard is not None and guard.findings() and not guard.findings() & asked:
                names = ", ".join(sorted(guard.findings()))
                message = f"depends on {names}, which no question asks"
                hint = "Ask it before, or take the guard out."
                yield document.fault(("questions", question.id, *path), "FLOW037", message, hint)


def _check_danger_asked(flow: Flow, document: Document) -> Iterator[Fault]:
    asked = {finding.id for question in flow.questions.values() for finding in question.asks}
    for id in flow.danger_findings:
        if id not in asked:
            message = f"no question asks the danger finding `{id}`"
            yield document.fault(("questions",), "FLOW031", message, "Add it to a danger question.")


def _check_asked_further(flow: Flow, document: Document) -> Iterator[Fault]:
    """A list may offer a finding as a whole only when a question of its own asks what exactly."""
    for question in flow.questions.values():
        for finding in question.asks:
            if finding.type is FindingType.BOOL or finding.id not in question.options:
                continue
            if not any(other.asks == (finding,) for other in flow.questions.values()):
                message = f"offers `{finding.id}`, and no question asks what exactly"
                hint = f"Add a question with `asks: [{finding.id}]`."
                yield document.fault(("questions", question.id, "offers"), "FLOW040", message, hint)


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody who has exactly these findings, and answers every other question with no, none or the mildest.

    Args:
        has: the findings; what they presuppose is added (a lump that pulsates is a lump).
        mildest: for each single finding, the answer that alone raises the urgency least.
    """

    has: dict[str, Value]
    mildest: dict[str, str]

    def answer(self, question: Question) -> AnswerValue:
        """What this patient answers."""
        if question.type is QuestionType.CHECKLIST:
            return ticked(question, self.has)
        finding = question.asks[0]
        value = self.has.get(finding.id)
        match finding.type:
            case FindingType.NUMBER:
                return value if isinstance(value, int) else finding.minimum
            case FindingType.SINGLE:
                return str(value) if value in question.options else self.mildest[finding.id]
            case _:
                return YES if value == YES else NO


def play(flow: Flow, has: dict[str, Value], mildest: dict[str, str] | None = None) -> Position:
    """Where a patient ends up who has these findings and answers every question.

    Args:
        mildest: result of `mildest_answers`, to save working it out again.
    """
    presupposed = dict(has)
    for id in has:
        reference = flow.findings[id].presupposes
        if reference:
            presupposed = merged(volunteered_facts(flow.findings, (reference,)), presupposed)
    return walk(flow, Patient(presupposed, mildest or mildest_answers(flow)).answer, {})


def mildest_answers(flow: Flow) -> dict[str, str]:
    """Of every single finding the last answer that raises the urgency least; of a question's own options the first."""
    mildest: dict[str, str] = {}
    for question in flow.questions.values():
        finding = question.asks[0]
        if finding.type is not FindingType.SINGLE:
            continue
        options = question.options if question.has_own_options else tuple(reversed(question.options))
        mildest[finding.id] = min(options, key=lambda o: urgency_rank(assess(flow, {finding.id: o}).urgency))
    return mildest


def _check_red_flags(flow: Flow, document: Document) -> Iterator[Fault]:
    """Play a patient for every smallest set of findings that satisfies a rule; none may end milder than the rule.

    One patient per rule is reported.

    Where the patient's other answers take the rule back (it says `not`), nothing was missed.

    A set that no answer can produce (an option that no question offers) is passed over: typed words and
    ``triage`` may still bring it up, and the rule then decides.
    """
    offered, mildest = _producible(flow), mildest_answers(flow)
    for i, rule in enumerate(flow.rules):
        for has in satisfying(flow, rule.when):
            if not rule.when.holds(has) or not _within(has, offered):
                continue
            position = play(flow, has, mildest)
            urgency = assess_conversation(flow, position.facts).urgency
            missed = position.ending is None or urgency_rank(urgency) < urgency_rank(rule.urgency)
            if missed and rule.when.holds(merged(position.facts, has)):
                who = ", ".join(f"{id}: {_shown(value)}" for id, value in sorted(has.items())) or "no finding"
                message = f"{rule.id} can be missed: a patient with {who} ends at {urgency}"
                hint = "Ask these findings on every way, or loosen `ask_when`."
                yield document.fault(("rules", i, "when"), "FLOW030", message, hint)
                break


def satisfying(flow: Flow, guard: Guard) -> Iterator[dict[str, Value]]:
    """The smallest sets of facts that make a guard hold."""
    match guard:
        case OneOf(finding, values):
            multi = flow.findings[finding].type is FindingType.MULTI
            for value in sorted(values):
                yield {finding: frozenset({value}) if multi else value}
        case Between(finding, at_least, _):
            yield {finding: at_least}
        case AllOf(parts):
            for choice in product(*(tuple(satisfying(flow, part)) for part in parts)):
                joined = _joined(choice)
                if joined is not None:
                    yield joined
        case AnyOf(parts, 1):
            for part in parts:
                yield from satisfying(flow, part)
        case AnyOf(parts, count):
            yield from _several(flow, parts, count)
        case Not(part):
            yield from _avoiding(flow, part)


def _several(flow: Flow, parts: tuple[Guard, ...], count: int) -> Iterator[dict[str, Value]]:
    for i, part in enumerate(parts):
        if count == 1:
            yield from satisfying(flow, part)
            continue
        for first in satisfying(flow, part):
            for rest in _several(flow, parts[i + 1 :], count - 1):
                joined = _joined((first, rest))
                if joined is not None:
                    yield joined


def _avoiding(flow: Flow, part: Guard) -> Iterator[dict[str, Value]]:
    """Facts under which `part` does not hold: nothing known, or another option of a single finding."""
    match part:
        case OneOf(finding, values) if flow.findings[finding].type is FindingType.SINGLE:
            for option in flow.findings[finding].options:
                if option not in values:
                    yield {finding: option}
        case _:
            yield {}


def _joined(facts: tuple[dict[str, Value], ...]) -> dict[str, Value] | None:
    joined: dict[str, Value] = {}
    for part in facts:
        for id, value in part.items():
            before = joined.get(id, value)
            if isinstance(before, frozenset) and isinstance(value, frozenset):
                joined[id] = before | value
            elif before != value:
                return None
            else:
                joined[id] = value
    return joined


def _producible(flow: Flow) -> dict[str, frozenset[str]]:
    """Which options of single and multi findings some question offers."""
    offered: dict[str, frozenset[str]] = {}
    for question in flow.questions.values():
        for finding in question.asks:
            options = frozenset(question.options) if finding.options else frozenset({YES, NO})
            offered[finding.id] = offered.get(finding.id, frozenset()) | options
    return offered


def _within(has: dict[str, Value], offered: dict[str, frozenset[str]]) -> bool:
    for id, value in has.items():
        if id not in offered:
            return False
        if isinstance(value, frozenset) and not value <= offered[id]:
            return False
        if isinstance(value, str) and offered[id] and value not in offered[id]:
            return False
    return True


def _shown(value: Value) -> str:
    return "+".join(sorted(value)) if isinstance(value, frozenset) else str(value)
