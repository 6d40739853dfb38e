"""The cards for looking things up: the menu, lists, and every kind of entry that is no condition and no tip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flow.commands import TOPIC
from bot.library.library import Library
from bot.library.schema import Guidebook, QuestionAnswer, Resource, Treatment
from bot.line import design
from bot.line.cards import lead_on, named
from bot.line.flex import (
    Part,
    bubble,
    button,
    carousel,
    column,
    fine,
    heading,
    message,
    panel,
    points,
    postback,
    quiet,
    rows,
    second_button,
    section,
    separator,
    steps,
    text,
    title,
    uri,
    warning,
)
from bot.line.postback import command_data

MENU = "menu"
LIST = "list"
"""Topics of lists: ``list.conditions``, and ``list.conditions.2`` for its second page."""

_TIP = "tip."

ROWS_PER_CARD = 10
CARDS_PER_PAGE = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: what it opens, and what it says."""

    topic: str
    name: str
    summary: str


def menu_message(library: Library) -> Part:
    """What can be looked up."""
    asked = library.message("menu_title")
    listed = [_row(library, Row(id, entry.label, entry.text)) for id, entry in library.menu.items()]
    names = library.listed(entry.label for entry in library.menu.values())
    return message(library.message("alt_list", title=asked, names=names), bubble([title(asked), rows(listed)]))


