"""The sheet as plain text that prints on A4: one short block per line, grouped by level and rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bot.flow.files import SourcePart
from bot.flow.guards import Guard
from bot.flow.paths import PathLine, Paths
from bot.flow.schema import Flow, Rule, TipGate, urgency_rank
from bot.library.library import Library
from bot.path_sheet.layout import WIDTH, columns, indented, with_right_end
from bot.path_sheet.reading import Reading

_NUMBER = 8
"""Columns of the number of a line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet is made of.

    Args:
        only: id of the one rule to show; None for all of them with everything else.
    """

    flow: Flow
    library: Library
    paths: Paths
    sources: Mapping[str, SourcePart]
    fingerprint: str
    day: date
    only: str | None = None

    @property
    def reading(self) -> Reading:
        """How things read."""
        return Reading(self.flow, self.library)

    @property
    def lines(self) -> tuple[PathLine, ...]:
        """The lines to show."""
        return tuple(line for line in self.paths.lines if self.only in (None, line.rule))


def page(sheet: Sheet) -> Iterator[str]:
    """The sheet, line by line."""
    yield from _head(sheet)
    for urgency, lines in groupby(sheet.lines, key=lambda line: line.urgency):
        yield from _level(sheet, urgency, tuple(lines))
    if sheet.only is None:
        yield from _tips(sheet)
        yield from _unsure(sheet)
    yield from _sources(sheet)


def _head(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.head
    rules = {line.rule for line in sheet.paths.lines if line.rule}
    yield from _title(words.title)
    yield words.flow.replace("{id}", sheet.flow.id).replace("{version}", str(sheet.flow.version))
    yield words.fingerprint.replace("{fingerprint}", sheet.fingerprint)
    yield words.date.replace("{date}", sheet.day.isoformat())
    yield words.count.replace("{lines}", str(len(sheet.paths.lines))).replace("{rules}", str(len(rules)))
    if sheet.only:
        yield words.only.replace("{rule}", sheet.only)
    for text in words.signing:
        yield ""
        yield text
    usual = sheet.reading.chosen(sheet.paths.usual.items())
    yield from _section(words.reading_title)
    for text in words.reading:
        yield from _point(sheet, text.replace("{usual}", usual))


def _level(sheet: Sheet, urgency: str, lines: tuple[PathLine, ...]) -> Iterator[str]:
    outcome, words = sheet.library.outcomes[urgency], sheet.library.paths.group
    name = words.level.replace("{symbol}", outcome.symbol).replace("{name}", outcome.name)
    yield ""
    yield from _title(name.replace("{count}", str(len(lines))))
    yield from indented(_tips_of_level(sheet, urgency), 0)
    for id, of_rule in groupby(lines, key=lambda line: line.rule):
        rule = next((rule for rule in sheet.flow.rules if rule.id == id), None)
        yield from _Block(sheet, rule, tuple(of_rule)).text()


def _tips_of_level(sheet: Sheet, urgency: str) -> str:
    words = sheet.library.paths.group
    above = [tip.id for tip in sheet.flow.tips.values() if urgency_rank(tip.up_to) < urgency_rank(urgency)]
    if not above:
        return words.all_tips
    if len(above) == len(sheet.flow.tips):
        return words.no_tips
    return words.some_tips.replace("{names}", sheet.reading.tips(above))


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one rule at one level. What they share stands above them."""

    sheet: Sheet
    rule: Rule | None
    lines: tuple[PathLine, ...]

    def text(self) -> Iterator[str]:
        yield ""
        if self.rule:
            yield from self._above(self.rule)
        for line in self.lines:
            yield from self._line(line)
        if self.rule:
            yield from self._covered(self.rule)

    def _above(self, rule: Rule) -> Iterator[str]:
        words, reading = self.sheet.library.paths.group, self.sheet.reading
        yield from indented(self.sheet.library.rules[rule.id], _NUMBER, first=f"[{rule.id}]")
        texts = [words.sources.replace("{keys}", self.sheet.library.listed(rule.sources))]
        texts += _guards(reading, words.exception, self._exceptions)
        texts += _guards(reading, words.too_late, self._too_late)
        if self._conditions:
            texts.append(words.conditions.replace("{names}", reading.conditions(self._conditions)))
        for text in texts:
            yield from indented(text, _NUMBER)

    @property
    def _exceptions(self) -> tuple[Guard, ...]:
        return self._shared(lambda line: line.exceptions)

    @property
    def _too_late(self) -> tuple[Guard, ...]:
        return self._shared(lambda line: line.too_late)

    def _shared(self, guards: Callable[[PathLine], tuple[Guard, ...]]) -> tuple[Guard, ...]:
        """The guards that every line has, when there are several lines."""
        first, *others = (guards(line) for line in self.lines)
        return tuple(guard for guard in first if others and all(guard in other for other in others))

    @property
    def _conditions(self) -> tuple[str, ...]:
        """What at least half of several lines explain."""
        ((conditions, count),) = Counter(line.consequences.conditions for line in self.lines).most_common(1)
        return conditions if count > 1 and 2 * count >= len(self.lines) else ()

    def _line(self, line: PathLine) -> Iterator[str]:
        words, reading = self.sheet.library.paths.line, self.sheet.reading
        width = WIDTH - columns(words.box) - 1
        first, *rest = indented(reading.needs(line.needs), _NUMBER, first=line.id, width=width)
        yield with_right_end(first, words.box)
        yield from rest
        own = tuple(guard for guard in line.exceptions if guard not in self._exceptions)
        late = tuple(guard for guard in line.too_late if guard not in self._too_late)
        texts = [*_guards(reading, words.exception, own), *_guards(reading, words.too_late, late)]
        texts += self._consequences(line)
        for text in texts:
            yield from indented(text, _NUMBER)

    def _consequences(self, line: PathLine) -> Iterator[str]:
        words, reading, follows = self.sheet.library.paths.line, self.sheet.reading, line.consequences
        parts = [words.asked.replace("{count}", str(len(follows.asked)))] if follows.is_asked else [words.only_typed]
        if set(follows.rules) - {line.rule}:
            parts.append(words.rules.replace("{ids}", self.sheet.library.listed(follows.rules)))
        if follows.conditions != self._conditions:
            parts.append(words.conditions.replace("{names}", reading.conditions(follows.conditions)))
        yield "\u3000".join(parts)
        if line.assumed:
            yield words.assumed.replace("{texts}", reading.chosen(line.assumed))
        yield from self._self_care(line)

    def _self_care(self, line: PathLine) -> Iterator[str]:
        words, reading, follows = self.sheet.library.paths.line, self.sheet.reading, line.consequences
        if line.rule is None:
            yield words.tips.replace("{names}", reading.tips(tip.id for tip in follows.tips))
        by_level = (f"urgency.{line.urgency}",)
        withheld = [tip for tip in follows.withheld if tip.reasons != by_level]
        if withheld:
            yield words.withheld.replace("{names}", reading.withheld(withheld))
        caution = [tip.id for tip in follows.tips if tip.caution]
        if caution:
            yield words.caution.replace("{names}", reading.tips(caution))

    def _covered(self, rule: Rule) -> Iterator[str]:
        words, reading = self.sheet.library.paths.group.covered, self.sheet.reading
        for covered in self.sheet.paths.covered:
            if covered.rule == rule.id:
                text = words.replace("{text}", reading.needs(covered.needs))
                yield from indented(text.replace("{line}", covered.by), _NUMBER)


