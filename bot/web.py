"""The web application: the webhook and the health check."""

from __future__ import annotations

import structlog
from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.errors import StorageError, WebhookError
from bot.line.signature import verify
from bot.line.webhook import read_webhook
from bot.reception import Reception

log = structlog.get_logger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes. LINE states no maximum; a batch of texts stays far below."""

_READY_WITH_OLD_FILES = "ready; files that were changed have faults and are not in use, see `app.py check`"


def create_app(reception: Reception, channel_secrets: tuple[str, ...], trusted_proxies: int = 0) -> Flask:
    """The WSGI application.

    Args:
        reception: handles the events.
        channel_secrets: any of them may have signed a webhook.
        trusted_proxies: how many stand between visitors and this server, each of which adds to ``X-Forwarded-For``.
    """
    app = Flask("hizaura", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    if trusted_proxies:
        # Only the visitor's address, which the login counts by. Nothing here depends on another forwarded header, and
        # a proxy that does not set one would let visitors do so.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]

    @app.post("/callback")
    def callback() -> Response:
        body = request.get_data(cache=False)
        try:
            verify(body, request.headers.get("x-line-signature"), channel_secrets)
            webhook = read_webhook(body)
        except WebhookError as error:
            log.warning("webhook_refused", reason=type(error).__name__, size=len(body))
            return _text("Bad request.", 400)
        not_kept = reception.receive(webhook.events)
        if webhook.set_aside:
            log.info("events_set_aside", count=webhook.set_aside)
        # Anything but 2xx makes LINE deliver the whole batch again; events that were kept are then recognised.
        return _text("Please send again.", 500) if not_kept else _text("OK", 200)

    @app.get("/healthz")
    def healthz() -> Response:
        try:
            reception.database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))
        except StorageError:
            return _text("The database does not answer.", 503)
        # Old words are safe words: the server stays in use, and whoever looks is told.
        return _text(_READY_WITH_OLD_FILES if reception.live.refused else "ready", 200)

    return app


def _text(content: str, status: int) -> Response:
    return Response(content, status, mimetype="text/plain")
