"""What lies between pages or commands and the tables of campaigns: whether one may go out, when, and the confirmation.

A message cannot be recalled and LINE bills by person. So everything that speaks against a campaign is looked at
twice: when the page is shown, and again at the moment of the confirmation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from sqlalchemy import Connection

from bot.delivery import policy
from bot.delivery.quiet_hours import awake_at
from bot.library.library import Library
from bot.line.client import Message, Quota
from bot.storage import audience_query, audit, batches, campaigns, receipts
from bot.storage.audience_query import Count
from bot.storage.campaigns import Campaign
from bot.storage.database import Database
from bot.storage.receipts import SameWords

FARTHEST = 90 * 24 * 3_600_000
"""How far ahead a campaign may begin, milliseconds: who gets it is fixed at the confirmation and would grow stale."""

MOVING = (campaigns.PREPARING, campaigns.SCHEDULED, campaigns.SENDING)
"""States that change by themselves."""

RUNNING = (*MOVING, campaigns.PAUSED)
"""States in which a campaign is confirmed and not at its end."""


class Hindrance(StrEnum):
    """Why a campaign cannot be confirmed.

    GONE: the guidebook is no longer in the content.
    EXPIRED: the review of the guidebook runs out before the campaign begins.
    PAST: the chosen moment has passed.
    FAR: the chosen moment is too far away.
    NOBODY: nobody would get it.
    QUOTA: LINE's quota is known to be too small.
    """

    GONE = "gone"
    EXPIRED = "expired"
    PAST = "past"
    FAR = "far"
    NOBODY = "nobody"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Start:
    """When a batch goes.

    Args:
        at: milliseconds since 1970.
        waits_for_morning: it was moved out of the quiet hours.
    """

    at: int
    waits_for_morning: bool


@dataclass(frozen=True, slots=True)
class QuotaCheck:
    """The dry-run against LINE's quota; all numbers are people.

    Args:
        is_known: LINE told.
        needed: by this campaign.
        promised: to other campaigns of the same month that are not at their end.
        left: in the month of the start; None without limit, or when LINE did not tell.
        is_next_month: the start lies in a later month, which has its own quota.
    """

    is_known: bool
    needed: int
    promised: int
    left: int | None
    is_next_month: bool = False

    @property
    def missing(self) -> int:
        """People for whom the quota is known not to suffice."""
        return 0 if self.left is None else max(0, self.needed + self.promised - self.left)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a confirmation would do now.

    Args:
        same_words: who of them has got the same own words before.
        start: of the first batch.
        rest_waits_until: the night comes between the first batch and the rest, which goes then; milliseconds since
            1970. None when the rest follows after its pause, or there is none.
    """

    count: Count
    same_words: Sequence[SameWords]
    start: Start
    rest_waits_until: int | None
    quota: QuotaCheck
    hindrances: tuple[Hindrance, ...]


