"""The queue: who asked for a person, who takes care of whom."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console.answering import PAUSE
from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit, exchanges, people
from bot.storage.people import Person


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody with whom staff talk; `has_news`: wrote since staff last did."""

    person: Person
    has_news: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits, urgent first, and with whom staff talk."""

    waiting: list[Person]
    talks: list[Talk]


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/queue/", "queue", queue_page)
    blueprint.add_url_rule("/queue/count", "queue_count", queue_count)
    blueprint.add_url_rule("/queue/<reference>/take", "queue_take", take, methods=["POST"])
    blueprint.add_url_rule("/queue/<reference>/done", "queue_done", done, methods=["POST"])


def read_queue(connection: Connection) -> Queue:
    """The queue as it is now."""
    talking = people.with_staff(connection, services().clock())
    written = exchanges.answered_by_staff(connection, [person.user_id for person in talking])
    talks = [Talk(person, (person.seen_at or 0) > written.get(person.user_id, 0)) for person in talking]
    return Queue(people.waiting(connection), talks)


@needs("viewer")
def queue_page() -> str:
    """Who asked for a person, since when, urgent first; and with whom staff talk."""
    queue = services().database.read(read_queue)
    return render_template("console/queue.html", queue=queue, now=services().clock())


@needs("viewer")
def queue_count() -> Response:
    """How many wait, for pages that stay open."""
    waiting, urgent = services().database.read(people.waiting_numbers)
    return jsonify(waiting=waiting, urgent=urgent)


@needs("staff")
def take(reference: str) -> Response:
    """Take care of somebody: out of the queue, the bot is silent for an hour, and on to the page."""
    by, now = current_user.member.id, services().clock()

    def work(connection: Connection) -> bool | None:
        person = people.find(connection, reference)
        if person is None:
            return None
        if person.asked_for_staff_at is None:
            return False
        people.attend(connection, person.user_id, max(now + PAUSE, person.paused_until or 0))
        audit.note(connection, now, by, "patient_taken", reference)
        return True

    taken = services().database.transact(work)
    if taken is None:
        abort(404)
    if not taken:
        flash(g.words("queue_was_taken"), "warning")
    return redirect(url_for("console.patient", reference=reference, _anchor="conversation"))


@needs("staff")
def done(reference: str) -> Response:
    """Taken care of: out of the queue, and the bot speaks again."""
    by, now = current_user.member.id, services().clock()

    def work(connection: Connection) -> bool:
        person = people.find(connection, reference)
        if person is None:
            return False
        if person.asked_for_staff_at is not None or person.paused_until is not None:
            people.attend(connection, person.user_id, None)
            audit.note(connection, now, by, "patient_done", reference)
        return True

    if not services().database.transact(work):
        abort(404)
    flash(g.words("queue_is_done"), "success")
    return redirect(url_for("console.queue"))
