"""The web application: the webhook, and what watches over the server asks."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable

import structlog
from flask import Flask, Response, abort, request
from sqlalchemy import Connection
from structlog.contextvars import bound_contextvars
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.counts import Counts, NotCounted
from bot.edge import LARGEST_BODY
from bot.errors import WebhookError
from bot.line.signature import verify
from bot.line.webhook import read_webhook
from bot.live_desk import LiveDesk
from bot.probe import Probe
from bot.reception import Reception
from bot.storage.database import Database
from bot.storage.schema_version import SchemaVersion

log = structlog.get_logger(__name__)

PROBE_WITHIN = 1.5
"""Seconds to wait for the database, so that whoever watches has an answer within two."""

_READY_WITH_OLD_FILES = "ready; files that were changed have faults and are not in use, see `app.py check`"
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def create_app(
    reception: Reception,
    channel_secrets: tuple[str, ...],
    trusted_proxies: int = 0,
    counts: Counts | None = None,
) -> Flask:
    """The WSGI application.

    Args:
        reception: handles the events.
        channel_secrets: any of them may have signed a webhook.
        trusted_proxies: how many stand between visitors and this server, each of which adds to ``X-Forwarded-For``.
        counts: counts requests and events.
    """
    app = Flask("hizaura", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    if trusted_proxies:
        # Only the visitor's address, which the login counts by. Nothing here depends on another forwarded header, and
        # a proxy that does not set one would let visitors do so.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    _mount_webhook(app, reception, channel_secrets, counts or NotCounted())
    _mount_health(app, reception.database, reception.live)
    return app


def _mount_webhook(app: Flask, reception: Reception, channel_secrets: tuple[str, ...], counts: Counts) -> None:
    @app.post("/callback")
    def callback() -> Response:
        begun = time.perf_counter()
        with bound_contextvars(request_id=os.urandom(6).hex()):
            result, status, text = receive()
        counts.webhook(result, time.perf_counter() - begun)
        return _text(text, status)

    def receive() -> tuple[str, int, str]:
        body = request.get_data(cache=False)
        try:
            verify(body, request.headers.get("x-line-signature"), channel_secrets)
            webhook = read_webhook(body)
        except WebhookError as error:
            log.warning("webhook_refused", reason=type(error).__name__, size=len(body))
            return "refused", 400, "Bad request."
        not_kept = reception.receive(webhook.events)
        if webhook.set_aside:
            counts.events("set_aside", webhook.set_aside)
            log.info("events_set_aside", count=webhook.set_aside)
        if not_kept:
            # Anything but 2xx makes LINE deliver the whole batch again; events that were kept are then recognised.
            counts.events("not_kept", len(not_kept))
            return "not_kept", 500, "Please send again."
        return "ok", 200, "OK"


def _mount_health(app: Flask, database: Database, live: LiveDesk) -> None:
    schema = SchemaVersion()
    answers = Probe(lambda: database.read(_ask), PROBE_WITHIN)
    has_tables = Probe(lambda: database.read(schema.is_reached), PROBE_WITHIN)

    @app.get("/healthz")
    def healthz() -> Response:
        if answers.answer() is None:
            return _text("The database does not answer.", 503)
        # Old words are safe words: the server stays in use, and whoever looks is told.
        return _text(_READY_WITH_OLD_FILES if live.refused else "ready", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        """Whether requests should come here. One that was told to stop takes no connection any more."""
        match has_tables.answer():
            case None:
                return _text("The database does not answer.", 503)
            case False:
                return _text("The database has older tables: restart the server.", 503)
        return _text("ready", 200)


def mount_metrics(app: Flask, numbers: Callable[[], bytes], token: str) -> None:
    """``/metrics`` for whoever shows the token.

    Args:
        numbers: all of them, as Prometheus reads them.
    """
    expected = f"Bearer {token}".encode()

    @app.get("/metrics")
    def metrics() -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            abort(401)
        return Response(numbers(), content_type=_METRICS_TYPE)


def _ask(connection: Connection) -> int:
    answered: int = connection.exec_driver_sql("SELECT 1").scalar_one()
    return answered


def _text(content: str, status: int) -> Response:
    return Response(content, status, mimetype="text/plain")
