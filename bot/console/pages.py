"""The blueprint of the console: every page hangs on it, and what all templates know."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import Blueprint, Flask, abort, g, render_template, request
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from bot.console import (
    accounts,
    audit_pages,
    campaign_pages,
    content_pages,
    exports,
    home,
    number_pages,
    patient_pages,
    sequence_pages,
    staff_pages,
)
from bot.console.security import OPEN_TO_ALL, SESSION_SECONDS, csrf, login_manager, needs, protect, to_login
from bot.console.services import EXTENSION, Services, services
from bot.console.words import DEFAULT_LANGUAGE, Words
from bot.logs import described

log = structlog.get_logger(__name__)


def mount_console(app: Flask, these: Services, secret_key: str, is_https: bool) -> None:
    """Put the console under /console.

    Args:
        secret_key: signs the sessions.
        is_https: whether patients and staff reach the server by https; the cookie is then sent by no other way.
    """
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="hizaura_staff",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=SESSION_SECONDS,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions[EXTENSION] = these
    csrf.init_app(app)
    Bootstrap5(app)
    login_manager().init_app(app)
    app.register_blueprint(_blueprint())


def _blueprint() -> Blueprint:
    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix="/console",
        static_folder="static",
        template_folder="templates",
    )
    for part in (
        home,
        accounts,
        campaign_pages,
        sequence_pages,
        patient_pages,
        number_pages,
        exports,
        content_pages,
        staff_pages,
        audit_pages,
    ):
        part.add_pages(blueprint)
    blueprint.before_request(_prepare)
    blueprint.after_request(protect)
    blueprint.context_processor(_known_to_templates)
    blueprint.register_error_handler(HTTPException, _tell)
    blueprint.register_error_handler(Exception, _tell_of_fault)
    blueprint.add_url_rule("/<path:unknown>", "unknown", _unknown)
    return blueprint


def _prepare() -> Response | None:
    g.words = _words()
    # Before the CSRF check: its token is lost with the session, and "log in again" helps more than "expired".
    if request.method == "POST" and request.endpoint not in OPEN_TO_ALL and not current_user.is_authenticated:
        return to_login()
    csrf.protect()
    return None


def _words() -> Words:
    """The words of the account's language; before the login, of the browser's."""
    every = services().words
    if current_user.is_authenticated:
        wanted = current_user.member.language
    else:
        wanted = request.accept_languages.best_match(sorted(every), DEFAULT_LANGUAGE)
    return every.get(wanted, every[DEFAULT_LANGUAGE])


def _known_to_templates() -> dict[str, object]:
    return {
        "t": g.words,
        "account": current_user,
        "when": _when,
        "clinic": services().live.desk.library.clinic,
    }


def _when(moment: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A stored moment as clinic-local text; empty for None."""
    local: datetime | None = services().local(moment) if moment is not None else None
    return local.strftime(form) if local else ""


@needs("viewer")
def _unknown(unknown: str) -> str:
    """Any other address below /console/."""
    abort(404, unknown)


def _tell_of_fault(error: Exception) -> tuple[str, int]:
    """An unforeseen fault. Flask's own log would show the values of the statement that failed: words of patients."""
    log.error("page_failed", endpoint=request.endpoint, **described(error))
    return _tell(InternalServerError())


def _tell(error: HTTPException) -> tuple[str, int]:
    """A page that says what to do, instead of the server's own words."""
    if "words" not in g:
        g.words = _words()
    status = error.code or 500
    key = f"error_{status}" if f"error_{status}" in g.words.texts else "error_other"
    return render_template("console/error.html", message=g.words(key), status=status), status
