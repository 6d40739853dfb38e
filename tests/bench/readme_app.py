"""The echo bot as the README of line-bot-sdk shows it, for ``gunicorn tests.bench.readme_app:app``.

A handler, and a client of its own for every event; only the address of LINE comes from the environment.
"""

from __future__ import annotations

import os

from flask import Flask, abort, request
from linebot.v3 import WebhookHandler
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import Event

from tests.bench.echo import said

app = Flask(__name__)
configuration = Configuration(host=os.environ["LINE_API_BASE_URL"], access_token="bench")
handler = WebhookHandler(os.environ["LINE_CHANNEL_SECRET"])


@app.route("/callback", methods=["POST"])
def callback() -> str:
    signature = request.headers["X-Line-Signature"]
    body = request.get_data(as_text=True)
    try:
        handler.handle(body, signature)
    except InvalidSignatureError:
        abort(400)
    return "OK"


@handler.default()
def handle(event: Event) -> None:
    with ApiClient(configuration) as api_client:
        api = MessagingApi(api_client)
        api.reply_message_with_http_info(
            ReplyMessageRequest(reply_token=event.reply_token, messages=[TextMessage(text=said(event))])
        )


@app.get("/healthz")
def healthz() -> str:
    return "ready"
