"""The commands `app.py push` and `app.py campaigns`: campaigns from the terminal. The server process sends them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.delivery import campaigns as planning
from bot.delivery import policy
from bot.delivery.campaigns import Confirmation, Hindrance, Plan, Typed
from bot.desk import Desk, booklet_messages, load_desk
from bot.errors import BadInput, FaultsFound, SettingsError
from bot.faults import Fault
from bot.line.client import LineClient, Message, Quota
from bot.settings import Settings, read_settings
from bot.storage import audit, campaigns, saved_audiences
from bot.storage.audience import Audience, LeftOut
from bot.storage.campaigns import Campaign
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.strict_yaml import read_document, validate

LOOK_EVERY = 2.0
"""Seconds between two looks at a campaign that is followed."""

_WHY_LEFT_OUT = {
    LeftOut.BLOCKED: "block the account",
    LeftOut.OPTED_OUT: "asked not to get messages",
    LeftOut.NO_CONSENT: "have not agreed to messages",
    LeftOut.WITH_STAFF: "wait for staff or talk with staff",
    LeftOut.URGENT: "had an urgent outcome in the last two weeks",
    LeftOut.NOT_ASKED: "have not asked for this self-pay guidebook",
    LeftOut.ALREADY: "have it already, or will",
}
_WHY_NOT = {
    Hindrance.GONE: "The guidebook is no longer in the content.",
    Hindrance.EXPIRED: "The review of the guidebook has run out by then: have it renewed, or choose another one.",
    Hindrance.PAST: "The moment of --at has passed: choose one to come.",
    Hindrance.FAR: "The moment of --at is too far away: choose one within 90 days.",
    Hindrance.NOBODY: "Nobody would get it: choose another audience.",
    Hindrance.QUOTA: "LINE's quota is too small: choose fewer people, or another LINE plan.",
}


@dataclass(frozen=True, slots=True)
class _Office:
    """What both commands work with."""

    settings: Settings
    database: Database

    @property
    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def shown(self, moment: int) -> str:
        """A stored moment as clinic-local text."""
        return f"{datetime.fromtimestamp(moment / 1000, self.settings.zone):%Y-%m-%d %H:%M}"


@click.command()
@click.argument("guidebook")
@click.option("--audience", required=True, metavar="FILE|NAME", help="A YAML or JSON file, or a kept audience.")
@click.option("--at", metavar='"YYYY-MM-DD HH:MM"', help="When it begins, clinic-local; at once without it.")
@click.option("--dry-run", is_flag=True, help="Only say who would get it, and what LINE's quota says.")
@click.option("--yes", type=click.IntRange(min=0), metavar="COUNT", help="Confirm for so many people without asking.")
def push(guidebook: str, audience: str, at: str | None, dry_run: bool, yes: int | None) -> None:
    """Send a GUIDEBOOK to an audience. The server sends it, after a few minutes in which it can be cancelled."""
    with _office() as office:
        desk = load_desk(office.settings.flows_dir, office.settings.content_dir, office.settings.zone)
        draft = _draft(office, desk, guidebook, audience, at)
        quota = _quota(office.settings)
        found = planning.plan(office.database, desk.library, quota, draft, office.now, office.settings.zone)
        _tell(office, found)
        if found.hindrances:
            raise BadInput("\n".join(_WHY_NOT[each] for each in found.hindrances))
        if dry_run:
            click.echo("Nothing was stored or sent.")
            return
        typed = yes if yes is not None else click.prompt("Type how many people get it to confirm", type=int)
        if typed != found.count.reached:
            raise BadInput(f"{typed} is not the number of people who get it now ({found.count.reached}). Look again.")
        _confirm(office, desk, draft, quota, typed)


@click.command("campaigns")
@click.argument("id", type=click.IntRange(1, 2**31 - 1), required=False)
@click.option("--pause", "act", flag_value="pause", help="Stop it for now.")
@click.option("--resume", "act", flag_value="resume", help="Let it go on.")
@click.option("--cancel", "act", flag_value="cancel", help="End it for good.")
def campaigns_command(id: int | None, act: str | None) -> None:
    """List campaigns, or follow one by its ID until it is done."""
    with _office() as office:
        if id is None:
            if act:
                raise BadInput(f"--{act} needs the ID of a campaign. `campaigns` lists all of them.")
            _list(office)
            return
        if act:
            _act(office, id, act)
        _follow(office, id)


def _draft(office: _Office, desk: Desk, guidebook: str, audience: str, at: str | None) -> Campaign:
    """The campaign that was asked for, not stored yet."""
    found = desk.library.guidebooks.get(guidebook)
    if found is None:
        raise BadInput(f"There is no guidebook {guidebook}. Choose one of: {', '.join(desk.library.guidebooks)}.")
    return Campaign(
        id=0,
        state=campaigns.DRAFT,
        version=1,
        guidebook=guidebook,
        text=None,
        audience=_audience(office.database, audience),
        only_to_who_asked=found.self_pay,
        starts_at=_moment(office.settings, at) if at else None,
        created_at=office.now,
        created_by=None,
        confirmed_at=None,
        confirmed_count=None,
        paused_reason=None,
        finished_at=None,
    )


def _audience(database: Database, named: str) -> Audience:
    """An audience from a file, or a kept one."""
    kept = database.read(lambda connection: saved_audiences.by_name(connection, named))
    if kept:
        return kept.audience
    path = Path(named)
    if not path.is_file():
        raise BadInput(f"There is no file {named}, and no kept audience of that name.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{named} cannot be read: {error.strerror}.") from None
    faults: list[Fault] = []
    document = read_document(named, raw, faults)
    audience = validate(document, (), Audience, faults) if document else None
    if audience is None or faults:
        raise FaultsFound(tuple(faults))
    return audience


def _moment(settings: Settings, at: str) -> int:
    try:
        typed = datetime.strptime(at, "%Y-%m-%d %H:%M")
    except ValueError:
        raise BadInput('--at must be a day and time such as "2026-12-01 09:30".') from None
    moment = planning.moment_of(typed, settings.zone)
    if moment is None:
        raise BadInput(f"There is no {at} in {settings.tz_name}: the clock is put forward then.")
    return moment


def _tell(office: _Office, found: Plan) -> None:
    """Who would get it, who not and why, when, and what LINE's quota says."""
    click.echo(f"{found.count.reached:>7,}  people get it")
    for why, number in found.count.left_out.items():
        click.echo(f"{number:>7,}  do not: they {_WHY_LEFT_OUT[why]}")
    morning = " (not at night: moved to the morning)" if found.start.waits_for_morning else ""
    click.echo(f"Begins {office.shown(found.start.at)}{morning}.")
    if found.rest_waits_until:
        rest = office.shown(found.rest_waits_until)
        click.echo(f"The first {policy.FIRST_BATCH} get it then, all others {rest}: not at night.")
    quota = found.quota
    if not quota.is_known:
        click.echo("LINE does not tell how many are left this month.")
    elif quota.left is None:
        click.echo("LINE sets no limit.")
    else:
        month = "in the month of the start" if quota.is_next_month else "left this month"
        promised = f", {quota.promised:,} of them promised to other campaigns" if quota.promised else ""
        missing = f", {quota.missing:,} missing" if quota.missing else ""
        click.echo(f"LINE's quota: {quota.needed:,} needed, {quota.left:,} {month}{promised}{missing}.")
    click.echo("Beyond the plan nothing is sent, or it costs extra: see the clinic's own LINE plan.")