class Confirmation(StrEnum):
    """What became of a confirmation.

    DONE: it is on its way.
    REPEATED: it was before; a second click.
    CHANGED: somebody else has changed the draft since it was shown.
    HINDERED: see the hindrances of the plan.
    OTHER_COUNT: the audience holds another number of people than was shown.
    MISTYPED: another number was typed.
    """

    DONE = "done"
    REPEATED = "repeated"
    CHANGED = "changed"
    HINDERED = "hindered"
    OTHER_COUNT = "other_count"
    MISTYPED = "mistyped"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed to confirm, on what they were shown."""

    version: int
    shown: int
    typed: int


def moment_of(typed: datetime, zone: tzinfo) -> int | None:
    """A clinic-local time as milliseconds since 1970; None when the clock skips it. Of two such times the first counts.

    Args:
        typed: without a time zone.
    """
    moment = typed.replace(tzinfo=zone).timestamp()
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) != typed:
        return None
    return int(moment * 1000)


def start_of(chosen: int | None, now: int, zone: tzinfo) -> Start:
    """When the first batch goes: after the hold, and not at night.

    Args:
        chosen: milliseconds since 1970, None for at once.
    """
    return _by_day(max(chosen or 0, now + policy.HOLD), zone)


def next_start(database: Database, campaign: Campaign, now: int, zone: tzinfo) -> Start | None:
    """When the next batch of a campaign goes; None when it stands still or is at its end."""
    if campaign.state not in MOVING:
        return None
    due_at = database.read(lambda connection: campaigns.next_due(connection, campaign.id))
    return _by_day(max(now, campaign.starts_at or 0, due_at or 0), zone)


def expires_before(library: Library, guidebook: str, day: date) -> bool:
    """Whether the review of a guidebook has run out on a day."""
    return library.guidebooks[guidebook].expires_on <= day


def plan(
    database: Database, library: Library, quota: Callable[[], Quota | None], campaign: Campaign, now: int, zone: tzinfo
) -> Plan:
    """What a confirmation would do now; asks LINE for its quota.

    Args:
        now: milliseconds since 1970.
        zone: where the clinic is.
    """
    count = count_of(database, campaign, now)
    start = start_of(campaign.starts_at, now, zone)
    checked = check_quota(database, quota(), campaign, count.reached, start, now, zone)
    same = database.read(lambda connection: receipts.same_words(connection, campaign, now))
    hindrances = tuple(_hindrances(library, campaign, count, start, checked, now, zone))
    return Plan(count, same, start, _rest_waits_until(count, start, zone), checked, hindrances)


def count_of(database: Database, campaign: Campaign, now: int) -> Count:
    """Who would get it now."""
    return database.read(lambda c: audience_query.count(c, campaign.audience, campaign.purpose, now))


def check_quota(
    database: Database, quota: Quota | None, campaign: Campaign, needed: int, start: Start, now: int, zone: tzinfo
) -> QuotaCheck:
    """The dry-run against LINE's quota, which counts by calendar month."""
    month = _month(start.at, zone)
    is_next_month = month != _month(now, zone)
    promised = database.read(lambda connection: _promised(connection, campaign.id, month, now, zone))
    if quota is None:
        return QuotaCheck(False, needed, promised, None, is_next_month)
    left = quota.limit if is_next_month else quota.left
    return QuotaCheck(True, needed, promised, left, is_next_month)


def confirm(
    database: Database,
    library: Library,
    quota: Callable[[], Quota | None],
    id: int,
    typed: Typed,
    messages: Callable[[Campaign], Sequence[Message]],
    by: int | None,
    now: int,
    zone: tzinfo,
) -> tuple[Confirmation, Plan | None]:
    """Confirm a campaign, after everything has been looked at again.

    Args:
        messages: what goes out.
        by: staff id; None for a command.

    Returns:
        What became of it, and the plan of this moment, when it came to that.
    """
    campaign = database.read(lambda connection: campaigns.find(connection, id))
    if campaign is None or campaign.state == campaigns.CANCELLED:
        return Confirmation.CHANGED, None
    if campaign.state != campaigns.DRAFT:
        return Confirmation.REPEATED, None
    if campaign.version != typed.version:
        return Confirmation.CHANGED, None
    found = plan(database, library, quota, campaign, now, zone)
    if found.hindrances:
        return Confirmation.HINDERED, found
    if found.count.reached != typed.shown:
        return Confirmation.OTHER_COUNT, found
    if typed.typed != typed.shown:
        return Confirmation.MISTYPED, found
    fixed = list(messages(campaign))

    def work(connection: Connection) -> bool:
        reached, at = found.count.reached, found.start.at
        if not campaigns.confirm(connection, id, typed.version, fixed, reached, at, by, now):
            return False
        audit.note(connection, now, by, "campaign_confirmed", str(id), people=reached, starts_at=_minute(at, zone))
        return True

    if database.transact(work):
        return Confirmation.DONE, found
    after = database.read(lambda connection: campaigns.find(connection, id))
    again = after is not None and after.confirmed_at is not None
    return Confirmation.REPEATED if again else Confirmation.CHANGED, found


