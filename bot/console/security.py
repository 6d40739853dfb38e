"""Who may see what: sessions that end, roles, the way to the login and back, and headers that keep other sites out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Response, abort, current_app, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from bot.console.services import services
from bot.storage import staff

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

SESSION_SECONDS = 8 * 3600
"""A working day: a phone left at the reception desk is logged out by the evening."""

OPEN_TO_ALL = ("console.static", "console.login", "console.second_factor")

NO_PAGE = "console.unknown"
"""The endpoint of every address that leads nowhere."""

csrf = CSRFProtect()

_ENDS_AT = "ends_at"
_WHY_LOGIN = "why_login"
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Account(UserMixin):
    """Somebody of the staff who is logged in."""

    def __init__(self, member: staff.Member) -> None:
        self.member = member

    def get_id(self) -> str:
        """The session key: a new one ends every session of the account."""
        return self.member.session_key

    def may(self, role: str) -> bool:
        """Whether the account has a role or a higher one."""
        return staff.ROLES.index(self.member.role) >= staff.ROLES.index(role)


def login_manager() -> LoginManager:
    """Finds the account of a session."""
    manager = LoginManager()
    manager.unauthorized_handler(to_login)
    # A phone changes its address between Wi-Fi and the mobile network: that must not log it out.
    manager.session_protection = None

    @manager.user_loader
    def load(session_key: str) -> Account | None:
        if services().clock() >= session.get(_ENDS_AT, 0):
            return None
        found = services().database.read(lambda connection: staff.by_session_key(connection, session_key))
        return Account(found) if found else None

    return manager


def begin_session(member: staff.Member) -> str | None:
    """Log somebody in, with nothing left of the session before.

    Returns:
        Key of what to say about the session before, see `to_login`.
    """
    why: str | None = session.get(_WHY_LOGIN)
    session.clear()
    login_user(Account(member))
    session.permanent = True
    session[_ENDS_AT] = services().clock() + SESSION_SECONDS * 1000
    return why


def go_on_with(session_key: str) -> None:
    """Keep this session of an account whose other sessions have just been ended."""
    session["_user_id"] = session_key


def to_login() -> AnyResponse:
    """The way to the login page and back here; says so when a form or a session was lost."""
    if request.endpoint == "console.logout":
        return redirect(url_for("console.login"))
    if request.method == "POST":
        session[_WHY_LOGIN] = "form_lost"
    elif "_user_id" in session:
        session[_WHY_LOGIN] = "session_over"
    session.pop("_user_id", None)
    return redirect(url_for("console.login", next=inside(_here())))


def why_login() -> str | None:
    """Key of what was lost, see `to_login`."""
    return session.get(_WHY_LOGIN)


def _here() -> str:
    """The page to come back to: this one, or the one that its form stands on."""
    if request.method == "GET":
        return request.full_path.removesuffix("?")
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return request.path
    return f"{page.path}?{page.query}" if page.query else page.path


def inside(target: str | None) -> str | None:
    """An address if it is a page of the console, else None: nobody is led elsewhere after the login."""
    if not target or not target.isprintable() or "\\" in target or ".." in target:
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/console/"):
        return None
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(parts.path, method="GET")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint in (*OPEN_TO_ALL, NO_PAGE) else target


def needs(role: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """A page for a role and those above it; 403 for others, the login page for nobody."""

    def decorate(view: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(view)
        @login_required
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if not current_user.may(role):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def protect(response: Response) -> Response:
    """Headers of everything in the console: nothing from elsewhere, never in a frame, no page in a cache."""
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "console.static":
        response.headers["Cache-Control"] = "no-store"
    return response
