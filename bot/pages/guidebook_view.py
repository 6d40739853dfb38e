"""What stands on the page of a guidebook: its chapters, with the entries that they name told in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.flow.schema import Flow
from bot.library.fields import Link, Source
from bot.library.library import Library
from bot.library.schema import Chapter, Condition, Guidebook, QuestionAnswer, Resource, Tip, Treatment

DANGER = "danger"
CAUTION = "caution"
"""Looks of a part that must not be passed over."""

_URGENT = ("emergency_now", "same_day")
_ALWAYS_OPEN = "resource"
"""Whom to call: nobody looks for it behind a name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of an entry.

    Args:
        points: a list below the text.
        is_ordered: the points are steps.
        look: empty, `DANGER` or `CAUTION`.
    """

    title: str
    text: str = ""
    points: tuple[str, ...] = ()
    is_ordered: bool = False
    look: str = ""


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """An entry as it is told in a chapter.

    Args:
        topic: such as ``tip.heat``.
        reading: how the name is read aloud; empty when that is plain.
        link: to call or to open.
        sources: of its facts.
        is_open: told right away; else its name opens it.
    """

    topic: str
    name: str
    reading: str = ""
    summary: str = ""
    parts: tuple[Part, ...] = ()
    link: Link | None = None
    sources: tuple[Source, ...] = ()
    is_open: bool = True

    @property
    def kind(self) -> str:
        """Such as ``tip``."""
        return self.topic.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ToldChapter:
    """A chapter with its entries."""

    chapter: Chapter
    entries: tuple[ToldEntry, ...]

    @property
    def has_folded(self) -> bool:
        """Whether a name has to be tapped to read on."""
        return not all(entry.is_open for entry in self.entries)

    @property
    def has_tips(self) -> bool:
        """Whether it tells of self-care."""
        return any(entry.kind == "tip" for entry in self.entries)


def told_chapters(flow: Flow, library: Library, guidebook: Guidebook) -> tuple[ToldChapter, ...]:
    """The chapters of a guidebook.

    Of several entries each is opened by its name, so that nobody scrolls past four to read the fifth.
    """
    return tuple(_chapter(flow, library, chapter) for chapter in guidebook.chapters)


def emergency_calls(library: Library) -> tuple[Link, ...]:
    """The numbers to call, the most urgent first."""
    links = (*library.outcomes["emergency_now"].links, *library.outcomes["same_day"].links)
    return tuple({link.uri: link for link in links if link.uri.startswith("tel:")}.values())


def told_sources(guidebook: Guidebook, chapters: Sequence[ToldChapter]) -> tuple[Source, ...]:
    """The sources of everything on the page, each of them once, those of the guidebook itself first."""
    entries = (entry for chapter in chapters for entry in chapter.entries)
    found: dict[object, Source] = {}
    for source in (*guidebook.sources, *(source for entry in entries for source in entry.sources)):
        found.setdefault(source.url or source.doi or source.title, source)
    return tuple(found.values())


def source_address(source: Source) -> str | None:
    """Where a source is read; None when it stands in no public place."""
    return f"https://doi.org/{source.doi}" if source.doi else str(source.url) if source.url else None


def _chapter(flow: Flow, library: Library, chapter: Chapter) -> ToldChapter:
    entries = [_entry(flow, library, topic) for topic in chapter.topics]
    if len(entries) > 1:
        entries = [replace(entry, is_open=entry.kind == _ALWAYS_OPEN) for entry in entries]
    return ToldChapter(chapter, tuple(entries))


def _entry(flow: Flow, library: Library, topic: str) -> ToldEntry:
    kind, _, id = topic.partition(".")
    match kind:
        case "condition":
            is_urgent = id in flow.conditions and flow.conditions[id].urgency in _URGENT
            return _condition(library, topic, library.conditions[id], is_urgent)
        case "tip":
            return _tip(library, topic, library.tips[id])
        case "treatment":
            return _treatment(library, topic, library.treatments[id])
        case "answer":
            return _answer(library, topic, library.answers[id])
        case "resource":
            return _resource(topic, library.resources[id])
        case _:
            return ToldEntry(topic, library.named(topic))


def _condition(library: Library, topic: str, condition: Condition, is_urgent: bool) -> ToldEntry:
    say = library.message
    explained = (
        Part(say("what_it_is_title"), condition.what_it_is),
        Part(say("when_it_hurts_title"), condition.when_it_hurts),
        Part(say("course_title"), condition.course),
        Part(say("department_title"), condition.department),
        Part(say("examination_title"), condition.examination),
        Part(say("until_then_title"), condition.until_then),
    )
    hurry = tuple(_hurry(library, condition.hurry_when))
    parts = hurry + explained if is_urgent else explained + hurry
    return ToldEntry(topic, condition.name, condition.reading, condition.summary, parts, sources=condition.sources)


def _tip(library: Library, topic: str, tip: Tip) -> ToldEntry:
    say = library.message
    caution = (Part(say("self_care_caution_title"), tip.caution, look=CAUTION),) if tip.caution else ()
    parts = (
        *caution,
        Part(say("steps_title"), points=tip.steps, is_ordered=True),
        Part(say("how_long_title"), tip.how_long),
        Part(say("stop_title"), points=tip.stop_when, look=DANGER),
    )
    return ToldEntry(topic, tip.name, summary=tip.summary, parts=parts, sources=tip.sources)


def _treatment(library: Library, topic: str, treatment: Treatment) -> ToldEntry:
    """Of self-pay treatment that is not ready for patients nothing is told but whom to ask."""
    say = library.message
    if not treatment.is_ready:
        neutral = Part("", say("treatment_not_ready", phone=library.clinic.phone))
        return ToldEntry(topic, treatment.name, treatment.reading, parts=(neutral,))
    parts = (
        Part(say("treatment_title"), treatment.what_it_is),
        Part(say("when_used_title"), treatment.when_used),
        Part(say("treatment_course_title"), treatment.course),
        Part(say("risks_title"), treatment.risks),
        *_self_pay(library, treatment),
        *_hurry(library, treatment.hurry_when),
    )
    return ToldEntry(topic, treatment.name, treatment.reading, treatment.summary, parts, sources=treatment.sources)


def _self_pay(library: Library, treatment: Treatment) -> Iterator[Part]:
    """The five facts that must be told together (Guideline on Medical Advertising)."""
    pay = treatment.self_pay
    if pay is None:
        return
    for title, fact in (
        ("cost_title", pay.cost),
        ("visits_title", pay.visits),
        ("self_pay_risks_title", pay.risks),
        ("approval_title", pay.approval),
        ("contact_title", pay.contact),
    ):
        yield Part(library.message(title), fact or "")


def _answer(library: Library, topic: str, answer: QuestionAnswer) -> ToldEntry:
    parts = (Part("", answer.answer), *_hurry(library, answer.hurry_when))
    return ToldEntry(topic, answer.question, parts=parts, sources=answer.sources)


def _resource(topic: str, resource: Resource) -> ToldEntry:
    parts = (Part("", resource.text), *([Part("", resource.fallback)] if resource.fallback else []))
    return ToldEntry(topic, resource.name, parts=parts, link=resource.link)


def _hurry(library: Library, signs: tuple[str, ...]) -> Iterator[Part]:
    if signs:
        yield Part(library.message("hurry_title"), points=signs, look=DANGER)
