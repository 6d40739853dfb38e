"""How findings, conditions on them and reasons read in the words of a library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.flow.assessment import WithheldTip
from bot.flow.findings import YES, FindingType, Value
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
from bot.flow.paths import THESE
from bot.flow.schema import Flow
from bot.library.library import Library


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads out what a flow says."""

    flow: Flow
    library: Library

    def needs(self, needs: Sequence[tuple[Guard, ...]]) -> str:
        """What the patients of a line have."""
        return self.library.paths.line.also.join(self.each_need(needs))

    def each_need(self, needs: Sequence[tuple[Guard, ...]]) -> list[str]:
        """The same, one text for each need."""
        return [self._alternatives(alternatives) for alternatives in needs] or [self.library.paths.line.nothing]

    def any_of(self, guards: tuple[Guard, ...]) -> str:
        """Conditions of which one is enough; nothing when there are none."""
        if not guards:
            return ""
        return self.guard(guards[0] if len(guards) == 1 else AnyOf(guards))

    def _alternatives(self, guards: tuple[Guard, ...]) -> str:
        texts = [self._finding(id, values, in_full=True) for id, values in _by_finding(guards)]
        texts += [self.guard(guard) for guard in guards if not isinstance(guard, OneOf)]
        if len(texts) == 1:
            return texts[0]
        return self.library.paths.guard.one_of.replace("{texts}", "".join(texts))

    def guard(self, guard: Guard) -> str:
        """A condition; one that is a rule of its own is called by the rule's id."""
        words = self.library.paths.guard
        rule = next((rule for rule in self.flow.rules if rule.when == guard), None)
        match guard:
            case OneOf(finding, values):
                return self._finding(finding, [value for value in self._options(finding) if value in values])
            case Between():
                return words.finding.replace("{text}", self._number(guard))
            case _ if rule:
                return words.rule.replace("{id}", rule.id)
            case AllOf(parts):
                return words.both.join(self._conjuncts(parts))
            case AnyOf(parts, 1):
                return words.either.join(self.part(part) for part in parts)
            case AnyOf(parts, count):
                texts = self.library.listed(self.part(part) for part in parts)
                return words.several.replace("{count}", str(count)).replace("{texts}", texts)
            case Not(part):
                return words.opposite.replace("{text}", self.part(part))
            case _:
                raise TypeError(f"no words for {guard}")

    def part(self, part: Guard) -> str:
        """A condition as one of several: in brackets when it has parts of its own."""
        text = self.guard(part)
        is_simple = isinstance(part, OneOf | Between | Not)
        return text if is_simple else self.library.paths.guard.in_brackets.replace("{text}", text)

    def _conjuncts(self, parts: tuple[Guard, ...]) -> Iterator[str]:
        """What holds, one by one, then in one text what does not hold."""
        yield from (self.part(part) for part in parts if not isinstance(part, Not))
        absent = [part.part for part in parts if isinstance(part, Not)]
        if len(absent) == 1:
            yield self.guard(Not(absent[0]))
        elif absent:
            texts = self.library.listed(self.part(part) for part in absent)
            yield self.library.paths.guard.none_of.replace("{texts}", texts)

    def _options(self, finding: str) -> tuple[str, ...]:
        return self.flow.findings[finding].options or (YES,)

    def _finding(self, id: str, values: Sequence[str], in_full: bool = False) -> str:
        words, label = self.library.paths.guard, self.library.findings[id]
        if self.flow.findings[id].type is FindingType.BOOL:
            text = label.label if YES in values else words.opposite.replace("{text}", label.label)
        else:
            is_any = self.flow.findings[id].type is FindingType.MULTI and len(values) == len(self._options(id)) > 1
            shown = [words.any_value] if is_any and not in_full else [label.options[value].label for value in values]
            text = self.library.message("named_value", name=label.label, value=words.value_separator.join(shown))
        return words.finding.replace("{text}", text)

    def _number(self, guard: Between) -> str:
        words, name = self.library.paths.guard, self.library.findings[guard.finding].label
        if guard.at_most == self.flow.findings[guard.finding].maximum:
            number = words.at_least.replace("{number}", str(guard.at_least))
        else:
            number = words.between.replace("{least}", str(guard.at_least)).replace("{most}", str(guard.at_most))
        return self.library.message("named_value", name=name, value=number)

    def chosen(self, answers: Iterable[tuple[str, str]]) -> str:
        """Findings with the option that is chosen."""
        return self.library.listed(self._finding(id, [option]) for id, option in answers if id in self.library.findings)

    def conditions(self, ids: Iterable[str]) -> str:
        """Names of conditions."""
        return self.library.listed(self.library.conditions[id].name for id in ids)

    def tips(self, ids: Iterable[str]) -> str:
        """Names of self-care tips."""
        return self.library.listed(self.library.tips[id].name for id in ids)

    def withheld(self, tips: Iterable[WithheldTip]) -> str:
        """Self-care tips that are withheld, with why; those that are withheld for the same reasons together."""
        because = self.library.paths.line.because
        for_reasons: dict[str, list[str]] = {}
        for tip in tips:
            reasons = self.library.listed(dict.fromkeys(self._reason(reason) for reason in tip.reasons))
            for_reasons.setdefault(reasons, []).append(tip.id)
        return self.library.listed(
            because.replace("{reasons}", reasons).replace("{names}", self.tips(ids))
            for reasons, ids in for_reasons.items()
        )

    def _reason(self, reason: str) -> str:
        words = self.library.paths.line
        kind, _, rest = reason.partition(".")
        match kind:
            case _ if reason == THESE:
                return words.these
            case "urgency":
                return words.level
            case "unanswered":
                return words.unanswered.replace("{text}", self.library.reads(rest))
            case _:
                return self.library.reads(reason)

    def level(self, urgency: str) -> str:
        """The name of a level."""
        return self.library.outcomes[urgency].name

    def unsure(self, id: str) -> str:
        """What an unsure answer about a finding counts as."""
        words, value = self.library.paths.end, self.flow.findings[id].unsure_counts_as
        shown = words.counts_as_present if value == YES else self._value(id, value)
        return words.counts_as.replace("{name}", self.library.findings[id].label).replace("{value}", shown)

    def _value(self, id: str, value: Value | None) -> str:
        labels = self.library.findings[id].options
        values = [option for option in self._options(id) if isinstance(value, frozenset) and option in value]
        return self.library.listed(labels[v].label if v in labels else v for v in values or [str(value)])


def _by_finding(guards: Iterable[Guard]) -> Iterator[tuple[str, list[str]]]:
    """Findings with those of their values that are alternatives."""
    values: dict[str, list[str]] = {}
    for guard in guards:
        if isinstance(guard, OneOf):
            values.setdefault(guard.finding, []).extend(sorted(guard.values))
    yield from values.items()
