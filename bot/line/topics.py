"""The message that explains a topic of the content store: an entry, a list, or the menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.flow import effects as do
from bot.flow.assessment import OfferedTip
from bot.flow.schema import Flow
from bot.library.library import Library
from bot.library.related import related_topics
from bot.line import browsing, cards
from bot.line.clinic_card import clinic_card
from bot.line.flex import Part, carousel, message, plain

CLINIC = "clinic"
GUIDEBOOK = "guidebook."


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, and when: what the card of a clinic needs besides its entry.

    Args:
        conversation_id: carried by the booking address.
        moment: clinic-local now.
    """

    conversation_id: str
    moment: datetime


def topic_message(flow: Flow, library: Library, explain: do.ExplainTopic, asked: Asked) -> Part:
    """The message for a topic; the help when there is no such topic, as after an old button."""
    kind, _, id = explain.topic.partition(".")
    if kind == browsing.MENU:
        return browsing.menu_message(library)
    if kind == browsing.LIST:
        name, _, page = id.partition(".")
        if name == "clinics" and len(library.clinics) == 1:
            return clinic_message(library, library.clinic_id, asked)
        if name in browsing.list_rows(library):
            return browsing.list_message(library, name, int(page) if page.isdecimal() else 1, explain.hidden)
    if kind == CLINIC and id in library.clinics:
        return clinic_message(library, id, asked)
    if kind == "tip" and id in library.tips and explain.withheld:
        return plain(library.tips[id].withheld)
    entry = _entry(flow, library, kind, id, explain.hidden)
    return carousel(*entry) if entry else plain(library.message("help", phone=library.clinic.phone))


def clinic_message(library: Library, id: str, asked: Asked) -> Part:
    """The card of one clinic."""
    clinic = library.clinics[id]
    card = clinic_card(library, clinic, asked.conversation_id, asked.moment)
    return message(library.message("alt_clinic", name=clinic.name), card)


def _entry(
    flow: Flow, library: Library, kind: str, id: str, hidden: frozenset[str]
) -> tuple[str, Sequence[Part]] | None:
    """Alternative text and cards of an entry."""
    if kind == "condition" and id in library.conditions:
        condition = library.conditions[id]
        details = cards.condition_details(library, condition, tuple(flow.conditions[id].supporting))
        return _named(library, condition.name, condition.what_it_is), [details, *_related(library, id, hidden)]
    if kind == "tip" and id in library.tips:
        tip = library.tips[id]
        return _named(library, tip.name, tip.summary), [cards.tip_card(library, tip, OfferedTip(id, caution=True))]
    if kind == "treatment" and id in library.treatments:
        treatment = library.treatments[id]
        return treatment.name, [browsing.treatment_card(library, treatment)]
    if kind == "answer" and id in library.answers:
        answer = library.answers[id]
        return _named(library, answer.question, answer.answer), [browsing.answer_card(library, answer, hidden)]
    if kind == "guidebook" and id in library.guidebooks:
        guidebook = library.guidebooks[id]
        return _named(library, guidebook.title, guidebook.line_text), [
            browsing.guidebook_card(library, guidebook, hidden)
        ]
    if kind == "resource" and id in library.resources:
        resource = library.resources[id]
        return _named(library, resource.name, resource.text), [browsing.resource_card(resource)]
    return None


def _related(library: Library, condition: str, hidden: frozenset[str]) -> list[Part]:
    """One card per kind of entry that belongs to a condition."""
    related = related_topics(library, condition)
    named = [(library.menu[f"{browsing.LIST}.{kind}"].label, topics) for kind, topics in related.items()]
    shown = [(title, browsing.visible(topics, hidden)) for title, topics in named]
    return [browsing.related_card(library, title, topics) for title, topics in shown if topics]


def _named(library: Library, name: str, value: str) -> str:
    return library.message("named_value", name=name, value=value)
