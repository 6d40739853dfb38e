"""The first page: what needs somebody now."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template

from bot.console.previews import title_of
from bot.console.queue_pages import read_queue
from bot.console.security import needs
from bot.console.services import services
from bot.library.readiness import open_points
from bot.storage import campaigns, dead_letters

_RUNNING = (campaigns.PREPARING, campaigns.SCHEDULED, campaigns.SENDING, campaigns.PAUSED)
_REVIEWS = {"READY002": "expired", "READY003": "soon", "READY001": "unsigned"}


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/")
    @needs("viewer")
    def home() -> str:
        database = services().database
        return render_template(
            "console/home.html",
            queue=database.read(read_queue),
            running=[(each, title_of(each)) for each in _running()],
            letters=database.read(dead_letters.count),
            reviews=_reviews(),
            now=services().clock(),
        )


def _running() -> list[campaigns.Campaign]:
    return services().database.read(lambda connection: campaigns.in_state(connection, *_RUNNING))


def _reviews() -> dict[str, int]:
    """How many texts wait for their reviewer, by why; without those of which there are none."""
    these = services()
    today = these.local(these.clock()).date()
    found = Counter(_REVIEWS.get(point.id) for point in open_points(these.live.desk.library, today))
    return {why: found[why] for why in _REVIEWS.values() if found[why]}
