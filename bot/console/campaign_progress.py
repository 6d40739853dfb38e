"""The page of one campaign: how far it is, who was left out, and the buttons that stop it or let it go on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import audience_form, previews
from bot.console.campaign_forms import VersionForm
from bot.console.campaign_steps import ONE
from bot.console.previews import title_of
from bot.console.security import needs
from bot.console.services import services
from bot.console.words import Words
from bot.delivery import campaigns as planning
from bot.delivery import policy
from bot.line.client import Message
from bot.storage import audit, campaigns, staff
from bot.storage.audience import LeftOut
from bot.storage.campaigns import Campaign, Progress

_AUDIT_LINES = 50
_LEADS_TO = {
    "paused": (campaigns.PAUSED,),
    "cancelled": (campaigns.CANCELLED,),
    "resumed": planning.MOVING,
    "again": planning.MOVING,
}
"""What somebody asked for to the states in which it has happened."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What is read for the page of a campaign."""

    campaign: Campaign
    progress: Progress
    left_out: dict[LeftOut, int]
    messages: list[Message]
    entries: list[audit.Entry]
    created_by: str | None


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    add(ONE, "campaign", campaign_page)
    add(f"{ONE}/progress", "campaign_progress", progress)
    for name, view in (("pause", pause), ("resume", resume), ("cancel", cancel), ("again", again)):
        add(f"{ONE}/{name}", f"campaign_{name}", view, methods=["POST"])


@needs("viewer")
def campaign_page(id: int) -> str:
    """One campaign."""
    these = services()
    it = these.database.read(lambda connection: _read(connection, id))
    if it is None:
        abort(404)
    campaign, now = it.campaign, these.clock()
    messages = it.messages or previews.messages_of(these, campaign.guidebook, campaign.text)
    return render_template(
        "console/campaign.html",
        it=it,
        campaign=campaign,
        title=title_of(campaign),
        shown=_shown(campaign, it.progress, now),
        left_out=audience_form.left_out(g.words, it.left_out),
        summary=audience_form.summary(g.words, these.live.desk.library, campaign.audience),
        preview=previews.preview(messages),
        paused_reason=_reason(campaign),
        form=VersionForm(formdata=None, version=campaign.version),
        now=now,
        policy=policy,
        named=_named,
    )


@needs("viewer")
def progress(id: int) -> Response:
    """How far it is, for the page to follow."""

    def read(connection: Connection) -> tuple[Campaign, Progress] | None:
        campaign = campaigns.find(connection, id)
        return (campaign, campaigns.progress(connection, id)) if campaign else None

    found = services().database.read(read)
    if found is None:
        abort(404)
    return jsonify(_shown(*found, services().clock()))


@needs("staff")
def pause(id: int) -> Response:
    """Stop for now."""
    these = services()
    _version()
    return _answer(id, "paused", planning.pause(these.database, id, _by(), these.clock()))


@needs("staff")
def resume(id: int) -> Response:
    """Go on."""
    these = services()
    is_done = planning.resume(these.database, id, _version(), _by(), these.clock())
    return _answer(id, "resumed", is_done)


@needs("staff")
def cancel(id: int) -> Response:
    """End it; a draft is thrown away."""
    these = services()
    return _answer(id, "cancelled", planning.cancel(these.database, id, _version(), _by(), these.clock()))


@needs("staff")
def again(id: int) -> Response:
    """Try those again whom LINE refused."""
    these = services()
    is_done = planning.send_rest_again(these.database, id, _version(), _by(), these.clock())
    return _answer(id, "again", is_done)


def _answer(id: int, what: str, is_done: bool) -> Response:
    """Say what became of a button. A second click on it is told the same."""
    found = services().database.read(lambda connection: campaigns.find(connection, id))
    if found is None:
        abort(404)
    if is_done or found.state in _LEADS_TO[what]:
        flash(g.words(f"campaign_is_{what}"), "success")
    else:
        flash(g.words("campaign_changed_meanwhile"), "warning")
    return redirect(url_for("console.campaign", id=id))


def _version() -> int:
    form = VersionForm()
    if not form.validate_on_submit():
        abort(400)
    version: int = form.version.data
    return version


def _by() -> int:
    id: int = current_user.member.id
    return id


def _read(connection: Connection, id: int) -> _Page | None:
    campaign = campaigns.find(connection, id)
    if campaign is None:
        return None
    author = staff.by_id(connection, campaign.created_by) if campaign.created_by else None
    entries = audit.latest(connection, str(id), most=_AUDIT_LINES)
    return _Page(
        campaign,
        campaigns.progress(connection, id),
        campaigns.left_out(connection, id),
        campaigns.messages(connection, id),
        # A name or a reference can be the same number.
        [entry for entry in entries if entry.action.startswith("campaign_")],
        author.name if author else None,
    )


def _shown(campaign: Campaign, found: Progress, now: int) -> dict[str, object]:
    """How far it is, as the page and its script show it."""
    whole = max(found.total, campaign.confirmed_count or 0) if campaign.state == campaigns.PREPARING else found.total
    numbers = {"sent": found.sent, "waiting": whole - found.total + found.waiting}
    numbers |= {"refused": found.refused, "unclear": found.unclear, "total": whole}
    return {
        "state": campaign.state,
        "version": campaign.version,
        "is_running": campaign.state in planning.RUNNING,
        "settled": found.total - found.waiting,
        "numbers": {name: f"{number:,}" for name, number in numbers.items()},
        "total": whole,
        "text": g.words("campaign_progress", sent=f"{found.sent:,}", total=f"{whole:,}"),
        "now": _happening(campaign, now),
    }


def _happening(campaign: Campaign, now: int) -> str:
    """What it does now, or what it waits for."""
    these = services()
    words: Words = g.words
    following = planning.next_start(these.database, campaign, now, these.zone)
    is_later = following is not None and following.at > now
    when = f"{these.local(following.at):%Y-%m-%d %H:%M}" if following else ""
    if following and following.waits_for_morning:
        return words("campaign_now_night", **{"from": policy.QUIET_FROM, "until": policy.QUIET_UNTIL, "when": when})
    if campaign.state == campaigns.SENDING and is_later:
        return words("campaign_now_sending_rest", when=when)
    if campaign.state == campaigns.SCHEDULED and not is_later:
        return words("campaign_now_scheduled_due")
    return words(f"campaign_now_{campaign.state}", when=when)


def _reason(campaign: Campaign) -> str:
    """Why it is paused, in words."""
    words: Words = g.words
    reason = campaign.paused_reason or ""
    key = f"campaign_paused_{reason}"
    if key in words.texts:
        return words(key)
    return words("campaign_paused_refused", status=reason.removeprefix("refused_"))


def _named(action: str) -> str:
    words: Words = g.words
    key = f"action_{action}"
    return words(key) if key in words.texts else action
