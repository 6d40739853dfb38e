"""Languages that no conversation is offered in, but whose speakers are told where help is: other_languages.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.flow.reading.foreign import ForeignReader
from bot.library.fields import Entry, Label, Text

Phrases = tuple[Text, ...]
Intent = Literal[
    "emotional_distress",
    "talk_to_human",
    "stop_messages",
    "ask_booking",
    "ask_clinic_hours",
    "ask_phone",
    "ask_cost",
    "ask_treatment",
    "ask_self_care",
    "ask_condition",
    "thanks",
    "greet",
]


class OtherLanguage(Entry):
    """What a message in another language is known by, and what is answered in it."""

    name: Text = Field(description="in the language itself")
    letters: str = Field(
        default="", description="letters that only this language has here, or ranges such as a-z; one is enough"
    )
    words: Phrases = Field(default=(), description="words that show this language; two are enough")
    danger: dict[str, Phrases] = Field(default_factory=dict, description="finding reference to phrases that state it")
    sets: dict[str, Phrases] = Field(default_factory=dict, description="name to words that can stand for each other")
    patterns: dict[str, Phrases] = Field(
        default_factory=dict, description="finding reference to phrases of {sets}, with an ellipsis for other words"
    )
    emergency: Phrases = Field(default=(), description="phrases that ask for emergency help")
    negations: Phrases = Field(default=(), description="words close behind a phrase that may turn it round")
    negations_before: Phrases = Field(default=(), description="words right before a phrase that may turn it round")
    others: Phrases = Field(default=(), description="words for people who are not the writer: my father, my wife")
    intents: dict[Intent, Phrases] = Field(default_factory=dict, description="intent to phrases, for `app.py read`")
    emergency_text: Text = Field(description="what to do now: 119, what to say, whom to ask")
    contact_text: Text = Field(description="what this is, and how to reach the clinic: {phone}, {phone_hours}")
    go_on: Label = Field(description="button: go on in the language of the conversation")

    def compiled(self) -> ForeignReader:
        """Ready to read with."""
        return ForeignReader(self.sets, self.patterns, self.negations, self.negations_before, self.others)
