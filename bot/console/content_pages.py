"""Looking at the content: what stands in the store, how it looks in LINE, and what the clinic has to see to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, abort, g, render_template

from bot.console import entries
from bot.console.entries import Entry
from bot.console.security import needs
from bot.console.services import services
from bot.faults import Fault
from bot.library.clinic import WEEKDAYS, Clinic, Shift
from bot.library.library import Library
from bot.library.opening import opening, shifts_on, special_days_on
from bot.library.readiness import BLOCKS_PRODUCTION, open_points
from bot.line.gallery import Picture
from bot.line.plain_text import plain_text
from bot.live_desk import LiveDesk

_DAYS_SHOWN = 14
_POINTS_IN_SHORT = 5


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One day of the clinic.

    Args:
        shifts: empty when it is closed.
        reason: what patients read about a special day.
    """

    day: date
    weekday: str
    shifts: tuple[Shift, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """One open point, and the entry that it concerns."""

    fault: Fault
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Points:
    """Open points of one kind.

    Args:
        blocks: whether the content is not ready for patients with them.
    """

    id: str
    blocks: bool
    first: Sequence[Point]
    more: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Preview:
    """One thing that the bot says.

    Args:
        is_inside: it stands in a message that shows other entries as well.
        messages: LINE message objects as JSON, for the script that draws them.
        texts: the same as plain text, one per message.
    """

    is_inside: bool
    messages: str
    texts: tuple[str, ...]


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/content/", "content", content_page)
    blueprint.add_url_rule("/content/reviews", "content_reviews", reviews_page)
    blueprint.add_url_rule("/content/<kind>/", "content_kind", kind_page)
    blueprint.add_url_rule("/content/<kind>/<id>", "content_entry", entry_page)


@needs("viewer")
def content_page() -> str:
    """The clinic, its hours, what is open, and the kinds of entries."""
    these = services()
    library = these.live.desk.library
    now = these.local(these.clock())
    return render_template(
        "console/content.html",
        now=now,
        days=_coming_days(library.clinic, now.date()),
        opening=opening(library.clinic, now),
        clinics=library.clinics,
        refused=these.live.refused,
        points=_by_kind(library, now.date()),
        kinds=[(kind, len(entries.entries(library, kind))) for kind in entries.kinds()],
        checked=_checked(these.live),
    )


@needs("viewer")
def reviews_page() -> str:
    """Every open point, with the place where it stands."""
    these = services()
    today = these.local(these.clock()).date()
    return render_template("console/content_reviews.html", points=_by_kind(these.live.desk.library, today))


@needs("viewer")
def kind_page(kind: str) -> str:
    """The entries of one kind."""
    these = services()
    if kind not in entries.kinds():
        abort(404)
    found = entries.entries(these.live.desk.library, kind)
    today = these.local(these.clock()).date()
    states = {e.id: entries.review_state(e.review, today) for e in found if e.review}
    return render_template("console/content_kind.html", kind=kind, entries=found, states=states)


@needs("viewer")
def entry_page(kind: str, id: str) -> str:
    """One entry: its fields, who answers for it, its sources, and how it looks in LINE."""
    these = services()
    desk = these.live.desk
    entry = entries.find(desk.library, kind, id)
    if entry is None:
        abort(404)
    now = these.local(these.clock())
    return render_template(
        "console/content_entry.html",
        entry=entry,
        state=entries.review_state(entry.review, now.date()) if entry.review else None,
        previews=[_preview(picture) for picture in entries.pictures(desk.renderer, entry, now)],
        field_name=_field_name,
    )


def _preview(picture: Picture) -> Preview:
    texts = tuple(plain_text(message) for message in picture.messages)
    return Preview(picture.gathers, json.dumps(picture.messages, ensure_ascii=False), texts)


def _field_name(name: str) -> str:
    """A field in words; ids of options and the like are shown as they are."""
    key = f"field_{name}"
    return g.words(key) if key in g.words.texts else name


def _coming_days(clinic: Clinic, today: date) -> list[OpenDay]:
    days = [today + timedelta(days=ahead) for ahead in range(_DAYS_SHOWN)]
    return [_open_day(clinic, day) for day in days]


def _open_day(clinic: Clinic, day: date) -> OpenDay:
    special = special_days_on(clinic, day)
    return OpenDay(day, WEEKDAYS[day.weekday()], shifts_on(clinic, day), special.reason if special else None)


def _by_kind(library: Library, today: date) -> list[Points]:
    """Open points by what is wrong; those that keep the content from patients come first."""
    places = entries.by_place(library)
    grouped = []
    for id, group in groupby(open_points(library, today), key=lambda fault: fault.id):
        points = [Point(fault, entries.standing_at(places, fault)) for fault in group]
        first, more = points[:_POINTS_IN_SHORT], points[_POINTS_IN_SHORT:]
        grouped.append(Points(id, id in BLOCKS_PRODUCTION, first, more))
    return sorted(grouped, key=lambda points: not points.blocks)


def _checked(live: LiveDesk) -> dict[str, int]:
    """What the check went through."""
    flow, library = live.desk.flow, live.desk.library
    return {
        "questions": len(flow.questions),
        "rules": len(flow.rules),
        "conditions": len(library.conditions),
        "tips": len(library.tips),
    }
