"""The words by which typed messages are read, as they stand in content/<language>/lexicon.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bot.flow.reading.lexicon import Lexicon, WordSource, sets_of
from bot.flow.reading.polarity import GRAMMAR
from bot.flow.reading.quantities import Quantities, QuantityWords
from bot.flow.reading.reader import INTENTS
from bot.library.fields import Entry, Text

Phrases = tuple[Text, ...]


class QuantityEntry(Entry):
    """Words around numbers: see `bot.flow.reading.quantities.QuantityWords`."""

    units: dict[str, float] = Field(default_factory=dict, description="unit of time to days")
    moments: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="word such as yesterday to how many days ago: at least, at most"
    )
    numerals: dict[str, float] = Field(default_factory=dict, description="word to number")
    since: Phrases = Field(default=(), description="behind a time: it began then")
    since_before: Phrases = Field(default=(), description="before a time: it began then")
    about: Phrases = Field(default=(), description="may stand between a number and what follows")
    ago: Phrases = Field(default=(), description="behind a time: something happened so long ago")
    years_old: Phrases = Field(default=(), description="behind a number: an age")
    decades: Phrases = Field(default=(), description="behind a number: an age in tens")
    age_before: Phrases = Field(default=(), description="before a number: an age")
    scale: Phrases = Field(default=(), description="behind a number that is the end of a scale, not a score")
    degrees: Phrases = Field(default=(), description="behind a number: a temperature of the body")
    tenths: Phrases = Field(default=(), description="behind a number behind these: tenths of a degree")
    of_ten: Phrases = Field(default=(), description="behind a number: a score of pain")
    score_before: Phrases = Field(default=(), description="before a number: a score of pain")

    def compiled(self) -> Quantities:
        """Ready to read with."""
        return Quantities(QuantityWords(**dict(self)))


class LexiconWords(Entry):
    """Phrases that stand anywhere in a message. {name} is any word of a set, an ellipsis a few characters."""

    spellings: dict[str, Phrases] = Field(default_factory=dict, description="word to other ways of writing it")
    goes_on: Phrases = Field(default=(), description="at the end of a line: the sentence goes on in the next one")
    sets: dict[str, Phrases] = Field(default_factory=dict, description="name to words that can stand for each other")
    quantities: QuantityEntry = Field(default_factory=QuantityEntry)
    history: Phrases = Field(default=(), description="findings that stay true when they are past")
    lifelong: Phrases = Field(default=(), description="findings or references that stay true after years")
    whole: Phrases = Field(default=(), description="references within whose words nothing else is read")
    beside: Phrases = Field(default=(), description="findings that are read all the same: which side, what colour")
    elsewhere: Phrases = Field(default=(), description="findings that are no signs of the leg")
    of_the_leg: Phrases = Field(default=(), description="findings that such a sign tells nothing of: how, since when")
    complaints: Phrases = Field(default=(), description="something hurts, and no more is said")
    findings: dict[str, Phrases] = Field(default_factory=dict, description="reference to phrases that state it")
    absent: dict[str, Phrases] = Field(default_factory=dict, description="reference to phrases that deny it")
    harmless: Phrases = Field(default=(), description="what only sounds like a sign")
    crisis: dict[Literal["suicide", "overdose"], Phrases] = Field(
        default_factory=dict, description="words of somebody whose life is in danger by their own hand"
    )
    intents: dict[str, Phrases] = Field(default_factory=dict, description="intent to phrases")
    intents_alone: dict[str, Phrases] = Field(
        default_factory=dict, description="intent to phrases that count only where no sign is described"
    )

    @model_validator(mode="after")
    def _known_names(self) -> LexiconWords:
        built = {name: set(sets_of(words)) for name, words in self.sets.items()}
        used = set(sets_of(phrase for phrases in self._all_phrases() for phrase in phrases)).union(*built.values())
        if unknown := sorted(used - self.sets.keys()):
            raise ValueError(f"no set is called {unknown[0]}")
        if nested := sorted(name for name, parts in built.items() if any(built[part] for part in parts)):
            raise ValueError(f"the set {nested[0]} is built from sets that are themselves built from others")
        if unknown := sorted({*self.intents, *self.intents_alone} - set(INTENTS)):
            raise ValueError(f"no intent is called {unknown[0]}; there are {', '.join(INTENTS)}")
        if unused := sorted(self.sets.keys() - used - GRAMMAR.keys()):
            raise ValueError(f"the set {unused[0]} is never used")
        return self

    def _all_phrases(self) -> tuple[Phrases, ...]:
        return (
            self.complaints,
            self.harmless,
            *self.findings.values(),
            *self.absent.values(),
            *self.crisis.values(),
            *self.intents.values(),
            *self.intents_alone.values(),
        )

    def compiled(self) -> Lexicon:
        """Ready to read with."""
        return Lexicon(
            WordSource(
                self.spellings,
                self.sets,
                {
                    "complaints": {"": self.complaints},
                    "findings": self.findings,
                    "absent": self.absent,
                    "harmless": {"": self.harmless},
                    "crisis": {str(kind): phrases for kind, phrases in self.crisis.items()},
                    "intents": self.intents,
                    "intents_alone": self.intents_alone,
                },
                self.goes_on,
            )
        )
