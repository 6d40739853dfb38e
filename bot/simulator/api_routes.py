"""The fake Messaging API over HTTP, below /simulator/line. A client's base URL is <host>/simulator/line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.simulator.fake_line import FakeLine
from bot.simulator.messaging_api import Answer, answer
from bot.simulator.rich_menu_routes import add_rich_menu_routes

Json = dict[str, Any]

# LINE Messaging API reference, #status-codes.
_BODY_BYTES_MOST = 2 * 1024 * 1024


def api_blueprint(api: FakeLine) -> Blueprint:
    """The endpoints that a bot calls, each with an ``Authorization: Bearer`` header (401 without).

    Args:
        api: the platform that answers.
    """
    blueprint = Blueprint("simulator_line", __name__, url_prefix="/simulator/line/v2/bot")
    blueprint.before_request(_refuse_unauthorized)

    @blueprint.post("/message/reply")
    def reply() -> Response:
        return _with_body(lambda body: api.reply(body, _retry_key()))

    @blueprint.post("/message/push")
    def push() -> Response:
        return _with_body(lambda body: api.push(body, _retry_key()))

    @blueprint.post("/message/multicast")
    def multicast() -> Response:
        return _with_body(lambda body: api.multicast(body, _retry_key()))

    @blueprint.post("/message/validate/<kind>")
    def validate(kind: str) -> Response:
        return _with_body(lambda body: api.validate(kind, body))

    @blueprint.get("/message/quota")
    def quota() -> Response:
        return _response(api.quota())

    @blueprint.get("/message/quota/consumption")
    def consumption() -> Response:
        return _response(api.consumption())

    @blueprint.get("/profile/<user_id>")
    def profile(user_id: str) -> Response:
        return _response(api.profile(user_id))

    @blueprint.get("/info")
    def info() -> Response:
        return _response(api.bot_info())

    @blueprint.post("/chat/loading/start")
    def start_loading() -> Response:
        return _with_body(api.start_loading)

    @blueprint.post("/chat/markAsRead")
    def mark_as_read() -> Response:
        return _with_body(api.mark_as_read)

    add_rich_menu_routes(blueprint, api.rich_menus, _response, _with_body)
    return blueprint


def _refuse_unauthorized() -> Response | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer" and token.strip():
        return None
    message = "Authentication failed due to the following reason: missing channel access token"
    return _response(answer(401, {"message": message}))


def _with_body(act: Callable[[Json], Answer]) -> Response:
    """Answer with what `act` makes of the JSON body; LINE's own answers if there is none."""
    request.max_content_length = _BODY_BYTES_MOST
    if request.mimetype != "application/json":
        message = f"The content type, {request.mimetype}, is not supported"
        return _response(answer(415, {"message": message}))
    try:
        body = request.get_json(silent=True)
    except RequestEntityTooLarge:
        return _response(answer(413, {"message": "Request exceeds the max size of 2MB"}))
    if not isinstance(body, dict):
        message = "The request body could not be parsed as JSON (line: 1, column: 1)"
        return _response(answer(400, {"message": message}))
    return _response(act(body))


def _retry_key() -> str | None:
    return request.headers.get("X-Line-Retry-Key")


def _response(given: Answer) -> Response:
    response = jsonify(given.body)
    response.status_code = given.status
    response.headers.update(given.headers)
    return response
