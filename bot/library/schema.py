"""The shape of every file in content/<language>/.

Each class is one kind of entry; its fields are what an author may write. Unknown fields are refused.
Limits that LINE sets (`R#action-object-label-spec`, `R#flex-message` in LINE's Messaging API reference)
are checked on the rendered messages, not here.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]


class Entry(BaseModel):
    """Base of all entries: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Entry):
    """Where a fact comes from."""

    title: Text
    url: HttpUrl | None = None
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\S+/\S+$")] | None = None


class Reviewed(Entry):
    """What every medical text carries: where it comes from, who answers for it, and until when."""

    sources: tuple[Source, ...] = Field(min_length=1)
    reviewed_by: Text = Field(description="role of the reviewer, never a name")
    reviewed_on: date | None = Field(description="null until a clinician has signed")
    expires_on: date


class Condition(Reviewed):
    """General information about one condition, never about the reader."""

    name: Text
    reading: Text = Field(description="the name in hiragana")
    aliases: tuple[Text, ...] = ()
    summary: Annotated[str, StringConstraints(max_length=90)] = Field(description="one line for a card")
    what_it_is: Text
    when_it_hurts: Text
    course: Text = Field(description="how it usually goes")
    department: Text = Field(description="which department treats it")
    examination: Text = Field(description="what a doctor may examine")
    until_then: Text = Field(description="what helps until the visit")
    hurry_when: tuple[Text, ...] = Field(min_length=1, description="signs that make it urgent")


class Tip(Reviewed):
    """One self-care tip. When it is withheld is decided in flows/self_care.yaml."""

    name: Label
    aliases: tuple[Text, ...] = ()
    summary: Annotated[str, StringConstraints(max_length=90)]
    steps: tuple[Text, ...] = Field(min_length=1)
    how_long: Text
    stop_when: tuple[Text, ...] = Field(min_length=1)
    caution: Text | None = Field(default=None, description="shown when a caution_if of the gate holds")
    withheld: Text = Field(description="why the tip is not shown now, in one sentence")


class Link(Entry):
    """A button that opens something outside the chat."""

    label: Label
    uri: Annotated[str, StringConstraints(pattern=r"^(https://|tel:)\S+$", max_length=1000)]


class SelfPay(Entry):
    """What must be said of a treatment that patients pay themselves (Guideline on Medical Advertising).

    None where the clinic has not filled it in: the treatment is then not ready for patients, and only a neutral
    line and the clinic's contact are shown.
    """

    cost: Text | None
    visits: Text | None = Field(description="duration and number of visits")
    risks: Text | None = Field(description="main risks and side effects")
    contact: Text | None
    approval: Text | None = Field(description="whether approved in Japan, and what that means for the patient")


class Treatment(Reviewed):
    """General information about one treatment."""

    name: Text
    reading: Text
    aliases: tuple[Text, ...] = ()
    summary: Annotated[str, StringConstraints(max_length=90)]
    what_it_is: Text
    when_used: Text
    course: Text = Field(description="what happens, and how long it usually takes")
    risks: Text = Field(description="what to be careful about, in general")
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


class QuestionAnswer(Entry):
    """A question that patients ask, with its answer.

    Args:
        clinic_information: the clinic's own facts (fees, booking, parking): needs no source, and the clinic checks it.
    """

    question: Text
    aliases: tuple[Text, ...] = Field(min_length=1, description="phrases that, anywhere in a message, ask this")
    answer: Text
    hurry_when: tuple[Text, ...] = ()
    topics: tuple[Text, ...] = Field(default=(), description="related topics, such as condition.bakers_cyst")
    clinic_information: bool = False
    sources: tuple[Source, ...] = ()
    reviewed_by: Text
    reviewed_on: date | None
    expires_on: date

    @model_validator(mode="after")
    def _is_sourced(self) -> QuestionAnswer:
        if not self.sources and not self.clinic_information:
            raise ValueError("needs sources, or clinic_information: yes")
        return self


class Chapter(Entry):
    """One chapter of a guidebook: own words, entries of the store, or both."""

    title: Label
    text: Text | None = None
    topics: tuple[Text, ...] = Field(default=(), description="entries told in this chapter, such as tip.heat")