def list_message(library: Library, kind: str, page: int, withheld: frozenset[str]) -> Part:
    """The entries of one kind, ten to a card, three cards to a page.

    Args:
        kind: key of `list_rows`.
        page: from 1; beyond the last it is the last.
        withheld: self-care tips that these answers do not allow; they are not listed.
    """
    entries = list_rows(library)[kind]
    allowed = set(visible([entry.topic for entry in entries], withheld))
    entries = [entry for entry in entries if entry.topic in allowed]
    per_page = ROWS_PER_CARD * CARDS_PER_PAGE
    last = max(1, -(-len(entries) // per_page))
    page = min(max(page, 1), last)
    shown = entries[(page - 1) * per_page : page * per_page]
    name = library.menu[f"{LIST}.{kind}"].label
    parts = max(1, -(-len(shown) // ROWS_PER_CARD))
    per_card = max(1, -(-len(shown) // parts))
    more = [_more(library, f"{kind}.{page + 1}")] if page < last else []
    cards = [
        bubble(
            [title(name), rows([_row(library, entry) for entry in shown[i : i + per_card]])],
            footer=more if i + per_card >= len(shown) else (),
        )
        for i in range(0, len(shown), per_card)
    ] or [bubble([text(library.message("list_empty"))])]
    names = library.listed(entry.name for entry in shown)
    return carousel(library.message("alt_list", title=name, names=names), cards)


def _more(library: Library, page: str) -> Part:
    label = library.message("more_button")
    return button(postback(label, command_data(f"{TOPIC}{LIST}.{page}")))


def list_rows(library: Library) -> Mapping[str, Sequence[Row]]:
    """Every list with its rows, in the order of the library."""
    return {
        "conditions": [Row(f"condition.{id}", c.name, c.summary) for id, c in library.conditions.items()],
        "treatments": [Row(f"treatment.{id}", t.name, t.summary) for id, t in library.treatments.items()],
        "tips": [Row(f"tip.{id}", tip.name, tip.summary) for id, tip in library.tips.items()],
        "answers": [Row(f"answer.{id}", answer.question, "") for id, answer in _often_asked_first(library)],
        "guidebooks": [Row(f"guidebook.{id}", book.title, book.summary) for id, book in library.guidebooks.items()],
        "clinics": [Row(f"clinic.{id}", clinic.name, clinic.address) for id, clinic in library.clinics.items()],
        "resources": [Row(f"resource.{id}", item.name, item.text) for id, item in library.resources.items()],
    }


def _often_asked_first(library: Library) -> list[tuple[str, QuestionAnswer]]:
    return sorted(library.answers.items(), key=lambda item: not item[1].often_asked)


def visible(topics: Sequence[str], withheld: frozenset[str]) -> list[str]:
    """The topics without the self-care tips that these answers do not allow."""
    return [topic for topic in topics if not (topic.startswith(_TIP) and topic.removeprefix(_TIP) in withheld)]


def related_card(library: Library, name: str, topics: Sequence[str]) -> Part:
    """Entries that belong to the one beside it."""
    listed = [_row(library, entry) for entry in _rows_of(library, topics)]
    return bubble([quiet(library.message("related_title")), title(name, margin="2px"), rows(listed)])


def treatment_card(library: Library, treatment: Treatment) -> Part:
    """One treatment. Self-pay treatment that is not ready for patients shows a neutral line and the contact only."""
    say = library.message
    body = named(treatment.name, treatment.reading)
    if not treatment.is_ready:
        phone = library.clinic.phone
        contact = text(say("treatment_not_ready", phone=phone), margin=design.GAP)
        call = second_button(uri(say("call_clinic_button"), f"tel:{phone}"))
        return bubble([*body, contact, fine(say("not_a_diagnosis"))], footer=[call])
    sections = [
        ("treatment_title", treatment.what_it_is),
        ("when_used_title", treatment.when_used),
        ("treatment_course_title", treatment.course),
        ("risks_title", treatment.risks),
        *_self_pay(treatment),
    ]
    for name, content in sections:
        body += section(say(name), text(content))
    body += _hurry(library, treatment.hurry_when)
    body += _related(library, [f"condition.{id}" for id in treatment.conditions])
    return bubble([*body, *_sources(library, [source.title for source in treatment.sources])])


def answer_card(library: Library, answer: QuestionAnswer, withheld: frozenset[str]) -> Part:
    """One question with its answer."""
    body = [title(answer.question), text(answer.answer, margin=design.GAP)]
    body += _hurry(library, answer.hurry_when)
    body += _related(library, visible(answer.topics, withheld))
    return bubble([*body, *_sources(library, [source.title for source in answer.sources])])


def guidebook_card(
    library: Library,
    guidebook: Guidebook,
    withheld: frozenset[str],
    drawing: Part | None = None,
    page: str | None = None,
) -> Part:
    """The cover of a guidebook with its short version and its chapters.

    Args:
        withheld: self-care tips that these answers do not allow.
        drawing: on the cover.
        page: address where the chapters are read; without it they stand on the card.
    """
    cover = column(
        [
            text(f"{guidebook.symbol} {guidebook.title}", size=design.NAME_SIZE, weight="bold", color=design.WHITE),
            text(guidebook.subtitle, size=design.SMALL, color=design.WHITE, margin="4px"),
        ],
        backgroundColor=design.ACCENT,
        paddingAll=design.PADDING,
    )
    if page:
        chapters = section(library.message("chapters_title"), steps([chapter.title for chapter in guidebook.chapters]))
    else:
        chapters = [heading(library.message("chapters_title")), *_chapters(library, guidebook, withheld)]
    body = [text(guidebook.line_text, size=design.LEAD), *chapters]
    open_it = [button(uri(library.message("guidebook_button"), page))] if page else ()
    return bubble([*body, *_sources(library, [source.title for source in guidebook.sources])], cover, open_it, drawing)


def resource_card(resource: Resource) -> Part:
    """One public service."""
    body = [title(resource.name), text(resource.text, margin=design.GAP)]
    if resource.fallback:
        body.append(panel([text(resource.fallback)], margin=design.GAP))
    return bubble(body, footer=[button(uri(resource.link.label, resource.link.uri))])


def _chapters(library: Library, guidebook: Guidebook, withheld: frozenset[str]) -> Iterator[Part]:
    for number, chapter in enumerate(guidebook.chapters, start=1):
        yield text(f"{number}. {chapter.title}", weight="bold", margin=design.GAP if number == 1 else design.SECTION)
        if chapter.text:
            yield text(chapter.text, margin=design.CLOSE)
        if chapter.points:
            yield column([points(chapter.points)], margin=design.CLOSE)
        entries = [_row(library, entry) for entry in _rows_of(library, visible(chapter.topics, withheld))]
        if entries:
            yield rows(entries, margin=design.GAP)


def _hurry(library: Library, signs: Sequence[str]) -> list[Part]:
    return [warning(library.message("hurry_title"), signs)] if signs else []


def _related(library: Library, topics: Sequence[str]) -> list[Part]:
    entries = [_row(library, entry) for entry in _rows_of(library, topics)]
    return [heading(library.message("related_title")), rows(entries, margin="8px")] if entries else []


def _self_pay(treatment: Treatment) -> Iterator[tuple[str, str]]:
    """The four things that must be told, and the approval (Guideline on Medical Advertising)."""
    pay = treatment.self_pay
    if pay is None:
        return
    for heading_id, content in (
        ("cost_title", pay.cost),
        ("visits_title", pay.visits),
        ("self_pay_risks_title", pay.risks),
        ("approval_title", pay.approval),
        ("contact_title", pay.contact),
    ):
        yield heading_id, content or ""


def _rows_of(library: Library, topics: Sequence[str]) -> Iterator[Row]:
    for topic in topics:
        yield Row(topic, library.named(topic), "")


def _row(library: Library, entry: Row) -> Part:
    label = library.message("details_button")
    return lead_on(entry.name, postback(label, command_data(f"{TOPIC}{entry.topic}"), entry.name), entry.summary)


def _sources(library: Library, titles: Sequence[str]) -> list[Part]:
    parts = [separator(), fine(library.message("not_a_diagnosis"))]
    if titles:
        named_sources = library.message(
            "named_value", name=library.message("sources_title"), value=library.listed(titles)
        )
        parts.insert(1, fine(named_sources))
    return parts
