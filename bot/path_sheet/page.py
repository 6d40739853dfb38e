"""The sheet as plain text that prints on A4: one short block per line, grouped by level and rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.flow.files import SourcePart
from bot.flow.guards import Guard
from bot.flow.paths import PathLine, Paths
from bot.flow.schema import URGENCIES, Flow, Rule, TipGate, urgency_rank
from bot.library.library import Library
from bot.path_sheet.layout import WIDTH, columns, filled, indented, paragraph, with_right_end
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

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules to show."""
        return tuple(rule for rule in self.flow.rules if self.only in (None, rule.id))


def page(sheet: Sheet) -> Iterator[str]:
    """The sheet, line by line."""
    yield from _head(sheet)
    for urgency in reversed(URGENCIES):
        yield from _level(sheet, urgency)
    if sheet.only is None:
        yield from _tips(sheet)
        yield from _unsure(sheet)
    yield from _sources(sheet)


def _head(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.head
    yield from _title(words.title)
    yield words.flow.replace("{id}", sheet.flow.id).replace("{version}", str(sheet.flow.version))
    yield words.fingerprint.replace("{fingerprint}", sheet.fingerprint)
    yield words.date.replace("{date}", sheet.day.isoformat())
    yield words.count.replace("{lines}", str(len(sheet.paths.lines))).replace("{rules}", str(len(sheet.flow.rules)))
    if sheet.only:
        yield words.only.replace("{rule}", sheet.only)
    for text in words.signing:
        yield ""
        yield text
    usual = sheet.reading.chosen(sheet.paths.usual.items())
    yield from _section(words.reading_title)
    for text in words.reading:
        yield from _point(sheet, text.replace("{usual}", usual))


def _level(sheet: Sheet, urgency: str) -> Iterator[str]:
    blocks = list(_blocks(sheet, urgency))
    if not blocks:
        return
    outcome, words = sheet.library.outcomes[urgency], sheet.library.paths.group
    name = words.level.replace("{symbol}", outcome.symbol).replace("{name}", outcome.name)
    yield ""
    yield from _title(name.replace("{count}", str(sum(len(block.lines) for block in blocks))))
    yield from paragraph(_tips_of_level(sheet, urgency))
    for block in blocks:
        yield from block.text()


def _blocks(sheet: Sheet, urgency: str) -> Iterator[_Block]:
    """A block per rule, also for one whose ways all lead to lines of others; then that of somebody with nothing."""
    lines = [line for line in sheet.lines if line.urgency == urgency]
    for rule in sheet.rules:
        own = tuple(line for line in lines if line.rule == rule.id)
        if own or rule.urgency == urgency:
            yield _Block(sheet, rule, own)
    nothing = tuple(line for line in lines if line.rule is None)
    if nothing:
        yield _Block(sheet, None, nothing)


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
        yield from paragraph(self.sheet.library.rules[rule.id], _NUMBER, first=f"[{rule.id}]")
        texts = [words.sources.replace("{keys}", self.sheet.library.listed(rule.sources))]
        texts += _guards(reading, words.exception, self._exceptions)
        texts += _guards(reading, words.too_late, self._too_late)
        if self._conditions:
            texts.append(words.conditions.replace("{names}", reading.conditions(self._conditions)))
        for text in texts:
            yield from paragraph(text, _NUMBER)

    @property
    def _exceptions(self) -> tuple[Guard, ...]:
        return self._shared(lambda line: line.exceptions)

    @property
    def _too_late(self) -> tuple[Guard, ...]:
        return self._shared(lambda line: line.too_late)

    def _shared(self, guards: Callable[[PathLine], tuple[Guard, ...]]) -> tuple[Guard, ...]:
        """The guards that every line has, when there are several lines."""
        if len(self.lines) < 2:
            return ()
        first, *others = (guards(line) for line in self.lines)
        return tuple(guard for guard in first if all(guard in other for other in others))

    @property
    def _conditions(self) -> tuple[str, ...]:
        """What at least half of several lines explain."""
        counted = Counter(line.consequences.conditions for line in self.lines)
        return next((told for told, count in counted.items() if count > 1 and 2 * count >= len(self.lines)), ())

    def _line(self, line: PathLine) -> Iterator[str]:
        words, reading = self.sheet.library.paths.line, self.sheet.reading
        width = WIDTH - _NUMBER - columns(words.box) - 1
        has = filled(reading.each_need(line.needs), words.also, width)
        first, *rest = indented(has, _NUMBER, first=line.id)
        yield with_right_end(first, words.box)
        yield from rest
        own = tuple(guard for guard in line.exceptions if guard not in self._exceptions)
        late = tuple(guard for guard in line.too_late if guard not in self._too_late)
        texts = [*_guards(reading, words.exception, own), *_guards(reading, words.too_late, late)]
        texts += self._consequences(line)
        for text in texts:
            yield from paragraph(text, _NUMBER)

    def _consequences(self, line: PathLine) -> Iterator[str]:
        words, reading, follows = self.sheet.library.paths.line, self.sheet.reading, line.consequences
        parts = [words.asked.replace("{count}", str(len(follows.asked)))] if follows.is_asked else [words.only_typed]
        if set(follows.rules) - {line.rule}:
            parts.append(words.rules.replace("{ids}", self.sheet.library.listed(follows.rules)))
        if follows.conditions != self._conditions:
            parts.append(words.conditions.replace("{names}", reading.conditions(follows.conditions)))
        yield "   ".join(parts)
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
                yield from paragraph(text.replace("{line}", covered.by), _NUMBER)


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
        yield from paragraph(words.tip.replace("{name}", name).replace("{keys}", keys))
        for text in _gate(sheet, gate):
            yield from paragraph(text, 2)


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
            yield from paragraph(sheet.reading.unsure(id), 2)


def _sources(sheet: Sheet) -> Iterator[str]:
    words = sheet.library.paths.end
    read = {"full": words.read_full, "abstract": words.read_abstract, "secondary": words.read_secondary}
    keys = {key for rule in sheet.rules for key in rule.sources}
    if sheet.only is None:
        keys |= {key for tip in sheet.flow.tips.values() for key in tip.sources}
    yield from _section(words.sources_title)
    for key, source in sheet.sources.items():
        if key in keys:
            text = words.source.replace("{key}", key).replace("{title}", source.title)
            yield from paragraph(text.replace("{read}", read[source.read]), 2)


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
    return paragraph(text, columns(first), first=first)
