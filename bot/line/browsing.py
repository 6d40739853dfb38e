"""The cards for looking things up: the menu, lists, and every kind of entry that is no condition and no tip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flow.commands import TOPIC
from bot.library.library import Library
from bot.library.schema import Guidebook, QuestionAnswer, Resource, Treatment
from bot.line import design
from bot.line.flex import (
    Part,
    bubble,
    button,
    carousel,
    column,
    heading,
    link,
    message,
    points,
    postback,
    quiet,
    separator,
    text,
    uri,
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
    title = library.message("menu_title")
    rows = [_row(library, Row(id, entry.label, entry.text)) for id, entry in library.menu.items()]
    names = library.listed(entry.label for entry in library.menu.values())
    card = bubble([text(title, size=design.TITLE, weight="bold"), column(rows, margin="lg")])
    return message(library.message("alt_list", title=title, names=names), card)


def list_message(library: Library, kind: str, page: int, withheld: frozenset[str]) -> Part:
    """The entries of one kind, ten to a card, three cards to a page.

    Args:
        kind: key of `list_rows`.
        page: from 1; beyond the last it is the last.
        withheld: self-care tips that these answers do not allow; they are not listed.
    """
    rows = list_rows(library)[kind]
    allowed = set(visible([row.topic for row in rows], withheld))
    rows = [row for row in rows if row.topic in allowed]
    per_page = ROWS_PER_CARD * CARDS_PER_PAGE
    last = max(1, -(-len(rows) // per_page))
    page = min(max(page, 1), last)
    shown = rows[(page - 1) * per_page : page * per_page]
    title = library.menu[f"{LIST}.{kind}"].label
    cards = [
        bubble(
            [
                text(title, size=design.TITLE, weight="bold"),
                column([_row(library, row) for row in shown[i : i + ROWS_PER_CARD]], margin="lg"),
            ]
        )
        for i in range(0, len(shown), ROWS_PER_CARD)
    ] or [bubble([text(library.message("list_empty"))])]
    if page < last:
        label = library.message("more_button")
        action = postback(label, command_data(f"{TOPIC}{LIST}.{kind}.{page + 1}"))
        cards[-1]["footer"] = column([button(action)], paddingAll="12px")
    names = library.listed(row.name for row in shown)
    return carousel(library.message("alt_list", title=title, names=names), cards)


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


def related_card(library: Library, title: str, topics: Sequence[str]) -> Part:
    """Entries that belong to the one beside it."""
    rows = [_row(library, row) for row in _rows_of(library, topics)]
    heads = [quiet(library.message("related_title")), text(title, size=design.TITLE, weight="bold")]
    return bubble([*heads, column(rows, margin="lg")])


def treatment_card(library: Library, treatment: Treatment) -> Part:
    """One treatment. Self-pay treatment that is not ready for patients shows a neutral line and the contact only."""
    say = library.message
    body = [text(treatment.name, size=design.TITLE, weight="bold"), quiet(treatment.reading)]
    if not treatment.is_ready:
        phone = library.clinic.phone
        contact = text(say("treatment_not_ready", phone=phone), margin=design.GAP)
        call = link(uri(say("call_clinic_button"), f"tel:{phone}"))
        return bubble([*body, contact, quiet(say("not_a_diagnosis"), margin="lg")], footer=[call])
    sections = [
        ("treatment_title", treatment.what_it_is),
        ("when_used_title", treatment.when_used),
        ("treatment_course_title", treatment.course),
        ("risks_title", treatment.risks),
        *_self_pay(treatment),
    ]
    for title, content in sections:
        body += [heading(say(title)), text(content)]
    body += _hurry(library, treatment.hurry_when)
    body += _related(library, [f"condition.{id}" for id in treatment.conditions])
    return bubble([*body, *_sources(library, [source.title for source in treatment.sources])])


def answer_card(library: Library, answer: QuestionAnswer, withheld: frozenset[str]) -> Part:
    """One question with its answer."""
    body = [text(answer.question, weight="bold"), text(answer.answer, margin=design.GAP)]
    body += _hurry(library, answer.hurry_when)
    body += _related(library, visible(answer.topics, withheld))
    return bubble([*body, *_sources(library, [source.title for source in answer.sources])])


def guidebook_card(library: Library, guidebook: Guidebook, withheld: frozenset[str]) -> Part:
    """The cover of a guidebook with its short version and chapters."""
    cover = column(
        [
            text(f"{guidebook.symbol} {guidebook.title}", size="xl", weight="bold", color=design.WHITE),
            text(guidebook.subtitle, size=design.SMALL, color=design.WHITE, margin="sm"),
        ],
        backgroundColor=design.ACCENT,
        paddingAll=design.PADDING,
    )
    body = [text(guidebook.line_text), heading(library.message("chapters_title"))]
    for i, chapter in enumerate(guidebook.chapters, start=1):
        body.append(text(f"{i}. {chapter.title}", weight="bold", margin=design.GAP))
        if chapter.text:
            body.append(text(chapter.text))
        body += points(chapter.points)
        body += [_row(library, row) for row in _rows_of(library, visible(chapter.topics, withheld))]
    return bubble([*body, *_sources(library, [source.title for source in guidebook.sources])], cover)


def resource_card(resource: Resource) -> Part:
    """One public service."""
    body = [text(resource.name, size=design.TITLE, weight="bold"), text(resource.text, margin=design.GAP)]
    if resource.fallback:
        body.append(quiet(resource.fallback, margin=design.GAP))
    return bubble(body, footer=[button(uri(resource.link.label, resource.link.uri))])


def _hurry(library: Library, signs: Sequence[str]) -> list[Part]:
    if not signs:
        return []
    return [heading(library.message("hurry_title"), color=design.URGENCY["emergency_now"]), *points(signs)]


def _related(library: Library, topics: Sequence[str]) -> list[Part]:
    rows = [_row(library, row) for row in _rows_of(library, topics)]
    return [heading(library.message("related_title")), column(rows)] if rows else []


def _self_pay(treatment: Treatment) -> Iterator[tuple[str, str]]:
    """The four things that must be told, and the approval (Guideline on Medical Advertising)."""
    pay = treatment.self_pay
    if pay is None:
        return
    for title, content in (
        ("cost_title", pay.cost),
        ("visits_title", pay.visits),
        ("self_pay_risks_title", pay.risks),
        ("approval_title", pay.approval),
        ("contact_title", pay.contact),
    ):
        yield title, content or ""


def _rows_of(library: Library, topics: Sequence[str]) -> Iterator[Row]:
    for topic in topics:
        yield Row(topic, library.named(topic), "")


def _row(library: Library, row: Row) -> Part:
    contents = [text(row.name, weight="bold")]
    if row.summary:
        contents.append(quiet(row.summary, margin="xs"))
    return column(
        contents,
        action=postback(library.message("details_button"), command_data(f"{TOPIC}{row.topic}"), row.name),
        backgroundColor=design.TINT,
        cornerRadius=design.CORNER,
        paddingAll="12px",
        margin="sm",
    )


def _sources(library: Library, titles: Sequence[str]) -> list[Part]:
    parts = [separator(), quiet(library.message("not_a_diagnosis"), size="xs", margin=design.GAP)]
    if titles:
        named = library.message("named_value", name=library.message("sources_title"), value=library.listed(titles))
        parts.insert(1, quiet(named, size="xs", margin=design.GAP))
    return parts
