"""Sequences: which guidebooks follow an outcome, on which days, and how many wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template

from bot.console.security import needs
from bot.console.services import services
from bot.delivery.sequences import planned
from bot.desk import Desk
from bot.storage import sequences

_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Day:
    """One step on the calendar, had the outcome been now."""

    at: datetime
    guidebook: str
    reaches: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One sequence as the page shows it."""

    id: str
    outcomes: tuple[str, ...]
    days: tuple[Day, ...]
    waiting: int


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/sequences/")
    @needs("viewer")
    def sequences_page() -> str:
        these = services()
        now = these.local(these.clock())
        until = int((now + _AHEAD).timestamp() * 1000)
        waiting = these.database.read(lambda connection: sequences.waiting_by_sequence(connection, until))
        shown = list(_shown(these.live.desk, now, waiting))
        return render_template("console/sequences.html", sequences=shown)


def _shown(desk: Desk, now: datetime, waiting: dict[str, int]) -> Iterator[Shown]:
    for id, plan in desk.flow.sequences.items():
        steps = planned({id: plan}, plan.outcomes[0], now)
        days = tuple(_day(desk, guidebook, at) for _, guidebook, at in steps)
        yield Shown(id, plan.outcomes, days, waiting.get(id, 0))


def _day(desk: Desk, guidebook: str, at: datetime) -> Day:
    book = desk.library.guidebooks[guidebook]
    return Day(at, book.title, book.expires_on > at.date())
