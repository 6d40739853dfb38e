"""The first page: what needs somebody now."""

from __future__ import annotations

from flask import Blueprint, render_template

from bot.console.security import needs
from bot.console.services import services
from bot.storage import campaigns, people

_RUNNING = (campaigns.PREPARING, campaigns.SCHEDULED, campaigns.SENDING, campaigns.PAUSED)


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/")
    @needs("viewer")
    def home() -> str:
        database = services().database
        return render_template(
            "console/home.html",
            waiting=database.read(people.waiting),
            running=database.read(lambda connection: campaigns.in_state(connection, *_RUNNING)),
        )
