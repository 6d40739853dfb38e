"""The clinics nearest to a place, side by side."""

from __future__ import annotations

from bot.flow.effects import FindClinics
from bot.library.library import Library
from bot.library.opening import opening
from bot.library.places import nearest
from bot.line import design
from bot.line.clinic_card import TEL, URGENT, open_state, urgent_notice
from bot.line.flex import Part, bubble, button, carousel, quiet, second_button, text, title, uri
from bot.line.topics import Asked

_MOST = 5
_NEAR_KM = 1


def finder_message(library: Library, find: FindClinics, asked: Asked) -> Part:
    """The nearest first, each with its distance, whether it is open, and the ways to reach it.

    Whoever has to be seen today is shown first where help is, and books nothing.
    """
    latitude, longitude = _position(library, find.where)
    found = nearest(library.clinics, latitude, longitude, _MOST)
    is_urgent = find.urgency in URGENT
    cards = [bubble(urgent_notice(library, find.urgency))] if is_urgent and find.urgency else []
    cards += [_card(library, id, _distance(library, km), asked, not is_urgent) for id, km in found]
    names = library.listed(library.clinics[id].name for id, _ in found)
    return carousel(library.message("alt_finder", names=names), cards)


def _position(library: Library, where: str | tuple[float, float]) -> tuple[float, float]:
    """Of a place that is not known any more, that of the clinic whose front desk this is."""
    if not isinstance(where, str):
        return where
    place = library.places.places.get(where)
    return (place.latitude, place.longitude) if place else (library.clinic.latitude, library.clinic.longitude)


def _distance(library: Library, km: float) -> str:
    return library.message("distance_near") if km < _NEAR_KM else library.message("distance", km=round(km))


def _card(library: Library, id: str, distance: str, asked: Asked, may_book: bool) -> Part:
    say, clinic = library.message, library.clinics[id]
    body = [
        quiet(say("finder_title")),
        title(clinic.name),
        text(distance, weight="bold", color=design.ACCENT),
        open_state(library, opening(clinic, asked.moment), asked.moment.date()),
        text(clinic.address, margin=design.GAP),
    ]
    ways = [
        second_button(uri(say("call_clinic_button"), f"{TEL}{clinic.phone}")),
        second_button(uri(say("map_button"), str(clinic.map_url))),
    ]
    if may_book:
        ways.insert(0, button(uri(say("booking_button"), asked.booking(library, id))))
    return bubble(body, footer=ways)
