"""The night: what was not asked for reaches nobody in the quiet hours, clinic-local."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from bot.delivery import policy


def awake(moment: datetime) -> datetime:
    """The moment itself, or the next morning when it lies in the quiet hours.

    Args:
        moment: clinic-local.
    """
    morning = time(policy.QUIET_UNTIL)
    if moment.hour < policy.QUIET_UNTIL:
        return datetime.combine(moment.date(), morning, moment.tzinfo)
    if moment.hour >= policy.QUIET_FROM:
        return datetime.combine(moment.date() + timedelta(days=1), morning, moment.tzinfo)
    return moment


def awake_at(moment: int, zone: tzinfo) -> int:
    """The same in milliseconds since 1970.

    Args:
        zone: where the clinic is.
    """
    local = datetime.fromtimestamp(moment / 1000, zone)
    begins = awake(local)
    # A moment by day stays as it is, to the millisecond.
    return moment if begins == local else int(begins.timestamp() * 1000)
