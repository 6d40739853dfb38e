"""Languages that no conversation is offered in, but whose speakers are told where help is: other_languages.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.library.fields import Entry, Label, Text

Phrases = tuple[Text, ...]
Intent = Literal["greet", "thanks", "ask_booking", "ask_clinic_hours", "ask_cost", "ask_phone"]


class OtherLanguage(Entry):
    """What a message in another language is known by, and what is answered in it."""

    name: Text = Field(description="in the language itself")
    letters: str = Field(
        default="", description="letters that only this language has here, or ranges such as a-z; one is enough"
    )
    words: Phrases = Field(default=(), description="words that show this language; two are enough")
    danger: dict[str, Phrases] = Field(default_factory=dict, description="finding reference to phrases that state it")
    emergency: Phrases = Field(default=(), description="phrases that ask for emergency help")
    negations: Phrases = Field(default=(), description="words close behind a phrase that may turn it round")
    negations_before: Phrases = Field(default=(), description="words right before a phrase that may turn it round")
    intents: dict[Intent, Phrases] = Field(default_factory=dict, description="intent to phrases, for `app.py read`")
    emergency_text: Text = Field(description="what to do now: 119, what to say, whom to ask")
    contact_text: Text = Field(description="what this is, and how to reach the clinic: {phone}, {phone_hours}")
    go_on: Label = Field(description="button: go on in the language of the conversation")
