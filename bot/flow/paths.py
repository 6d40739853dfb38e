"""Every way through the flow to an outcome, without what distinguishes nothing: data for a sheet that a doctor signs.

The most urgent rule that holds decides, so that the smallest sets of findings that satisfy a rule are the paths that
differ; every other path is one of them with something added that changes nothing, or the most urgent of several.
Each is played as a patient who has just these findings and otherwise the mildest answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.flow.assessment import Assessment, OfferedTip, WithheldTip, assess, assess_conversation
from bot.flow.checks import play
from bot.flow.conversation import merged, volunteered_facts
from bot.flow.findings import Facts, FindingType, Value, references
from bot.flow.guards import Between, Guard, OneOf
from bot.flow.schema import Flow, Rule, urgency_rank
from bot.flow.ways import Way, facts_of, open_besides, ways_to

NOTHING = "0"
"""Number of the line of somebody who has nothing that a rule looks at."""

THESE = "these"
"""Stands for the line's own findings where they are why a tip is withheld."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows for the patients of a line; two lines are told apart by it.

    Args:
        rules: every rule that fired, most urgent first.
        tips, withheld: every self-care tip is in one of them; a reason is a finding reference, ``urgency.<level>``,
            ``unanswered.<finding>`` or `THESE`.
        asked: questions asked until the end, in order.
        is_asked: some question brings the findings up; otherwise only typed words do.
    """

    urgency: str
    rules: tuple[str, ...]
    conditions: tuple[str, ...]
    tips: tuple[OfferedTip, ...]
    withheld: tuple[WithheldTip, ...]
    asked: tuple[str, ...]
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class PathLine:
    """One line: patients for whom the same follows.

    Args:
        id: rule and running number, such as ``S1-3``; `NOTHING` for the last line.
        rule: the rule that the line belongs to, None for the last one.
        needs: of each, one alternative is there: a guard about one value of one finding.
        exceptions: guards of which none may hold.
        too_late: exceptions that no conversation gets to ask about before the outcome; they count in `triage` only.
        assumed: answers to questions with one answer that are not the usual ones, because those would be more urgent.
        consequences: what follows.
    """

    id: str
    rule: str | None
    needs: tuple[tuple[Guard, ...], ...]
    exceptions: tuple[Guard, ...]
    too_late: tuple[Guard, ...]
    assumed: tuple[tuple[str, str], ...]
    consequences: Consequences

    @property
    def urgency(self) -> str:
        """The level at which these patients end."""
        return self.consequences.urgency

    def holds(self, facts: Facts) -> bool:
        """Whether a conversation with somebody who has these findings comes to this line."""
        has_all = all(any(guard.holds(facts) for guard in alternatives) for alternatives in self.needs)
        return has_all and not any(exception.holds(facts) for exception in self.exceptions)


@dataclass(frozen=True, slots=True)
class CoveredPath:
    """Ways to a rule that need no line: who comes there comes to another line that is as urgent or more so.

    Args:
        by: id of that line.
    """

    rule: str
    needs: tuple[tuple[Guard, ...], ...]
    exceptions: tuple[Guard, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Paths:
    """All lines of a flow.

    Args:
        lines: most urgent first, in the order of the rules; the last is somebody with nothing.
        covered: what was left out, and for which line.
        usual: what somebody answers to questions with one answer where no finding of a line says otherwise.
    """

    lines: tuple[PathLine, ...]
    covered: tuple[CoveredPath, ...]
    usual: Mapping[str, str]


def list_paths(flow: Flow) -> Paths:
    """Every path of a flow that differs from the others."""
    player = _Player(flow)
    lines: list[PathLine] = []
    left: list[tuple[Rule, PathLine]] = []
    for rule in flow.rules:
        played = [player.line(rule, way) for way in player.ways[rule.id]]
        own = [line for line in played if _is_own(rule, line)]
        lines.extend(_numbered(rule, _collapsed(own)))
        left.extend((rule, line) for line in played if not _is_own(rule, line))
    covered: list[PathLine] = []
    for rule, line in left:
        by = next((other.id for other in lines if _covers(flow, other, rule, line)), None)
        if by:
            covered.append(replace(line, id=by))
        else:
            number = sum(other.rule == rule.id for other in lines) + 1
            lines.append(replace(line, id=f"{rule.id}-{number}"))
    order = [rule.id for rule in flow.rules]
    lines.sort(key=lambda line: (-urgency_rank(line.urgency), order.index(str(line.rule))))
    return Paths(
        lines=(*lines, player.nothing()),
        covered=tuple(
            CoveredPath(str(line.rule), line.needs, line.exceptions, line.id) for line in _collapsed(covered)
        ),
        usual=player.usual,
    )


def _is_own(rule: Rule, line: PathLine) -> bool:
    return line.urgency == rule.urgency and rule.id in line.consequences.rules


class _Player:
    """Plays the patients of one flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.ways = {rule.id: ways_to(flow, rule.when) for rule in flow.rules}
        self.options = _single_options(flow)
        self.usual = self._usual()

    def nothing(self) -> PathLine:
        """The line of somebody who has nothing that a rule looks at."""
        return self._line(NOTHING, None, Way(), ())

    def line(self, rule: Rule, way: Way) -> PathLine:
        """The line of one way to a rule."""
        too_late = tuple(exception for exception in way.exceptions if self._is_too_late(rule, way, exception))
        line = self._line(rule.id, rule, way, too_late)
        if urgency_rank(line.urgency) < urgency_rank(rule.urgency):
            return replace(line, consequences=self._only_typed(way))
        return line

    def _line(self, id: str, rule: Rule | None, way: Way, too_late: tuple[Guard, ...]) -> PathLine:
        answers = self._mildest(way)
        consequences = self._played(way, answers)
        asked = {finding.id for id in consequences.asked for finding in self.flow.questions[id].asks}
        needed = {id for need in way.needs for id in need.findings()}
        return PathLine(
            id=id,
            rule=rule.id if rule else None,
            needs=tuple((need,) for need in way.needs),
            exceptions=tuple(exception for exception in way.exceptions if exception not in too_late),
            too_late=too_late,
            assumed=tuple(
                (id, answer)
                for id, answer in answers.items()
                if id in asked and id not in needed and answer != self.usual[id]
            ),
            consequences=consequences,
        )

    def _played(self, way: Way, answers: dict[str, str]) -> Consequences:
        has = self._having(way)
        position = play(self.flow, has, answers)
        return _consequences(assess_conversation(self.flow, position.facts), position.path, self._own(has))

    def _only_typed(self, way: Way) -> Consequences:
        """For findings that no question brings up: what follows once they were typed."""
        has = self._having(way)
        return replace(_consequences(assess(self.flow, has), (), self._own(has)), is_asked=False)

    def _having(self, way: Way) -> dict[str, Value]:
        return facts_of(self.flow, way.needs) or {}

    def _own(self, has: Facts) -> frozenset[str]:
        """The references of findings, and of what they presuppose."""
        presupposed = (reference for id in has if (reference := self.flow.findings[id].presupposes))
        return frozenset(references(merged(volunteered_facts(self.flow.findings, presupposed), has)))

    def _is_too_late(self, rule: Rule, way: Way, exception: Guard) -> bool:
        """Whether the rule still fires for everybody who comes this way and to whom the exception applies."""
        tries = [Way((*way.needs, *to_it.needs), to_it.exceptions) for to_it in ways_to(self.flow, exception)]
        possible = [each for each in tries if facts_of(self.flow, each.needs) is not None]
        return all(rule.id in self._played(each, self._mildest(each)).rules for each in possible)

    def _usual(self) -> dict[str, str]:
        """Answers that no rule speaks of, if there are, and that together raise nothing."""
        self.options = {id: tuple(sorted(options, key=self._weight(id))) for id, options in self.options.items()}
        self.usual = {id: options[0] for id, options in self.options.items()}
        return self._mildest(Way())

    def _weight(self, id: str) -> Callable[[str], tuple[bool, int]]:
        """How much an option of a finding says: whether a rule speaks of it, and how much it speaks for a condition."""
        mentioned = {need for ways in self.ways.values() for way in ways for need in way.needs}

        def weight(option: str) -> tuple[bool, int]:
            features = (each.supporting.get(f"{id}.{option}", 0) for each in self.flow.conditions.values())
            return (OneOf(id, frozenset({option})) in mentioned, max(features, default=0))

        return weight

    def _mildest(self, way: Way) -> dict[str, str]:
        """For each question with one answer the usual one, or the first that raises less beside the way's findings."""
        has = self._having(way)
        answers = dict(self.usual)
        # Twice, as an answer may turn out to be needless once a later one is chosen.
        for id in (*self.options, *self.options):
            if id not in has:
                tried = (answers[id], *self.options[id])
                answers[id] = min(tried, key=lambda option: self._raised(way, {**answers, id: option, **has}))
        return answers

    def _raised(self, way: Way, facts: Facts) -> tuple[bool, int, int]:
        fired = [urgency_rank(rule.urgency) for rule in self.flow.rules if rule.when.holds(facts)]
        return (any(exception.holds(facts) for exception in way.exceptions), max(fired, default=0), len(fired))