def choose_start(database: Database, id: int, version: int, chosen: int | None) -> bool:
    """Note in a draft when it shall begin; False when it has changed since `version`.

    Args:
        chosen: milliseconds since 1970, None for at once.
    """
    draft = campaigns.DRAFT
    return database.transact(lambda c: campaigns.move(c, id, version, (draft,), draft, starts_at=chosen))


def pause(database: Database, id: int, by: int | None, now: int) -> bool:
    """Stop for now; False when it does not run."""
    return _act(database, id, by, now, "campaign_paused", lambda c: campaigns.pause(c, id, None, "staff"))


def cancel(database: Database, id: int, version: int, by: int | None, now: int) -> bool:
    """End a campaign or throw a draft away; False when it stands still and has changed since `version`.

    A campaign that runs changes by itself from second to second, and stopping it must not fail for that.
    """

    def work(connection: Connection) -> bool:
        is_stopped = campaigns.move(connection, id, None, MOVING, campaigns.CANCELLED, finished_at=now)
        return is_stopped or campaigns.cancel(connection, id, version, now)

    return _act(database, id, by, now, "campaign_cancelled", work)


def resume(database: Database, id: int, version: int, by: int | None, now: int) -> bool:
    """Go on; False when it has changed since `version`."""
    return _act(database, id, by, now, "campaign_resumed", lambda c: campaigns.resume(c, id, version))


def send_rest_again(database: Database, id: int, version: int, by: int | None, now: int) -> bool:
    """Try those again whom LINE refused; False as for `resume`, or when nobody was refused."""
    return _act(database, id, by, now, "campaign_rest_again", lambda c: batches.send_rest_again(c, id, version, now))


def _hindrances(
    library: Library, campaign: Campaign, count: Count, start: Start, quota: QuotaCheck, now: int, zone: tzinfo
) -> list[Hindrance]:
    found = []
    if campaign.guidebook is not None:
        day = datetime.fromtimestamp(start.at / 1000, zone).date()
        if campaign.guidebook not in library.guidebooks:
            found.append(Hindrance.GONE)
        elif expires_before(library, campaign.guidebook, day):
            found.append(Hindrance.EXPIRED)
    if campaign.starts_at is not None and campaign.starts_at <= now:
        found.append(Hindrance.PAST)
    if start.at > now + FARTHEST:
        found.append(Hindrance.FAR)
    if not count.reached:
        found.append(Hindrance.NOBODY)
    if quota.missing:
        found.append(Hindrance.QUOTA)
    return found


def _promised(connection: Connection, but: int, month: tuple[int, int], now: int, zone: tzinfo) -> int:
    """People whom other campaigns will still reach in a month."""
    people = 0
    for other in campaigns.in_state(connection, *RUNNING):
        goes_on = awake_at(max(other.starts_at or 0, now), zone)
        if other.id != but and _month(goes_on, zone) == month:
            done = campaigns.progress(connection, other.id)
            is_prepared = other.state in (campaigns.SCHEDULED, campaigns.SENDING)
            not_prepared = 0 if is_prepared else max(0, (other.confirmed_count or 0) - done.total)
            people += done.waiting + not_prepared
    return people


def _act(
    database: Database, id: int, by: int | None, now: int, action: str, work: Callable[[Connection], bool]
) -> bool:
    def act(connection: Connection) -> bool:
        if not work(connection):
            return False
        audit.note(connection, now, by, action, str(id))
        return True

    return database.transact(act)


def _by_day(wanted: int, zone: tzinfo) -> Start:
    begins = awake_at(wanted, zone)
    return Start(begins, begins > wanted)


def _rest_waits_until(count: Count, start: Start, zone: tzinfo) -> int | None:
    rest = _by_day(start.at + policy.FIRST_BATCH_PAUSE, zone)
    return rest.at if rest.waits_for_morning and count.reached > policy.FIRST_BATCH else None


def _month(moment: int, zone: tzinfo) -> tuple[int, int]:
    local = datetime.fromtimestamp(moment / 1000, zone)
    return local.year, local.month


def _minute(moment: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, zone):%Y-%m-%d %H:%M}"
