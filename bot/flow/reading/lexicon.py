"""The words of one language that a message is read by, compiled: content/<language>/lexicon.yaml in, `Lexicon` out.

A phrase of the lexicon is text with three signs of its own: `{name}` stands for any word of a set, the ellipsis for a
few characters of the same clause, and two of them for a sentence or two. A word of a language with spaces is met whole;
with `*` behind it, as a beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ahocorasick

from bot.flow.normalise import LONGEST_READ
from bot.flow.reading.form import CLAUSE, QUESTION, SENTENCE, is_latin, spoken_form

GAP = "\u2026"
_NEXT_WORDS = 3
"""Of the words that may stand behind an ellipsis, so many are tried, the nearest first."""
_MOST_STARTS = 50
"""Of the places where a phrase may begin, so many are tried: nobody names a leg more often, but a stuck key does."""
PLACE = "{place}"
"""The set of all parts of the body: a longer one is never read as a shorter one within it."""
_LONGEST_PLACE = 30
LONGEST_GAP = 14
"""Characters that an ellipsis stands for at most."""
LONGEST_WIDE_GAP = 120
"""Characters that two stand for at most, over the ends of sentences."""

_SPLIT = re.compile(rf"(\{{[a-z_]+\}}|{GAP * 2}|{GAP}|\.\.\.)")
_SET = re.compile(r"\{[a-z_]+\}")
_OPEN = "*"
_BUILT = "{}"
"""The group of phrases that are members of sets: "{relative}{of_theirs}"."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What must stand in a text, in this order.

    Args:
        means: what is found then.
        symbols: a set or a word each.
        gaps: for every symbol, how many characters may stand before it.
    """

    means: str
    symbols: tuple[str, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """Where the words of the lexicon stand in a text.

    Args:
        text: in spoken form.
        spans: symbol to pairs of start and end.
    """

    text: str
    spans: Mapping[str, Sequence[tuple[int, int]]]

    def of(self, symbol: str) -> Sequence[tuple[int, int]]:
        """Where one symbol stands, in the order of the text."""
        return self.spans.get(symbol, ())

    def between(self, symbol: str, first: int, last: int) -> Sequence[tuple[int, int]]:
        """Where one symbol begins between two positions, both included."""
        found = self.spans.get(symbol, ())
        return found[bisect_left(found, (first, 0)) : bisect_left(found, (last + 1, 0))]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text.

    Args:
        means: what it means.
        start, end: of the whole phrase.
        last: where its last word begins.
    """

    means: str
    start: int
    end: int
    last: int


@dataclass(frozen=True, slots=True)
class WordSource:
    """The uncompiled words of a lexicon.

    Args:
        spellings: how a word is written here to the other ways in which people write it.
        sets: name to words.
        phrases: group to (meaning to phrases); the groups are those of `Lexicon`.
        goes_on: words at the end of a line behind which the sentence goes on in the next; others end with their line.
    """

    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    phrases: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    goes_on: Sequence[str] = ()


class Lexicon:
    """Finds the phrases of one language in a text. Immutable once made; safe between threads."""

    def __init__(self, source: WordSource) -> None:
        self._spellings, self._standard = _spelling_pattern(source.spellings)
        self._wrapped = re.compile(rf"(?:{'|'.join(map(re.escape, source.goes_on)) or '(?!)'})\s*\n")
        self._written: dict[str, str] = {}
        self._automaton = ahocorasick.Automaton()
        words: dict[str, dict[str, None]] = {}
        built: dict[str, list[str]] = {}
        for name, members in source.sets.items():
            for member in members:
                if _SET.search(member):
                    built.setdefault(f"{{{name}}}", []).append(member)
                else:
                    words.setdefault(self._word(member), {})[f"{{{name}}}"] = None
        self._groups: dict[str, dict[str, list[Phrase]]] = {}
        for group, meanings in {**source.phrases, _BUILT: built}.items():
            by_first = self._groups.setdefault(group, {})
            for means, written in meanings.items():
                for phrase in self._phrases(means, written):
                    by_first.setdefault(phrase.symbols[0], []).append(phrase)
                    for symbol in phrase.symbols:
                        if not symbol.startswith("{"):
                            words.setdefault(symbol, {})[symbol] = None
        for word, symbols in words.items():
            bare = word.rstrip(_OPEN)
            if bare:
                known = self._automaton.get(bare, ())
                self._automaton.add_word(bare, (*known, (len(bare), word.endswith(_OPEN), tuple(symbols))))
        self._automaton.make_automaton()
        self._written.clear()

    def form(self, text: str) -> str:
        """A typed text as it is searched: spoken form, every word in the spelling of the lexicon, an end at the end."""
        form = self._spelt(self._wrapped.sub(_joined, text[:LONGEST_READ]))
        return form if form.endswith((SENTENCE, QUESTION)) else form + SENTENCE

    def _spelt(self, text: str) -> str:
        form = spoken_form(text)
        if self._spellings is None:
            return form
        return self._spellings.sub(lambda match: self._standard[match[0]], form)

    def hits(self, form: str) -> Hits:
        """Where which words stand in a text that `form` made."""
        spans: dict[str, list[tuple[int, int]]] = {}
        if len(self._automaton) and form:
            for last, entries in self._automaton.iter(form):
                end = last + 1
                for length, is_open, symbols in entries:
                    start = end - length
                    if _is_whole(form, start, end, is_open):
                        for symbol in symbols:
                            spans.setdefault(symbol, []).append((start, end))
        plain = Hits(form, {symbol: sorted(found) for symbol, found in _outermost(spans).items()})
        return self._with_built(plain)

    def _with_built(self, plain: Hits) -> Hits:
        """With the members of sets that are built from words of others."""
        spans = dict(plain.spans)
        for found in self.find(_BUILT, plain):
            spans[found.means] = sorted({*spans.get(found.means, ()), (found.start, found.end)})
        return Hits(plain.text, spans)

    def find(self, group: str, hits: Hits, barriers: Sequence[int] = ()) -> list[Found]:
        """Every phrase of a group.

        Args:
            group: name of the group.
            hits: of the text.
            barriers: positions that an ellipsis does not reach across, in order.
        """
        by_first = self._groups.get(group, {})
        found: dict[Found, None] = {}
        for symbol in hits.spans:
            for phrase in by_first.get(symbol, ()):
                for each in _match(phrase, hits, barriers):
                    found[each] = None
        return list(found)

    def _word(self, written: str) -> str:
        """A word as it is looked for: a comma at its end or beginning counts, and the sign of an open end is kept."""
        known = self._written.get(written)
        if known is not None:
            return known
        is_open = written.endswith(_OPEN)
        bare = written.rstrip(_OPEN)
        word = self._spelt(bare)
        if bare.startswith(CLAUSE):
            word = CLAUSE + word
        if bare.endswith(CLAUSE) and not word.endswith(CLAUSE):
            word += CLAUSE
        self._written[written] = word + _OPEN if is_open else word
        return self._written[written]

    def _phrases(self, means: str, written: Iterable[str]) -> Iterable[Phrase]:
        for each in written:
            symbols: list[str] = []
            gaps: list[int] = []
            gap = 0
            for part in _SPLIT.split(each):
                if part in (GAP, "..."):
                    gap = LONGEST_GAP
                elif part == GAP * 2:
                    gap = LONGEST_WIDE_GAP
                elif part.strip():
                    symbol = part if part.startswith("{") else self._word(part)
                    if symbol.rstrip(_OPEN):
                        symbols.append(symbol)
                        gaps.append(gap)
                        gap = 0
            if symbols:
                yield Phrase(means, tuple(symbols), tuple(gaps))