def _confirm(office: _Office, desk: Desk, draft: Campaign, quota: Callable[[], Quota | None], count: int) -> None:
    database, zone = office.database, office.settings.zone
    id = database.transact(lambda connection: _store(connection, draft, office.now))
    version = 1 if draft.starts_at is None else 2
    outcome, _ = planning.confirm(
        database,
        desk.library,
        quota,
        id,
        Typed(version, count, count),
        lambda _: _messages(desk, draft),
        None,
        office.now,
        zone,
    )
    stored = _find(database, id)
    if outcome is not Confirmation.DONE:
        planning.cancel(database, id, stored.version, None, office.now)
        raise BadInput("The number of people has changed meanwhile, so nothing is sent. Look again.")
    click.echo(f"Campaign {id} is confirmed and begins {office.shown(stored.starts_at or 0)}.")
    click.echo(f"The server sends it. Follow it: campaigns {id}   Cancel it: campaigns {id} --cancel")


def _store(connection: Connection, draft: Campaign, now: int) -> int:
    id = campaigns.add(connection, draft.guidebook, None, draft.audience, draft.only_to_who_asked, None, now)
    if draft.starts_at is not None:
        campaigns.move(connection, id, 1, (campaigns.DRAFT,), campaigns.DRAFT, starts_at=draft.starts_at)
    audit.note(connection, now, None, "campaign_drafted", str(id), guidebook=draft.guidebook)
    return id


