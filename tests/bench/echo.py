"""The plain way to write a LINE bot: Flask and line-bot-sdk, no database, replied before the webhook is answered.

Started on the very server of the bot: ``python -m tests.bench.echo reply|parse|roam`` with HOST, PORT and
LINE_API_BASE_URL in the environment.
"""

from __future__ import annotations

import os
import sys

from flask import Flask, abort, request
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import Event, MessageEvent, PostbackEvent

from bot.serving import serve
from bot.settings import read_settings


def reply_app() -> Flask:
    """An echo that replies through one shared SDK client."""
    configuration = Configuration(host=os.environ["LINE_API_BASE_URL"], access_token="bench")
    # The SDK's pool has five connections per CPU; four threads never need more.
    api = MessagingApi(ApiClient(configuration))
    return _app(api)


def roaming_app() -> Flask:
    """The same on all CPUs, as a server leaves it that does not care."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return reply_app()


def parse_app() -> Flask:
    """An echo that says nothing: the signature is checked, the events are parsed, 200."""
    return _app(None)


def _app(api: MessagingApi | None) -> Flask:
    app = Flask("echo", static_folder=None, template_folder=None)
    parser = WebhookParser(os.environ["LINE_CHANNEL_SECRET"])

    @app.post("/callback")
    def callback() -> str:
        try:
            events = parser.parse(request.get_data(as_text=True), request.headers["X-Line-Signature"])
        except InvalidSignatureError:
            abort(400)
        for event in events:
            if api:
                message = TextMessage(text=said(event))
                api.reply_message(
                    ReplyMessageRequest(reply_token=event.reply_token, messages=[message]), _request_timeout=(3, 8)
                )
        return "OK"

    @app.get("/healthz")
    def healthz() -> str:
        return "ready"

    return app


def said(event: Event) -> str:
    """What an event says, to be echoed."""
    if isinstance(event, MessageEvent):
        return str(getattr(event.message, "text", event.message.type))
    return str(event.postback.data if isinstance(event, PostbackEvent) else event.type)


if __name__ == "__main__":
    serve(read_settings(), {"reply": reply_app, "roam": roaming_app, "parse": parse_app}[sys.argv[1]])
