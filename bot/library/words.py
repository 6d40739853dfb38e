"""The words around the flow: how questions and answers read, and what patients type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.library.fields import Entry, Label, Text


class OptionWords(Entry):
    """How one answer is shown and which typed words mean it."""

    label: Label = Field(description="what the patient taps, at most 20 characters")
    synonyms: tuple[Text, ...] = Field(default=(), description="typed words that mean the same answer")


class FindingWords(Entry):
    """How a finding reads: as an answer of a checklist and in a reason."""

    label: Label
    synonyms: tuple[Text, ...] = ()
    options: dict[str, OptionWords] = Field(default_factory=dict, description="one entry per option of the finding")


class QuestionWords(Entry):
    """The words of one question of the flow."""

    text: Text
    note: Text | None = Field(default=None, description="a hint below the question")
    simpler: Text = Field(description="said when the first answer was not understood")
    why: Text = Field(description="answer to the question why it is asked")
    options: dict[str, OptionWords] = Field(default_factory=dict, description="only for options of its own")
    none: Label | None = Field(default=None, description="label of 'none of these'")


class CommandWords(Entry):
    """What a patient can type or tap at any time."""

    label: Label
    words: tuple[Text, ...] = Field(min_length=1, description="whole messages that run it")


class DangerWords(Entry):
    """Phrases that mean danger wherever they stand in a text."""

    findings: dict[str, tuple[Text, ...]] = Field(description="finding id (or finding.option) to phrases")
    emergency: tuple[Text, ...] = Field(description="phrases that ask for emergency help without naming a finding")
    negations: tuple[Text, ...] = Field(
        description="words that, close behind a phrase, may turn it round and lead to a confirming question"
    )
    negations_before: tuple[Text, ...] = Field(
        default=(), description="words that, right before a phrase, may turn it round, in languages that say so"
    )
    fillers: tuple[Text, ...] = Field(
        default=(), description="words of degree that may stand inside a phrase and are read over"
    )


class LanguageWords(Entry):
    """What the language is called, by those who speak it and by those who ask for it."""

    name: Label = Field(description="in the language itself: the words of its button")
    words: tuple[Text, ...] = Field(min_length=1, description="whole messages that ask for it")


class TypedWords(Entry):
    """Typed words that mean the same at every question."""

    yes: tuple[Text, ...]
    no: tuple[Text, ...]
    unsure: tuple[Text, ...]
    none: tuple[Text, ...]
    done: tuple[Text, ...]
    number_suffixes: tuple[Text, ...]
    endings: tuple[Text, ...] = Field(default=(), description="polite endings that may follow an answer")


class RequiredWording(Entry):
    """A phrase that a text must contain, such as that this is no medical finding."""

    file: Text = Field(description="file below the language folder; * stands for any name, as in conditions/*.yaml")
    field: Text = Field(description="field, with dots into the entry, such as self_pay.cost")
    any_of: tuple[Text, ...] = Field(min_length=1)
    why: Text


class WordingRules(Entry):
    """How texts for patients are worded."""

    forbidden: dict[str, Text] = Field(description="word to a hint what to write instead")
    allowed: tuple[Text, ...] = Field(default=(), description="phrases in which a forbidden word may stand")
    required: tuple[RequiredWording, ...] = ()
    longest_sentence: Annotated[int, Field(ge=10)] = Field(description="characters")
