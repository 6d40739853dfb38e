"""What the pages of patients share: their services, their looks, and their headers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from bot.links import Links
from bot.live_desk import LiveDesk
from bot.storage.database import Database

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages need.

    Args:
        now: milliseconds since 1970.
        zone: where the clinic is.
        pictures_dir: holds the drawings as PNG.
    """

    database: Database
    live: LiveDesk
    links: Links
    now: Callable[[], int]
    zone: tzinfo
    pictures_dir: Path = Path(__file__).parents[2] / "content" / "pictures"


def page_blueprint(name: str, url_prefix: str) -> Blueprint:
    """A blueprint whose pages no other site may frame, and that tell nobody where the reader came from."""
    blueprint = Blueprint(name, __name__, url_prefix=url_prefix, template_folder="templates")
    blueprint.after_request(harden)
    return blueprint


def current_pages() -> Pages:
    """The services of the application that handles this request."""
    found: Pages = current_app.extensions["pages"]
    return found


def harden(response: Response) -> Response:
    """A response with the headers that every page of patients has."""
    response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