def _single_options(flow: Flow) -> dict[str, tuple[str, ...]]:
    """Every finding that a question with one answer asks for, with the options that can be chosen."""
    options: dict[str, tuple[str, ...]] = {}
    for question in flow.questions.values():
        if len(question.asks) == 1 and question.asks[0].type is FindingType.SINGLE:
            id = question.asks[0].id
            options[id] = tuple(dict.fromkeys((*options.get(id, ()), *question.options)))
    return options


def _consequences(assessment: Assessment, asked: tuple[str, ...], own: frozenset[str]) -> Consequences:
    def reasons(tip: WithheldTip) -> tuple[str, ...]:
        return tuple(dict.fromkeys(THESE if reason in own else reason for reason in tip.reasons))

    return Consequences(
        urgency=assessment.urgency,
        rules=tuple(rule.id for rule in assessment.rules),
        conditions=tuple(condition.id for condition in assessment.conditions),
        tips=assessment.tips,
        withheld=tuple(replace(tip, reasons=reasons(tip)) for tip in assessment.withheld),
        asked=asked,
    )


def _numbered(rule: Rule, lines: Iterable[PathLine]) -> Iterator[PathLine]:
    for number, line in enumerate(lines, start=1):
        yield replace(line, id=f"{rule.id}-{number}")


