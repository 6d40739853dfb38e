"""The words of the memo for the doctor, and in which order and groups the answers stand on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.library.fields import Entry, Label, Text, filled_with


class MemoSection(Entry):
    """One group of answers."""

    title: Text
    findings: tuple[Text, ...] = Field(min_length=1, description="ids of flows/findings.yaml, in the order shown")


class AdviceWords(Entry):
    """What was advised, and why."""

    title: Text
    at: Annotated[Text, filled_with("moment")] = Field(description="when it was told")
    reasons_title: Text
    because: Annotated[Text, filled_with("answers")] = Field(description="the answers behind a reason")
    more: Annotated[Text, filled_with("count")] = Field(description="so many reasons that are not shown")
    none: Text = Field(description="instead of all this while the questions are not finished")


class TimelineWords(Entry):
    """When what happened."""

    title: Text
    findings: tuple[Text, ...] = Field(description="findings that say since when and how it hurts")
    said: Text = Field(description="in front of those findings")
    began: Text = Field(description="in front of the moment at which the questions began")
    changed: Text = Field(description="in front of the moment of the last answer")
    finished: Text = Field(description="in front of the moment at which the advice was given")


class NoteWords(Entry):
    """What patients add in their own words."""

    title: Text
    label: Annotated[Text, filled_with("longest")] = Field(description="what belongs there, and how long it may be")
    hint: Text = Field(description="how it is changed and taken away")
    save: Text = Field(description="the button")
    saved: Text
    removed: Text
    too_long: Annotated[Text, filled_with("longest", "length")]
    again: Text = Field(description="the form was too old or came from elsewhere")
    written: Annotated[Text, filled_with("moment")] = Field(description="when it was written")


class CodeWords(Entry):
    """The code that leads the reception to the same page."""

    label: Text
    alt: Text = Field(description="the picture, read aloud")


class ClosedWords(Entry):
    """The page behind an address that no longer opens a memo."""

    title: Text
    ended: Text = Field(description="the address was good once")
    unknown: Text = Field(description="the address was never one")
    how: Text = Field(description="how to get a new one")


class ChatWords(Entry):
    """The memo as a message in the chat."""

    heading: Annotated[Text, filled_with("title")] = Field(description="in front of a group of lines")
    open: Label = Field(description="the button that opens the page, at most 20 characters")
    page: Annotated[Text, filled_with("days")] = Field(description="what the page is for, and how long it opens")


class MemoWords(Entry):
    """Every word of the memo, but for those of the answers themselves."""

    title: Text
    how: Text = Field(description="what the patient does with it")
    own_answers: Text = Field(description="that it is what the patient said, and that only a doctor says what it means")
    reference: Text = Field(description="in front of the number by which staff find the patient")
    moment: Annotated[Text, filled_with("year", "month", "day", "weekday", "date", "time")] = Field(
        description="a moment; {date} is written as 2026-11-23"
    )
    number: Annotated[Text, filled_with("value", "minimum", "maximum")] = Field(description="an answer on a scale")
    sections: tuple[MemoSection, ...] = Field(min_length=1, description="every finding stands in exactly one of them")
    denied_danger: Text = Field(description="danger signs that were asked about and are not there")
    denied: Text = Field(description="everything else that was asked about and is not there")
    unsure: Text = Field(description="what the patient could not say")
    not_asked: Text = Field(description="danger signs that were not asked about")
    left_out: Text = Field(description="answers were left out because their questions have changed")
    nothing_yet: Text = Field(description="there are no answers so far")
    advice: AdviceWords
    timeline: TimelineWords
    note: NoteWords
    code: CodeWords
    closed: ClosedWords
    chat: ChatWords