class Guidebook(Reviewed):
    """A booklet built from the store."""

    title: Text
    subtitle: Text
    symbol: Annotated[str, StringConstraints(max_length=2)]
    summary: Annotated[str, StringConstraints(max_length=90)]
    line_text: Text = Field(description="the short version in LINE, 2 to 5 sentences")
    chapters: tuple[Chapter, ...] = Field(min_length=1)
    audience: Text = Field(description="for staff: whom it suits")
    self_pay: bool = Field(description="tells of self-pay treatment: only to those who asked for it")


class MenuEntry(Entry):
    """One line of the menu. Its id is a topic, such as ``list.conditions``."""

    label: Label
    text: Text
    words: tuple[Text, ...] = Field(min_length=1, description="whole messages that open it")


class Resource(Entry):
    """A public service for people in need."""

    name: Label
    text: Text
    link: Link
    fallback: Text | None = Field(default=None, description="what to do where or when it cannot be reached")


class Outcome(Reviewed):
    """What one urgency level tells the patient."""

    symbol: Annotated[str, StringConstraints(max_length=2)]
    name: Label
    headline: Text
    when: Text = Field(description="how soon, in words")
    where: Text = Field(description="whom to see")
    do_now: tuple[Text, ...] = Field(min_length=1)
    safety_net: tuple[Text, ...] = Field(min_length=1, description="what would make it more urgent")
    links: tuple[Link, ...] = ()


class OptionWords(Entry):
    """How one answer is shown and which typed words mean it."""

    label: Label
    synonyms: tuple[Text, ...] = ()


class FindingWords(Entry):
    """How a finding reads: as an answer of a checklist and in a reason."""

    label: Label
    synonyms: tuple[Text, ...] = ()
    options: dict[str, OptionWords] = Field(default_factory=dict)


class QuestionWords(Entry):
    """The words of one question of the flow."""

    text: Text
    note: Text | None = None
    simpler: Text = Field(description="said when the first answer was not understood")
    why: Text = Field(description="answer to the question why it is asked")
    options: dict[str, OptionWords] = Field(default_factory=dict, description="only for options of its own")
    none: Label | None = Field(default=None, description="label of 'none of these'")


class CommandWords(Entry):
    """What a patient can type or tap at any time."""

    label: Label
    words: tuple[Text, ...] = Field(min_length=1)


class DangerWords(Entry):
    """Phrases that mean danger wherever they stand in a text.

    Args:
        findings: finding id (or ``finding.option``) to phrases.
        emergency: phrases that ask for emergency help without naming a finding.
        negations: words that, close behind a phrase, may turn it round and lead to a confirming question.
        fillers: words of degree that may stand inside a phrase (my chest **really** hurts) and are read over.
    """

    findings: dict[str, tuple[Text, ...]]
    emergency: tuple[Text, ...]
    negations: tuple[Text, ...]
    fillers: tuple[Text, ...] = ()


class TypedWords(Entry):
    """Typed words that mean the same at every question."""

    yes: tuple[Text, ...]
    no: tuple[Text, ...]
    unsure: tuple[Text, ...]
    none: tuple[Text, ...]
    done: tuple[Text, ...]
    number_suffixes: tuple[Text, ...]


class Shift(Entry):
    """One stretch of opening hours, clinic-local time."""

    opens: time
    closes: time


class Clinic(Entry):
    """One clinic: where, when, and how to reach it. Times are clinic-local."""

    name: Text
    departments: tuple[Text, ...] = Field(min_length=1)
    address: Text
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9-]{9,20}$")]
    phone_hours: Text
    hours: dict[str, tuple[Shift, ...]] = Field(description="mon..sun; an empty list is a closed day")
    hours_note: Text
    booking_url: HttpUrl
    map_url: HttpUrl
    online_consultation: Text
    bring: tuple[Text, ...] = Field(min_length=1)


class WordingRules(Entry):
    """Words that may not be shown to patients.

    Args:
        forbidden: word to a hint what to write instead.
        allowed: fixed phrases in which a forbidden word may stand.
    """

    forbidden: dict[str, Text]
    allowed: tuple[Text, ...] = ()
