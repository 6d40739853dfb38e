"""The way to booking: this server counts, and sends on to the clinic's booking site."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template
from werkzeug.wrappers import Response

from bot.pages.guidebook_view import emergency_calls
from bot.pages.opens import count_open
from bot.pages.pages import current_pages, page_blueprint

_KIND = "booking"


def booking_pages() -> Blueprint:
    """The one address, and what stands behind it when it leads nowhere."""
    blueprint = page_blueprint("bookings", "/bookings")
    blueprint.add_url_rule("/<path:token>", "book", book)
    blueprint.after_request(_keep_nowhere)
    return blueprint


def book(token: str) -> Response:
    """On to the booking site; to the clinic's telephone number when the address was made up or the clinic is gone."""
    pages = current_pages()
    link = pages.links.read_booking(token)
    library = pages.live.desk.library
    clinic = library.clinics.get(link.clinic) if link else None
    if link is None or clinic is None:
        page = render_template(
            "closed.html",
            language=library.language,
            words=library.pages,
            say=library.message,
            clinic=library.clinic,
            calls=emergency_calls(library),
            text=library.pages.closed.booking,
        )
        return make_response(page, 404)
    count_open(pages, f"{_KIND}.{link.clinic}")
    return redirect(clinic.booking.address(link.reference))


def _keep_nowhere(response: Response) -> Response:
    """Every click comes by here, and none stays in a cache that others look into."""
    response.headers["Cache-Control"] = "no-store"
    return response
