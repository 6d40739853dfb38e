"""The steps of a draft: to whom, how it looks, when, and the confirmation."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import audience_form, previews
from bot.console.campaign_forms import LATER, NOW, ConfirmForm, SavedAudienceForm, TestForm, VersionForm, WhenForm
from bot.console.previews import title_of
from bot.console.security import needs
from bot.console.services import services
from bot.delivery import campaigns as planning
from bot.delivery import policy
from bot.delivery.campaigns import Confirmation, Hindrance, Plan, Typed
from bot.delivery.trial_send import TestSent, send_test, testers
from bot.storage import audience_query, audit, campaigns, people, saved_audiences
from bot.storage.audience import Audience
from bot.storage.campaigns import Campaign

ONE = f"/campaigns/<int(max={2**31 - 1}):id>"
"""The address of one campaign."""


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    add(f"{ONE}/audience", "campaign_audience", audience_page)
    add(f"{ONE}/audience", "campaign_audience_save", save_audience, methods=["POST"])
    add(f"{ONE}/count", "campaign_count", count)
    add(f"{ONE}/preview", "campaign_preview", preview_page)
    add(f"{ONE}/test", "campaign_test", test, methods=["POST"])
    add(f"{ONE}/when", "campaign_when", when, methods=["GET", "POST"])
    add(f"{ONE}/confirm", "campaign_confirm", confirm_page)
    add(f"{ONE}/confirm", "campaign_confirm_now", confirm, methods=["POST"])


# -- to whom -----------------------------------------------------------------------------------------


@needs("staff")
def audience_page(id: int) -> str:
    """The second step: who gets it, and who is left out and why."""
    return _audience_page(draft_of(id))


def _audience_page(draft: Campaign, saved_form: SavedAudienceForm | None = None) -> str:
    these = services()
    library = these.live.desk.library
    now = these.clock()

    def read(connection: Connection) -> tuple[object, ...]:
        return (
            people.all_tags(connection),
            audience_query.count(connection, draft.audience, draft.purpose, now),
            saved_audiences.everything(connection),
        )

    tags, found, saved = these.database.read(read)
    return render_template(
        "console/campaign_audience.html",
        draft=draft,
        title=title_of(draft),
        groups=audience_form.groups(g.words, library, tags, draft.audience),  # type: ignore[arg-type]
        modes=audience_form.MODES,
        counted=audience_form.counted(g.words, found),  # type: ignore[arg-type]
        saved=saved,
        saved_form=saved_form or SavedAudienceForm(formdata=None),
    )


@needs("staff")
def save_audience(id: int) -> str | tuple[str, int] | Response:
    """Keep the chosen audience in the draft; and what else the pressed button says."""
    draft = draft_of(id)
    form = VersionForm()
    saved_form = SavedAudienceForm()
    act = request.form.get("act", "count")
    chosen = audience_form.audience_from(request.form.items())
    if chosen is None or not form.validate_on_submit():
        abort(400)
    if act == "load":
        return _load(draft, form.version.data, saved_form)
    if act == "delete":
        return _delete(draft, saved_form)
    change(draft, form.version.data, draft.guidebook, draft.text, chosen)
    if act == "next":
        return redirect(url_for("console.campaign_preview", id=id))
    if act == "save":
        return _save(id, saved_form, chosen)
    return redirect(url_for("console.campaign_audience", id=id, _anchor="count"))


def _save(id: int, form: SavedAudienceForm, chosen: Audience) -> tuple[str, int] | Response:
    """Keep an audience under a name."""
    name, overwrite = form.name.data or "", bool(form.overwrite.data)
    if not name:
        form.name.errors = ["fault_missing"]
        return _audience_page(draft_of(id), form), 422
    if not form.validate():
        return _audience_page(draft_of(id), form), 422
    if not services().database.transact(lambda c: saved_audiences.save(c, name, chosen, overwrite)):
        form.name.errors = ["campaign_fault_name_taken"]
        return _audience_page(draft_of(id), form), 422
    flash(g.words("campaign_audience_saved", name=name), "success")
    return redirect(url_for("console.campaign_audience", id=id, _anchor="saved"))


def _load(draft: Campaign, version: int, form: SavedAudienceForm) -> Response:
    """Take a kept audience over into the draft."""
    wanted = form.saved.data or 0
    found = services().database.read(lambda connection: saved_audiences.find(connection, wanted))
    if found is None:
        flash(g.words("campaign_audience_gone"), "warning")
    else:
        change(draft, version, draft.guidebook, draft.text, found.audience)
        flash(g.words("campaign_audience_loaded", name=found.name), "success")
    return redirect(url_for("console.campaign_audience", id=draft.id, _anchor="count"))


def _delete(draft: Campaign, form: SavedAudienceForm) -> Response:
    wanted = form.saved.data or 0
    name = services().database.transact(lambda connection: saved_audiences.remove(connection, wanted))
    if name is None:
        flash(g.words("campaign_audience_gone"), "warning")
    else:
        flash(g.words("campaign_audience_deleted", name=name), "success")
    return redirect(url_for("console.campaign_audience", id=draft.id, _anchor="saved"))


@needs("staff")
def count(id: int) -> Response:
    """Who would get it with the audience that is being chosen."""
    these = services()
    draft = draft_of(id)
    chosen = audience_form.audience_from(request.args.items())
    if chosen is None:
        abort(400)
    now = these.clock()
    found = these.database.read(lambda c: audience_query.count(c, chosen, draft.purpose, now))
    return jsonify(audience_form.counted(g.words, found))


# -- how it looks ------------------------------------------------------------------------------------


@needs("staff")
def preview_page(id: int) -> str:
    """The third step: how it looks in LINE, and a test to staff."""
    these = services()
    draft = draft_of(id)
    return render_template(
        "console/campaign_preview.html",
        draft=draft,
        title=title_of(draft),
        preview=previews.preview(previews.messages_of(these, draft.guidebook, draft.text)),
        testers=these.database.read(testers),
        form=TestForm(formdata=None, once=str(uuid.uuid4())),
    )


@needs("staff")
def test(id: int) -> Response:
    """Send it to staff, and say for each what became of it."""
    these = services()
    draft = draft_of(id)
    form = TestForm()
    messages = previews.messages_of(these, draft.guidebook, draft.text)
    if not form.validate_on_submit() or not messages:
        abort(400)
    try:
        once = uuid.UUID(form.once.data)
    except ValueError:
        abort(400)
    by = current_user.member.id
    results = send_test(these.database, these.line.push, draft.id, messages, once, by, these.clock())
    for result in results:
        who = result.person.name or result.person.reference
        arrived = result.sent is TestSent.ACCEPTED
        flash(g.words(f"campaign_test_{result.sent}", who=who), "success" if arrived else "warning")
    if not results:
        flash(g.words("campaign_test_nobody"), "warning")
    return redirect(url_for("console.campaign_preview", id=id))


# -- when --------------------------------------------------------------------------------------------


@needs("staff")
def when(id: int) -> str | tuple[str, int] | Response:
    """The fourth step: at once, or at a day and time."""
    these = services()
    draft = draft_of(id)
    now = these.clock()
    chosen = these.local(draft.starts_at).replace(tzinfo=None) if draft.starts_at else None
    form = WhenForm(version=draft.version, when=LATER if chosen else NOW, at=chosen)
    if request.method == "GET" or not form.validate_on_submit():
        return _when_page(draft, form), 200 if request.method == "GET" else 422
    starts_at: int | None = None
    if form.when.data == LATER:
        starts_at = planning.moment_of(form.at.data, these.zone)
        fault = _fault_of(starts_at, now)
        if fault:
            form.at.errors = [fault]
            return _when_page(draft, form), 422
    version = form.version.data
    is_done = planning.choose_start(these.database, id, version, starts_at)
    if not is_done and draft.starts_at != starts_at:
        changed_meanwhile(id, "campaign_when")
    return redirect(url_for("console.campaign_confirm", id=id))


def _fault_of(starts_at: int | None, now: int) -> str | None:
    if starts_at is None:
        return "campaign_fault_no_such_time"
    if starts_at <= now:
        return "campaign_fault_past"
    return "campaign_fault_far" if starts_at > now + planning.FARTHEST else None


def _when_page(draft: Campaign, form: WhenForm) -> str:
    these = services()
    now = these.local(these.clock())
    latest = these.local(these.clock() + planning.FARTHEST)
    return render_template(
        "console/campaign_when.html",
        draft=draft,
        title=title_of(draft),
        form=form,
        now_value=NOW,
        later_value=LATER,
        earliest=_for_input(now + timedelta(minutes=1)),
        latest=_for_input(latest),
        at_once=planning.start_of(None, these.clock(), these.zone),
        policy=policy,
    )


def _for_input(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


# -- the confirmation --------------------------------------------------------------------------------


@needs("staff")
def confirm_page(id: int) -> str:
    """The last step: everything once more, and the number of people to type."""
    return _confirm_page(draft_of(id))


def _confirm_page(draft: Campaign, outcome: Confirmation | None = None, found: Plan | None = None) -> str:
    these = services()
    library = these.live.desk.library
    plan = found or planning.plan(these.database, library, these.line.quota, draft, these.clock(), these.zone)
    return render_template(
        "console/campaign_confirm.html",
        draft=draft,
        title=title_of(draft),
        plan=plan,
        hindrances=[(each, _step_of(each)) for each in plan.hindrances],
        outcome=outcome,
        counted=audience_form.counted(g.words, plan.count),
        summary=audience_form.summary(g.words, library, draft.audience),
        preview=previews.preview(previews.messages_of(these, draft.guidebook, draft.text)),
        form=ConfirmForm(formdata=None, version=draft.version, shown=plan.count.reached),
        policy=policy,
    )


def _step_of(hindrance: Hindrance) -> str:
    """The endpoint where a hindrance is seen to."""
    match hindrance:
        case Hindrance.GONE | Hindrance.EXPIRED:
            return "console.campaign_message"
        case Hindrance.PAST | Hindrance.FAR:
            return "console.campaign_when"
        case Hindrance.NOBODY | Hindrance.QUOTA:
            return "console.campaign_audience"


@needs("staff")
def confirm(id: int) -> tuple[str, int] | Response:
    """Confirm it, after everything has been looked at again."""
    these = services()
    form = ConfirmForm()
    if not form.validate_on_submit():
        abort(400)
    outcome, found = planning.confirm(
        these.database,
        these.live.desk.library,
        these.line.quota,
        id,
        Typed(form.version.data, form.shown.data, -1 if form.number is None else form.number),
        lambda campaign: previews.messages_of(these, campaign.guidebook, campaign.text),
        current_user.member.id,
        these.clock(),
        these.zone,
    )
    if outcome in (Confirmation.DONE, Confirmation.REPEATED):
        flash(g.words(f"campaign_confirmed_{outcome}"), "success" if outcome is Confirmation.DONE else "info")
        return redirect(url_for("console.campaign", id=id))
    if outcome is Confirmation.CHANGED:
        draft_of(id)
        changed_meanwhile(id, "campaign_confirm")
    return _confirm_page(draft_of(id), outcome, found), 409


# -- shared ------------------------------------------------------------------------------------------


def draft_of(id: int) -> Campaign:
    """A draft; who asks for a campaign that is none any more is led to its page."""
    found = services().database.read(lambda connection: campaigns.find(connection, id))
    if found is None:
        abort(404)
    if found.state != campaigns.DRAFT:
        flash(g.words("campaign_no_draft"), "info")
        abort(redirect(url_for("console.campaign", id=id)))
    return found


def change(draft: Campaign, version: int, guidebook: str | None, text: str | None, audience: Audience) -> None:
    """Change a draft. A second click changes nothing; who has not seen the newest version is asked to look again."""
    if (draft.guidebook, draft.text, draft.audience) == (guidebook, text, audience):
        return
    by, now = current_user.member.id, services().clock()
    is_self_pay_only = is_self_pay(guidebook)

    def work(connection: Connection) -> bool:
        if not campaigns.change_draft(connection, draft.id, version, guidebook, text, audience, is_self_pay_only):
            return False
        audit.note(connection, now, by, "campaign_changed", str(draft.id))
        return True

    if not services().database.transact(work):
        changed_meanwhile(draft.id, request.endpoint.removeprefix("console.").removesuffix("_save"))  # type: ignore[union-attr]


def changed_meanwhile(id: int, endpoint: str) -> None:
    """Lead back to a page of the draft as it stands now."""
    flash(g.words("campaign_changed_meanwhile"), "warning")
    abort(redirect(url_for(f"console.{endpoint}", id=id)))


def is_self_pay(guidebook: str | None) -> bool:
    """Whether a guidebook tells of self-pay treatment."""
    found = services().live.desk.library.guidebooks.get(guidebook or "")
    return found is not None and found.self_pay
