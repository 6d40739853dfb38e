"""Campaigns: the list, a new one, and the closure notice. The steps and the page of one stand beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import campaign_progress, campaign_steps, previews
from bot.console.campaign_forms import LONGEST_TEXT, OWN_TEXT, ContentForm, TextForm, next_closures, words_to_change
from bot.console.previews import title_of
from bot.console.security import needs
from bot.console.services import services
from bot.library.clinic import SpecialDays
from bot.library.schema import Guidebook
from bot.storage import audit, campaigns
from bot.storage.audience import Audience
from bot.storage.campaigns import Campaign, Progress

_SECOND_CLICK = 15_000
"""Milliseconds in which the same draft by the same person is a second click."""


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign of the list."""

    campaign: Campaign
    title: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Choice:
    """A guidebook to choose; with the reason when it cannot be."""

    id: str
    book: Guidebook
    is_expired: bool


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    add("/campaigns/", "campaigns", campaigns_page)
    add("/campaigns/new", "campaign_new", new, methods=["GET", "POST"])
    add("/campaigns/closure", "campaign_closure", closure, methods=["GET", "POST"])
    add(f"{campaign_steps.ONE}/message", "campaign_message", change_message, methods=["GET", "POST"])
    campaign_steps.add_pages(blueprint)
    campaign_progress.add_pages(blueprint)
    previews.add_pages(blueprint)


@needs("viewer")
def campaigns_page() -> str:
    """All campaigns, the newest first."""

    def read(connection: Connection) -> list[Line]:
        found = campaigns.latest(connection)
        return [Line(each, title_of(each), campaigns.progress(connection, each.id)) for each in found]

    return render_template("console/campaigns.html", lines=services().database.read(read))


@needs("staff")
def new() -> str | tuple[str, int] | Response:
    """The first step: a guidebook, or a short text."""
    form = _content_form(None)
    if request.method == "GET":
        return _content_page(form, None)
    if not form.validate_on_submit() or _to_change(form.own_text):
        return _content_page(form, None), 422
    id = _draft(form.guidebook, form.own_text)
    return redirect(url_for("console.campaign_audience", id=id))


@needs("staff")
def change_message(id: int) -> str | tuple[str, int] | Response:
    """The first step of a draft that is there: something else goes out."""
    draft = campaign_steps.draft_of(id)
    form = _content_form(draft)
    if request.method == "GET":
        return _content_page(form, draft)
    if not form.validate_on_submit() or _to_change(form.own_text):
        return _content_page(form, draft), 422
    campaign_steps.change(draft, form.version.data or 0, form.guidebook, form.own_text, draft.audience)
    return redirect(url_for("console.campaign_audience", id=id))


@needs("staff")
def closure() -> str | tuple[str, int] | Response:
    """A closure notice to everybody who agreed to messages: the text stands there already."""
    these = services()
    today = these.local(these.clock()).date()
    coming = next_closures(these.live.desk.library.clinic.special_days, today)
    form = TextForm()
    if request.method == "GET":
        which = request.args.get("which", 0, int)
        form.text.data = _notice(coming[which] if 0 <= which < len(coming) else None)
        return _closure_page(form, coming)
    if not form.validate_on_submit() or _to_change(form.text.data):
        return _closure_page(form, coming), 422
    return redirect(url_for("console.campaign_confirm", id=_draft(None, form.text.data)))


def _closure_page(form: TextForm, coming: list[SpecialDays]) -> str:
    text = form.text.data or ""
    return render_template(
        "console/campaign_closure.html",
        form=form,
        coming=coming,
        longest=LONGEST_TEXT,
        to_change=_to_change(text),
        preview=previews.preview(previews.messages_of(services(), None, text)) if text else None,
    )


def _notice(days: SpecialDays | None) -> str:
    """The text of a closure notice, in the language that patients read; with blanks when no days are known."""
    these = services()
    library = these.live.desk.library
    words = these.words[library.language]
    if days is None:
        return words("closure_text_blank", clinic=library.clinic.name)
    key = "closure_text_one_day" if days.first == days.last else "closure_text"
    first, last = _day(days.first, library.language), _day(days.last, library.language)
    return words(key, clinic=library.clinic.name, first=first, last=last, reason=days.reason)


def _day(day: date, language: str) -> str:
    """A day with its weekday, such as patients read it."""
    words = services().words[language]
    weekday = words("closure_weekdays").split()[day.weekday()]
    return words("closure_day", month=day.month, day=day.day, weekday=weekday)


def _content_form(draft: Campaign | None) -> ContentForm:
    before = {}
    if draft is not None:
        what = draft.guidebook or OWN_TEXT
        before = {"what": what, "text": draft.text or "", "version": draft.version}
    form = ContentForm(**before)
    form.what.choices = [*(choice.id for choice in _choices() if not choice.is_expired), OWN_TEXT]
    return form


def _content_page(form: ContentForm, draft: Campaign | None) -> str:
    text = form.text.data or ""
    return render_template(
        "console/campaign_message.html",
        form=form,
        draft=draft,
        choices=_choices(),
        own_text=OWN_TEXT,
        longest=LONGEST_TEXT,
        to_change=_to_change(text) if form.what.data == OWN_TEXT else {},
    )


def _choices() -> list[Choice]:
    these = services()
    today = these.local(these.clock()).date()
    books = these.live.desk.library.guidebooks
    return [Choice(id, book, book.expires_on <= today) for id, book in books.items()]


def _to_change(text: str | None) -> Mapping[str, str]:
    """Words that may not go out, with a hint for each."""
    if not text:
        return {}
    return words_to_change(services().live.desk.library, text, g.words("campaign_self_pay_text"))


def _draft(guidebook: str | None, text: str | None) -> int:
    """Store a draft to everybody and return its id; a second click stores nothing more."""
    these, by = services(), current_user.member.id
    now = these.clock()
    only_to_who_asked = campaign_steps.is_self_pay(guidebook)

    def work(connection: Connection) -> int:
        for other in campaigns.latest(connection, 5):
            same = (other.created_by, other.guidebook, other.text, other.version) == (by, guidebook, text, 1)
            if same and other.state == campaigns.DRAFT and now - other.created_at < _SECOND_CLICK:
                return other.id
        id = campaigns.add(connection, guidebook, text, Audience(), only_to_who_asked, by, now)
        audit.note(connection, now, by, "campaign_drafted", str(id), **({"guidebook": guidebook} if guidebook else {}))
        return id

    if guidebook is not None and guidebook not in these.live.desk.library.guidebooks:
        abort(400)
    return these.database.transact(work)