def _collapsed(lines: Sequence[PathLine]) -> list[PathLine]:
    """The same patients in fewer lines: those that differ in one need only become one line with alternatives."""
    collapsed: list[PathLine] = []
    for line in lines:
        collapsed.append(line)
        while (pair := _pair(collapsed)) is not None:
            first, last, both = pair
            collapsed[first] = both
            del collapsed[last]
    return collapsed


def _pair(lines: Sequence[PathLine]) -> tuple[int, int, PathLine] | None:
    """The first two lines that make one, and that one."""
    for first, line in enumerate(lines):
        for last in range(first + 1, len(lines)):
            both = _both(line, lines[last])
            if both:
                return first, last, both
    return None


def _both(line: PathLine, other: PathLine) -> PathLine | None:
    if replace(line, needs=()) != replace(other, needs=()):
        return None
    sets, others = Counter(map(frozenset, line.needs)), Counter(map(frozenset, other.needs))
    mine, theirs = sets - others, others - sets
    if mine.total() != 1 or theirs.total() != 1:
        return None
    (changed,), (added,) = mine, theirs
    more = next(needs for needs in other.needs if frozenset(needs) == added)
    needs = tuple(
        tuple(dict.fromkeys((*needs, *more))) if frozenset(needs) == changed else needs for needs in line.needs
    )
    return replace(line, needs=needs)


def _covers(flow: Flow, line: PathLine, rule: Rule, other: PathLine) -> bool:
    """Whether everybody of the other line comes to this one, which is as urgent as the rule or more so."""
    if urgency_rank(line.urgency) < urgency_rank(rule.urgency) or not line.consequences.is_asked:
        return False
    has = [need for (need,) in other.needs]
    if not all(any(_is_among(need, has) for need in needs) for needs in line.needs):
        return False
    facts = facts_of(flow, has) or {}
    open = open_besides(flow, facts)
    return all(e in other.exceptions or e.truth(facts, open) is False for e in line.exceptions)


def _is_among(need: Guard, has: Iterable[Guard]) -> bool:
    if isinstance(need, Between):
        numbers = (each for each in has if isinstance(each, Between) and each.finding == need.finding)
        return any(need.at_least <= each.at_least and each.at_most <= need.at_most for each in numbers)
    return need in has