def _messages(desk: Desk, draft: Campaign) -> list[Message]:
    return booklet_messages(desk.renderer, draft.guidebook or "", datetime.now(desk.renderer.zone))


def _quota(settings: Settings) -> Callable[[], Quota | None]:
    """Asks LINE for its quota; without a channel in the settings there is nobody to ask."""
    from bot.serving import access_token

    try:
        given = settings.for_line()
    except SettingsError:
        return lambda: None
    return LineClient(access_token(given), given.line_api_base_url).quota


def _list(office: _Office) -> None:
    found = office.database.read(campaigns.latest)
    if not found:
        click.echo("There is no campaign yet. Make one: push GUIDEBOOK --audience FILE")
    for campaign in found:
        click.echo(_line(office, campaign))


def _act(office: _Office, id: int, act: str) -> None:
    campaign = _find(office.database, id)
    database, now, version = office.database, office.now, campaign.version
    if act == "pause":
        is_done = planning.pause(database, id, None, now)
    elif act == "resume":
        is_done = planning.resume(database, id, version, None, now)
    else:
        is_done = planning.cancel(database, id, version, None, now)
    if not is_done:
        state = _find(database, id).state
        raise BadInput(f"Campaign {id} is {state}, so --{act} changes nothing.")


def _follow(office: _Office, id: int) -> None:
    """Print a line whenever something has changed, until the end; into a file or pipe, only one."""
    before = ""
    while True:
        campaign = _find(office.database, id)
        line = _line(office, campaign)
        if line != before:
            click.echo(line)
        before = line
        if campaign.state not in planning.RUNNING or not sys.stdout.isatty():
            break
        time.sleep(LOOK_EVERY)
    for why, number in office.database.read(lambda connection: campaigns.left_out(connection, id)).items():
        click.echo(f"{number:>7,}  left out: they {_WHY_LEFT_OUT[why]}")


def _line(office: _Office, campaign: Campaign) -> str:
    """One campaign in one line."""
    done = office.database.read(lambda connection: campaigns.progress(connection, campaign.id))
    what = campaign.guidebook or "own words"
    parts = [f"{campaign.id:>4}", f"{campaign.state:<9}", what]
    if campaign.confirmed_at is not None:
        is_prepared = campaign.state in (campaigns.SCHEDULED, campaigns.SENDING, campaigns.DONE)
        total = done.total if is_prepared else max(done.total, campaign.confirmed_count or 0)
        parts.append(f"{done.sent:,} of {total:,} sent")
    parts += [f"{number:,} {name}" for name, number in (("refused", done.refused), ("unclear", done.unclear)) if number]
    if campaign.state in (campaigns.PREPARING, campaigns.SCHEDULED) and campaign.starts_at:
        parts.append(f"begins {office.shown(campaign.starts_at)}")
    if campaign.state == campaigns.PAUSED:
        parts.append(f"because of: {campaign.paused_reason}")
    following = planning.next_start(office.database, campaign, office.now, office.settings.zone)
    if following and following.waits_for_morning:
        parts.append(f"not at night: goes on {office.shown(following.at)}")
    return "  ".join(parts)


def _find(database: Database, id: int) -> Campaign:
    found = database.read(lambda connection: campaigns.find(connection, id))
    if found is None:
        raise BadInput(f"There is no campaign {id}. `campaigns` lists all of them.")
    return found


@contextmanager
def _office() -> Iterator[_Office]:
    from bot.serving import open_database

    settings = read_settings()
    database = open_database(settings)
    try:
        migrate(database)
        yield _Office(settings, database)
    finally:
        database.close()
