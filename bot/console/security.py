"""Who may see what: login, roles, sessions that end, and headers that keep other sites out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, abort
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_wtf import CSRFProtect

from bot.console.services import services
from bot.storage import staff

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

ROLES = ("viewer", "staff", "owner")
"""Each may do what those before it may: look; answer patients and send; manage accounts."""

csrf = CSRFProtect()

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
        return ROLES.index(self.member.role) >= ROLES.index(role)


def login_manager() -> LoginManager:
    """Finds the account of a session."""
    manager = LoginManager()
    manager.login_view = "console.login"
    manager.session_protection = "strong"

    @manager.user_loader
    def load(session_key: str) -> Account | None:
        found = services().database.read(lambda connection: staff.by_session_key(connection, session_key))
        return Account(found) if found else None

    return manager


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
    """Headers of every page of the console: nothing from elsewhere, never in a frame, never in a cache."""
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
