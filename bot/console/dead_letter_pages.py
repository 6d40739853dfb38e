"""Messages that did not reach a patient: try again, or drop."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console.conversation_view import text_of
from bot.console.security import needs
from bot.console.services import services
from bot.delivery import policy
from bot.storage import audit, dead_letters
from bot.storage.dead_letters import DeadLetter

_PAGE = 50
_REASONS = {"400": "refused", "401": "access", "403": "access", "404": "refused", "413": "refused", "429": "quota"}


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/dead-letters/", "dead_letters", letters_page)
    blueprint.add_url_rule("/dead-letters/<int:id>/retry", "dead_letter_retry", retry, methods=["POST"])
    blueprint.add_url_rule("/dead-letters/<int:id>/drop", "dead_letter_drop", drop, methods=["POST"])


@needs("viewer")
def letters_page() -> str:
    """When, to whom, why in words, and what was to be said; the newest first."""
    before = request.args.get("before", type=int)
    found = services().database.read(lambda c: dead_letters.newest(c, before, _PAGE + 1))
    shown = found[:_PAGE]
    return render_template(
        "console/dead_letters.html",
        letters=shown,
        older=shown[-1].id if len(found) > _PAGE else None,
        reason=reason_of,
        text_of=text_of,
    )


@needs("staff")
def retry(id: int) -> Response:
    """Send it again."""
    key, now = str(uuid.uuid4()), services().clock()

    def work(connection: Connection, letter: DeadLetter) -> str:
        if letter.is_blocked:
            return "patient_letter_blocked"
        is_first = dead_letters.retry(connection, id, key, now, now + policy.RETRY_KEY_LIFE)
        return "patient_letter_is_retried" if is_first else "patient_letter_is_gone"

    return _decide(id, "letter_retried", work)


@needs("staff")
def drop(id: int) -> Response:
    """Delete it."""
    return _decide(
        id,
        "letter_dropped",
        lambda connection, _: (
            "patient_letter_is_dropped" if dead_letters.drop(connection, id) else "patient_letter_is_gone"
        ),
    )


def reason_of(letter: DeadLetter) -> str:
    """Key of the reason in words."""
    status = letter.reason.split()[1] if letter.reason.startswith("status ") else ""
    if not status:
        return "patient_letter_reason_unclear"
    return f"patient_letter_reason_{_REASONS.get(status, 'unreachable')}"


def _decide(id: int, action: str, work: Callable[[Connection, DeadLetter], str]) -> Response:
    """Do something with a letter, unless somebody else was quicker, and say what became of it."""
    by, now = current_user.member.id, services().clock()

    def change(connection: Connection) -> str:
        letter = dead_letters.find(connection, id)
        if letter is None:
            return "patient_letter_is_gone"
        said = work(connection, letter)
        if said in ("patient_letter_is_retried", "patient_letter_is_dropped"):
            audit.note(connection, now, by, action, letter.reference)
        return said

    flash(g.words(services().database.transact(change)), "info")
    return redirect(url_for("console.dead_letters"))
