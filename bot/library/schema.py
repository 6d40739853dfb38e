"""The entries of content/<language>/ that patients read: conditions, tips, treatments, answers, guidebooks, outcomes.

Each class is one kind of entry; its fields are what an author may write. Unknown fields are refused. Limits that LINE
sets on whole messages are checked on the rendered messages (`bot.line.gallery`), not here.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.library.fields import Day, Entry, Label, Link, Point, Source, Summary, Symbol, Text, Topic, YesNo


class Signed(Entry):
    """Who answers for a text, and until when."""

    reviewed_by: Text = Field(description="role of the reviewer, never a name")
    reviewed_on: Day | None = Field(description="YYYY-MM-DD; null until a clinician has signed")
    expires_on: Day = Field(description="YYYY-MM-DD; from this day on the text counts as unreviewed")

    @model_validator(mode="after")
    def _expires_after_the_review(self) -> Self:
        if self.reviewed_on and self.expires_on <= self.reviewed_on:
            hint = "Write a later `expires_on`: the day by which the text is to be read again."
            raise PydanticCustomError("LIB022", "expires before it was reviewed", {"hint": hint})
        return self


class Reviewed(Signed):
    """What every medical text carries besides: where its facts come from."""

    sources: tuple[Source, ...] = Field(min_length=1)


class Condition(Reviewed):
    """General information about one condition, never about the reader."""

    name: Text
    reading: Text = Field(description="the name in hiragana")
    aliases: tuple[Text, ...] = Field(default=(), description="other names that patients type")
    summary: Summary = Field(description="one line for a card, at most 90 characters")
    what_it_is: Text
    when_it_hurts: Text
    course: Text = Field(description="how it usually goes")
    department: Text = Field(description="which department treats it")
    examination: Text = Field(description="what a doctor may examine")
    until_then: Text = Field(description="what helps until the visit")
    hurry_when: tuple[Point, ...] = Field(min_length=1, description="signs that make it urgent")
    tips: tuple[Text, ...] = Field(default=(), description="ids of self-care tips that belong to it, such as heat")


class Tip(Reviewed):
    """One self-care tip. When it is withheld is decided in flows/self_care.yaml."""

    name: Label
    aliases: tuple[Text, ...] = ()
    summary: Summary
    steps: tuple[Text, ...] = Field(min_length=1, description="in order; numbers are added")
    how_long: Text = Field(description="how long and how often")
    stop_when: tuple[Point, ...] = Field(min_length=1, description="signs to stop at")
    caution: Text | None = Field(default=None, description="shown when a caution_if of the gate holds")
    withheld: Text = Field(description="why the tip is not shown now, in one sentence")


class SelfPay(Entry):
    """What must be said of a treatment that patients pay themselves (Guideline on Medical Advertising).

    None where the clinic has not filled it in: the treatment is then not ready for patients, and only a neutral
    line and the clinic's contact are shown.
    """

    cost: Text | None = Field(description="standard cost, in yen, with tax")
    visits: Text | None = Field(description="duration and number of visits")
    risks: Text | None = Field(description="main risks and side effects")
    contact: Text | None = Field(description="where patients ask about it")
    approval: Text | None = Field(description="whether approved in Japan, and what that means for the patient")


class Treatment(Reviewed):
    """General information about one treatment."""

    name: Text
    reading: Text
    aliases: tuple[Text, ...] = ()
    summary: Summary
    what_it_is: Text
    when_used: Text
    course: Text = Field(description="what happens, and how long it usually takes")
    risks: Text = Field(description="what to be careful about, in general")
    hurry_when: tuple[Point, ...] = Field(default=(), description="signs after the treatment that make it urgent")
    conditions: tuple[Text, ...] = Field(description="ids of conditions that it is used for")
    self_pay: SelfPay | None = Field(default=None, description="null: covered by health insurance in general")

    @property
    def is_ready(self) -> bool:
        """Whether everything that patients must be told is filled in."""
        return self.self_pay is None or all(
            (
                self.self_pay.cost,
                self.self_pay.visits,
                self.self_pay.risks,
                self.self_pay.contact,
                self.self_pay.approval,
            )
        )


class QuestionAnswer(Signed):
    """A question that patients ask, with its answer."""

    question: Text
    aliases: tuple[Text, ...] = Field(min_length=1, description="phrases that, anywhere in a message, ask this")
    answer: Text
    often_asked: YesNo = Field(default=False, description="stands at the top of the list of questions")
    hurry_when: tuple[Point, ...] = Field(default=(), description="signs that make it urgent")
    topics: tuple[Topic, ...] = Field(default=(), description="related entries, such as condition.bakers_cyst")
    clinic_information: YesNo = Field(
        default=False,
        description="the clinic's own facts (fees, booking, parking): needs no source, the clinic checks it",
    )
    sources: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _is_sourced(self) -> Self:
        if not self.sources and not self.clinic_information:
            hint = "Add sources, or write `clinic_information: true` when the clinic itself is the source."
            raise PydanticCustomError("LIB023", "has no source", {"hint": hint})
        return self


class Chapter(Entry):
    """One chapter of a guidebook: own words, points, entries of the store, or any of these."""

    title: Label
    text: Text | None = None
    points: tuple[Point, ...] = ()
    topics: tuple[Topic, ...] = Field(default=(), description="entries told in this chapter, such as tip.heat")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.points or self.topics):
            raise PydanticCustomError("LIB024", "the chapter is empty", {"hint": "Give it text, points or topics."})
        return self


class Guidebook(Reviewed):
    """A booklet built from the store."""

    title: Text
    aliases: tuple[Text, ...] = Field(default=(), description="other names that patients type")
    subtitle: Text
    symbol: Symbol
    summary: Summary
    line_text: Text = Field(description="the short version in LINE, 2 to 5 sentences")
    chapters: tuple[Chapter, ...] = Field(min_length=1)
    audience: Text = Field(description="for staff: whom it suits")
    self_pay: YesNo = Field(description="tells of self-pay treatment: only to those who asked for it")


class MenuEntry(Entry):
    """One line of the menu. Its id is a topic, such as ``list.conditions``."""

    label: Label
    text: Text
    words: tuple[Text, ...] = Field(min_length=1, description="whole messages that open it")


class Resource(Entry):
    """A public service for people in need."""

    name: Label
    aliases: tuple[Text, ...] = Field(default=(), description="other names that patients type")
    text: Text
    link: Link
    fallback: Text | None = Field(default=None, description="what to do where or when it cannot be reached")


class Outcome(Reviewed):
    """What one urgency level tells the patient."""

    symbol: Symbol
    name: Label
    headline: Text
    when: Text = Field(description="how soon, in words")
    where: Text = Field(description="whom to see")
    do_now: tuple[Point, ...] = Field(min_length=1, description="what to do until then")
    safety_net: tuple[Point, ...] = Field(min_length=1, description="what would make it more urgent")
    links: tuple[Link, ...] = Field(default=(), description="emergency services only at the two urgent levels")