def _guards(reading: Reading, words: str, guards: tuple[Guard, ...]) -> list[str]:
    """One text about guards of which any counts; none when there are none."""
    return [words.replace("{text}", reading.any_of(guards))] if guards else []


def _tips(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.end
    yield from _section(words.tips_title)
    for text in words.tips:
        yield from _point(sheet, text)
    for gate in sheet.flow.tips.values():
        keys, name = sheet.library.listed(gate.sources), sheet.library.tips[gate.id].name
        yield ""
        yield from indented(words.tip.replace("{name}", name).replace("{keys}", keys), 0)
        for text in _gate(sheet, gate):
            yield from indented(text, 2)


def _gate(sheet: Sheet, gate: TipGate) -> Iterator[str]:
    words, reading, library = sheet.library.paths.end, sheet.reading, sheet.library
    yield words.up_to.replace("{level}", reading.level(gate.up_to))
    for text, guards in ((words.withheld_if, gate.withhold_if), (words.caution_if, gate.caution_if)):
        if guards:
            yield text.replace("{texts}", library.listed(reading.part(guard) for guard in guards))
    if gate.needs:
        yield words.needs.replace("{names}", library.listed(library.findings[id].label for id in gate.needs))
    if gate.instead:
        yield words.instead.replace("{names}", reading.tips(gate.instead))


def _unsure(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.end
    offered = {id for question in sheet.flow.questions.values() for id in question.unsure}
    yield from _section(words.unsure_title)
    for text in words.unsure:
        yield from _point(sheet, text.replace("{level}", sheet.reading.level("soon_2w")))
    for id in sheet.flow.findings:
        if id in offered:
            yield from indented(sheet.reading.unsure(id), 2)


def _sources(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.end
    read = {"full": words.read_full, "abstract": words.read_abstract, "secondary": words.read_secondary}
    shown = {line.rule for line in sheet.lines}
    keys = {key for rule in sheet.flow.rules if rule.id in shown for key in rule.sources}
    if sheet.only is None:
        keys |= {key for tip in sheet.flow.tips.values() for key in tip.sources}
    yield from _section(words.sources_title)
    for key, source in sheet.sources.items():
        if key in keys:
            text = words.source.replace("{key}", key).replace("{title}", source.title)
            yield from indented(text.replace("{read}", read[source.read]), 2)


def _title(text: str) -> Iterator[str]:
    yield "=" * WIDTH
    yield text
    yield "=" * WIDTH


def _section(text: str) -> Iterator[str]:
    yield ""
    yield "-" * WIDTH
    yield text
    yield "-" * WIDTH


def _point(sheet: Sheet, text: str) -> list[str]:
    first = sheet.library.message("point", text="")
    return indented(text, columns(first), first=first)
