"""The message that explains a topic of the content store: an entry, a list, or the menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.flow import effects as do
from bot.flow.assessment import OfferedTip
from bot.flow.schema import Flow
from bot.library.library import Library
from bot.library.opening import Opening, opening
from bot.library.related import related_topics
from bot.line import browsing, cards
from bot.line.clinic_card import clinic_card
from bot.line.drawings import drawing
from bot.line.flex import Part, carousel, message, plain
from bot.links import Links

CLINIC = "clinic"
GUIDEBOOK = "guidebook."


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, and when: what the card of a clinic needs besides its entry.

    Args:
        conversation_id: carried by the booking address.
        moment: clinic-local now.
        links: addresses of this server.
    """

    conversation_id: str
    moment: datetime
    links: Links | None = None

    @property
    def at(self) -> int:
        """The same moment in milliseconds since 1970."""
        return int(self.moment.timestamp() * 1000)

    def booking(self, library: Library, clinic: str) -> str:
        """Where a clinic is booked: by way of this server when it has an address."""
        if self.links:
            return self.links.booking(clinic, self.conversation_id)
        return library.clinics[clinic].booking.address(self.conversation_id)


def topic_messages(flow: Flow, library: Library, explain: do.ExplainTopic, asked: Asked) -> list[Part]:
    """The messages for a topic; the help when there is no such topic, as after an old button."""
    kind, _, id = explain.topic.partition(".")
    if kind == browsing.MENU:
        return [browsing.menu_message(library)]
    if kind == browsing.LIST:
        name, _, page = id.partition(".")
        if name == "clinics" and len(library.clinics) == 1:
            return [_clinic(library, library.clinic_id, asked, explain.urgency)]
        if name in browsing.list_rows(library):
            if name == "tips" and explain.hidden >= library.tips.keys():
                return [plain(_no_tips(library, explain))]
            return [browsing.list_message(library, name, int(page) if page.isdecimal() else 1, explain.hidden)]
    if kind == CLINIC and id in library.clinics:
        return [_clinic(library, id, asked, explain.urgency)]
    if kind == "tip" and id in library.tips and explain.withheld:
        return [plain(library.tips[id].withheld if explain.urgency else _no_tips(library, explain))]
    entry = _entry(flow, library, kind, id, explain.hidden, asked.links)
    if entry is None:
        return [plain(library.message("help", phone=library.clinic.phone))]
    related = _related(library, id, explain.hidden) if kind == "condition" else []
    return [message(*entry), *([carousel(library.message("related_title"), related)] if related else [])]


def clinic_message(library: Library, id: str, booking: str, today: date, state: Opening, urgency: str | None) -> Part:
    """The card of one clinic.

    Args:
        booking: address that books.
        today: clinic-local.
        state: whether it is open now.
        urgency: of the patient's outcome; at the urgent levels nothing is promoted.
    """
    clinic = library.clinics[id]
    card = clinic_card(library, clinic, booking, today, state, urgency)
    return message(library.message("alt_clinic", name=clinic.name), card)


def _clinic(library: Library, id: str, asked: Asked, urgency: str | None) -> Part:
    state = opening(library.clinics[id], asked.moment)
    return clinic_message(library, id, asked.booking(library, id), asked.moment.date(), state, urgency)


def _no_tips(library: Library, explain: do.ExplainTopic) -> str:
    """Why there is no self-care now: the questions come first, or the visit does."""
    return library.message("tips_withheld" if explain.urgency else "tips_after_questions")


def _entry(
    flow: Flow, library: Library, kind: str, id: str, hidden: frozenset[str], links: Links | None
) -> tuple[str, Part] | None:
    """Alternative text and card of an entry."""
    if kind == "condition" and id in library.conditions:
        condition = library.conditions[id]
        known = flow.conditions[id]
        details = cards.condition_details(library, condition, tuple(known.supporting), known.urgency)
        return _named(library, condition.name, condition.what_it_is), details
    if kind == "tip" and id in library.tips:
        tip = library.tips[id]
        card = cards.tip_card(library, tip, OfferedTip(id, caution=True), drawing(library, links, f"tip_{id}"))
        return _named(library, tip.name, tip.summary), card
    if kind == "treatment" and id in library.treatments:
        treatment = library.treatments[id]
        return treatment.name, browsing.treatment_card(library, treatment)
    if kind == "answer" and id in library.answers:
        answer = library.answers[id]
        return _named(library, answer.question, answer.answer), browsing.answer_card(library, answer, hidden)
    if kind == "guidebook" and id in library.guidebooks:
        guidebook = library.guidebooks[id]
        page = links.guidebook(id, library.language) if links else None
        cover = browsing.guidebook_card(library, guidebook, hidden, drawing(library, links, f"guidebook_{id}"), page)
        return _named(library, guidebook.title, guidebook.line_text), cover
    if kind == "resource" and id in library.resources:
        resource = library.resources[id]
        return _named(library, resource.name, resource.text), browsing.resource_card(resource)
    return None


def _related(library: Library, condition: str, hidden: frozenset[str]) -> list[Part]:
    """Cards with what belongs to a condition, by kind and ten to a card."""
    size = browsing.ROWS_PER_CARD
    return [
        browsing.related_card(library, library.menu[f"{browsing.LIST}.{kind}"].label, shown[i : i + size])
        for kind, topics in related_topics(library, condition).items()
        for shown in [browsing.visible(topics, hidden)]
        for i in range(0, len(shown), size)
    ]


def _named(library: Library, name: str, value: str) -> str:
    return library.message("named_value", name=name, value=value)