def _joined(line_end: re.Match[str]) -> str:
    word = line_end[0].rstrip()
    return word + " " if is_latin(word[-1:].casefold()) else word


def sets_of(phrases: Iterable[str]) -> Iterable[str]:
    """The names of the sets that phrases speak of."""
    for phrase in phrases:
        for part in _SPLIT.split(phrase):
            if part.startswith("{"):
                yield part[1:-1]


def _spelling_pattern(
    spellings: Mapping[str, Sequence[str]],
) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    standard = {spoken_form(other): spoken_form(word) for word, others in spellings.items() for other in others}
    standard.pop("", None)
    if not standard:
        return None, standard
    longest_first = sorted(standard, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), standard


def _is_whole(form: str, start: int, end: int, is_open: bool) -> bool:
    """Whether a word of a language with spaces does not begin or end within another, nor a number begin in a longer."""
    if start and is_latin(form[start]) and is_latin(form[start - 1]):
        return False
    if start and form[start].isdigit() and form[start - 1].isdigit():
        return False
    return is_open or end == len(form) or not (is_latin(form[end - 1]) and is_latin(form[end]))


def _outermost(spans: dict[str, list[tuple[int, int]]]) -> dict[str, list[tuple[int, int]]]:
    """Without words of sets that stand within the name of a place: an ankle is no foot, the hollow behind no knee."""
    farthest: dict[int, int] = {}
    for start, end in spans.get(PLACE, ()):
        farthest[start] = max(end, farthest.get(start, 0))
    if not farthest:
        return spans
    inner = {span for symbol, found in spans.items() if symbol.startswith("{") for span in found}
    within = {
        (start, end)
        for start, end in inner
        for before in range(start - _LONGEST_PLACE, start + 1)
        if farthest.get(before, 0) >= end and (before, farthest[before]) != (start, end)
    }
    if not within:
        return spans
    return {
        symbol: [span for span in found if span not in within] if symbol.startswith("{") else found
        for symbol, found in spans.items()
    }


def _match(phrase: Phrase, hits: Hits, barriers: Sequence[int]) -> Iterable[Found]:
    partial = [(start, end, start) for start, end in hits.of(phrase.symbols[0])[:_MOST_STARTS]]
    for symbol, reach in zip(phrase.symbols[1:], phrase.gaps[1:], strict=True):
        partial = [
            (start, next_end, next_start)
            for start, end, _ in partial
            for next_start, next_end in hits.between(symbol, end, end + reach)[:_NEXT_WORDS]
            if next_start == end or reach > LONGEST_GAP or _bridges(hits.text, end, next_start, barriers)
        ]
        if not partial:
            return
    for start, end, last in partial:
        yield Found(phrase.means, start, end, last)


def _bridges(text: str, end: int, start: int, barriers: Sequence[int]) -> bool:
    """Whether an ellipsis may stand for what is between two positions."""
    between = text[end:start]
    at = bisect_left(barriers, end)
    is_barred = at < len(barriers) and barriers[at] < start
    return not is_barred and "." not in between and "?" not in between
