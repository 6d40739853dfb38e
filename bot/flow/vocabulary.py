"""The typed words that the engine understands, as built from the content store.

The engine knows ids; which words mean them stands in content/. Every word in here is normalised already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import ahocorasick

from bot.flow.reading.foreign import ForeignReader
from bot.flow.reading.languages import LanguageMarks
from bot.flow.reading.reader import NOTHING_READ, Reader


@dataclass(frozen=True, slots=True)
class ForeignWords:
    """Words of a language that is not offered.

    Args:
        phrases: pairs of phrase and finding reference.
        negations, negations_before: words of that language that may turn a phrase round.
        intents: pairs of phrase and intent.
        reader: finds what phrases alone do not.
    """

    phrases: tuple[tuple[str, str], ...]
    negations: tuple[str, ...]
    negations_before: tuple[str, ...]
    intents: tuple[tuple[str, str], ...] = ()
    reader: ForeignReader | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Typed words of one language.

    Args:
        commands: whole text to command name.
        emergency: phrases that, anywhere in a text, ask for emergency help.
        danger: pairs of phrase and finding reference; the phrase counts anywhere in a text.
        negations: words that, close behind a danger phrase, may turn it round.
        negations_before: words that may do so when they stand right before it.
        fillers: words that may stand inside a danger phrase, longest first.
        options: question id to (whole text to option id).
        yes, no, unsure, none, done: whole texts that mean these.
        number_suffixes: endings that may follow a number, longest first.
        endings: polite endings that may follow the words of an option, longest first.
        topics: name or alias of a topic to topic id, looked for anywhere in a text, longest first.
        letters: question id to (letter of a drawing to option id).
        reader: reads what is no whole answer.
        readers: of every language that is offered.
        foreign: language to its words, for those that are not offered.
        languages: what other languages are known by, whose speakers are told where help is.
    """

    commands: Mapping[str, str]
    emergency: tuple[str, ...]
    danger: tuple[tuple[str, str], ...]
    negations: tuple[str, ...]
    negations_before: tuple[str, ...]
    fillers: tuple[str, ...]
    options: Mapping[str, Mapping[str, str]]
    yes: frozenset[str]
    no: frozenset[str]
    unsure: frozenset[str]
    none: frozenset[str]
    done: frozenset[str]
    number_suffixes: tuple[str, ...]
    endings: tuple[str, ...]
    topics: tuple[tuple[str, str], ...]
    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reader: Reader = NOTHING_READ
    readers: Mapping[str, Reader] = field(default_factory=dict)
    foreign: Mapping[str, ForeignWords] = field(default_factory=dict)
    languages: tuple[LanguageMarks, ...] = ()

    @cached_property
    def danger_references(self) -> frozenset[str]:
        """Every finding that is a danger when it is spoken of."""
        return frozenset(reference for _, reference in self.danger)

    @cached_property
    def danger_phrases(self) -> ahocorasick.Automaton:
        """All danger phrases, to be found in one pass.

        Each phrase leads to its length and to triples of its reference, of words that turn it round behind it, and of
        words that do so right before it.
        """
        meanings: dict[str, dict[tuple[str, tuple[str, ...], tuple[str, ...]], None]] = {}
        own = ForeignWords(self.danger, self.negations, self.negations_before)
        for language in (own, *self.foreign.values()):
            for phrase, reference in language.phrases:
                means = (reference, language.negations, language.negations_before)
                meanings.setdefault(phrase, {})[means] = None
        automaton = ahocorasick.Automaton()
        for phrase, every in meanings.items():
            automaton.add_word(phrase, (len(phrase), tuple(every)))
        automaton.make_automaton()
        return automaton
