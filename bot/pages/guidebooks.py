"""Guidebooks as pages: for the phone and, printed, for paper. The same for everybody, and open to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from bot.desk import DEFAULT_LANGUAGE, Desk
from bot.library.library import Library
from bot.library.schema import Signed
from bot.memo import filled
from bot.pages.contact import contact_of
from bot.pages.guidebook_view import emergency_calls, source_address, told_chapters, told_sources
from bot.pages.opens import count_open
from bot.pages.pages import current_pages, page_blueprint

_KIND = "guidebook"


def guidebook_pages() -> Blueprint:
    """The list and every guidebook."""
    blueprint = page_blueprint("guidebooks", "/guidebooks")
    blueprint.add_url_rule("", "all", show_all, strict_slashes=False)
    blueprint.add_url_rule("/<path:id>", "guidebook", show)
    return blueprint


def show(id: str) -> Response:
    """One guidebook; 404 when there is none of that id, 410 when its review has expired."""
    desk, library, today = _desk(), _library(), _today()
    guidebook = library.guidebooks.get(id)
    if guidebook is None:
        return _closed(404)
    if guidebook.expires_on <= today:
        return _closed(410)
    pages = current_pages()
    chapters = told_chapters(desk.flow, library, guidebook)
    booking = pages.links.booking(library.clinic_id, f"{_KIND}-{id}")
    count_open(pages, f"{_KIND}.{id}")
    page = render_template(
        "guidebook.html",
        **_frame(library),
        id=id,
        guidebook=guidebook,
        chapters=chapters,
        sources=[(source.title, source_address(source)) for source in told_sources(guidebook, chapters)],
        contact=contact_of(library, library.clinic, booking, today),
        review=_review(library, guidebook),
        address=filled(library.pages.guidebook.address, address=pages.links.guidebook(id, library.language)),
        picture=_pictures(library).get,
    )
    return _checked_again(page)


def show_all() -> Response:
    """The list; what tells of self-pay treatment stands last, under a heading of its own."""
    library, today = _library(), _today()
    valid = {id: book for id, book in library.guidebooks.items() if today < book.expires_on}
    return _checked_again(
        render_template(
            "guidebooks.html",
            **_frame(library),
            guidebooks={id: book for id, book in valid.items() if not book.self_pay},
            self_pay={id: book for id, book in valid.items() if book.self_pay},
            picture=_pictures(library).get,
        )
    )


def library_for(desk: Desk, language: str) -> Library:
    """The words of a language; those of the first one when it is not offered."""
    return desk.tongue(language).library


def _frame(library: Library) -> Mapping[str, object]:
    """What every page of guidebooks shows."""
    desk = _desk()
    offered = (desk.library, *(tongue.library for tongue in desk.others.values()))
    return {
        "language": library.language,
        "words": library.pages,
        "say": library.message,
        "clinic": library.clinic,
        "calls": emergency_calls(library),
        "query": {} if library is desk.library else {"language": library.language},
        "languages": {each.language: each.language_words.name for each in offered if each is not library},
    }


def _review(library: Library, text: Signed) -> tuple[str, ...]:
    """Who answers for a text and until when; nothing while nobody has signed it."""
    if text.reviewed_on is None:
        return ()
    words = library.pages.guidebook.review

    def written(day: date) -> str:
        return filled(words.date, year=day.year, month=day.month, day=day.day)

    return (
        filled(words.reviewed, day=written(text.reviewed_on), by=text.reviewed_by),
        filled(words.until, day=written(text.expires_on)),
    )


def _closed(status: int) -> Response:
    """A page that says that there is nothing, or nothing any more."""
    library = _library()
    closed = library.pages.closed
    text = closed.expired if status == 410 else closed.unknown
    return make_response(render_template("closed.html", **_frame(library), text=text), status)


def _checked_again(page: str) -> Response:
    """A page that browsers keep, and ask for again whether it has changed: mostly it has not, and nothing is sent."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _pictures(library: Library) -> Mapping[str, object]:
    """The drawings, by id such as ``tip_heat``."""
    found: Mapping[str, object] = getattr(library, "pictures", {})
    return found


def _library() -> Library:
    return library_for(_desk(), request.args.get("language", DEFAULT_LANGUAGE))


def _desk() -> Desk:
    return current_pages().live.desk


def _today() -> date:
    pages = current_pages()
    return datetime.fromtimestamp(pages.now() / 1000, pages.zone).date()
