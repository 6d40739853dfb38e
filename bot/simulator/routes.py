"""The simulator's doors: the page with its JSON and event stream, and beside it the fake Messaging API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from bot.simulator.api_routes import api_blueprint
from bot.simulator.chats import ChatBlocked, UnknownUser
from bot.simulator.compression import compressed
from bot.simulator.fake_line import FakeLine
from bot.simulator.feed import Subscription
from bot.simulator.gallery import Gallery, add_gallery

Json = dict[str, Any]

KEEP_ALIVE_SECONDS = 15.0
"""A comment goes down a silent event stream this often; writing it is how a gone client is noticed."""

STREAM_SECONDS = 30.0
"""An event stream ends after this long and the page opens the next: a server that waits for its open
requests before it stops waits no longer than this. `FakeLine.close` ends them at once."""

_BODY_BYTES_MOST = 64 * 1024
_NAME_MOST = 40

# Pictures come from anywhere a bot may show them from; everything else only from here.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: http://127.0.0.1:* http://localhost:*; media-src https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def simulator_blueprints(
    fake: FakeLine, most_streams: int = 4, gallery: Gallery | None = None
) -> tuple[Blueprint, Blueprint]:
    """The blueprints to register on a Flask app: the page at /simulator, the API at /simulator/line.

    Every open page holds one event stream, and with a blocking server one thread. Beyond `most_streams`
    the stream answers 503 and the page polls the state instead, so that pages never starve the bot.
    A browser, too, opens only six connections to one HTTP/1.1 host, which is why the default is four.

    Args:
        fake: the platform to show and to talk to.
        most_streams: how many event streams may be open at once; 0: all pages poll.
        gallery: makes every message of the content, for /simulator/gallery; None: there is no such page.
    """
    return _page_blueprint(fake, most_streams, gallery), api_blueprint(fake)


def _page_blueprint(fake: FakeLine, most_streams: int, gallery: Gallery | None) -> Blueprint:
    blueprint = Blueprint(
        "simulator",
        __name__,
        url_prefix="/simulator",
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )
    blueprint.before_request(_refuse_foreign_posts)
    blueprint.after_request(_harden)
    blueprint.after_request(compressed)
    blueprint.register_error_handler(HTTPException, _error)
    blueprint.register_error_handler(UnknownUser, lambda _: _failure(404, "unknown user"))
    blueprint.register_error_handler(ChatBlocked, lambda _: _failure(409, "the user has blocked the account"))
    _add_page(blueprint, fake, gallery is not None)
    _add_stream(blueprint, fake, most_streams)
    _add_actions(blueprint, fake)
    if gallery:
        add_gallery(blueprint, gallery)
    return blueprint


def _add_page(blueprint: Blueprint, fake: FakeLine, has_gallery: bool) -> None:
    @blueprint.get("", strict_slashes=False)
    def page() -> str:
        return render_template("simulator.html", account=fake.state()["account"], has_gallery=has_gallery)

    @blueprint.get("/rich-menus/<menu_id>/picture")
    def rich_menu_picture(menu_id: str) -> Response:
        """The picture of a rich menu. It never changes: LINE lets nobody replace it."""
        picture = fake.rich_menus.picture(menu_id)
        if picture is None:
            return _failure(404, "no such picture")
        response = Response(picture.content, mimetype=picture.content_type)
        response.headers["Cache-Control"] = "private, max-age=86400, immutable"
        return response

    @blueprint.get("/state")
    def state() -> Response:
        """The whole state; 204 if nothing has changed since ``?since=<version>``."""
        if request.args.get("since", type=int) == fake.chats.version:
            return Response(status=204)
        return jsonify(fake.state())


def _add_stream(blueprint: Blueprint, fake: FakeLine, most_streams: int) -> None:
    @blueprint.get("/events")
    def events() -> Response:
        """Server-sent events: first ``state``, then one event per change, named after its kind."""
        if fake.chats.watchers >= most_streams:
            return _failure(503, "too many event streams; ask for the state instead")
        subscription = fake.subscribe()
        response = Response(event_stream(subscription), mimetype="text/event-stream")
        # If the client leaves before the first byte, the generator never starts and cannot clean up.
        response.call_on_close(subscription.close)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response

    @blueprint.post("/leave")
    def leave() -> Response:
        """A page says goodbye; without it a gone client is noticed only at the next keep-alive."""
        fake.chats.leave(_text(_body(), "stream"))
        return jsonify({})


def event_stream(subscription: Subscription) -> Generator[str, None, None]:
    """A subscription as text/event-stream, until either side closes it or its time is over."""
    ends = time.monotonic() + STREAM_SECONDS
    with subscription:
        yield "retry: 300\n\n"  # milliseconds until the page opens the next stream
        while not subscription.closed and (left := ends - time.monotonic()) > 0:
            update = subscription.get(min(KEEP_ALIVE_SECONDS, left))
            if update is None:
                yield ": keep-alive\n\n"
            else:
                yield f"event: {update['kind']}\ndata: {json.dumps(update)}\n\n"


def _add_actions(blueprint: Blueprint, fake: FakeLine) -> None:
    @blueprint.post("/users")
    def add_user() -> Response:
        name = _text(_body(), "name").strip()
        if not 1 <= len(name) <= _NAME_MOST:
            abort(400, f"name must have 1 to {_NAME_MOST} characters")
        return jsonify({"id": fake.add_user(name)})

    @blueprint.post("/users/<user_id>/<action>")
    def act(user_id: str, action: str) -> Response:
        """Do something on a phone; ``{"status": what the bot's webhook answered}``."""
        do = _ACTIONS.get(action)
        if do is None:
            abort(404, "unknown action")
        return jsonify({"status": do(fake, user_id, _body())})


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        abort(400, f"{name} must be a text that is not empty")
    return value


def _tap(fake: FakeLine, user_id: str, body: Json) -> int | None:
    display_text = body.get("displayText")
    params = body.get("params")
    if display_text is not None and not isinstance(display_text, str):
        abort(400, "displayText must be a text")
    if params is not None and not isinstance(params, dict):
        abort(400, "params must be an object")
    return fake.tap(user_id, _text(body, "data"), display_text, params)


def _location(fake: FakeLine, user_id: str, body: Json) -> int | None:
    title = _text(body, "title") if "title" in body else None
    address = _text(body, "address") if "address" in body else None
    if "latitude" not in body and "longitude" not in body:
        return fake.send_location(user_id, title=title, address=address)
    return fake.send_location(user_id, _degrees(body, "latitude", 90), _degrees(body, "longitude", 180), title, address)


def _degrees(body: Json, name: str, most: int) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > most:
        abort(400, f"{name} must be a number from -{most} to {most}")
    return float(value)


_ACTIONS: dict[str, Callable[[FakeLine, str, Json], int | None]] = {
    "follow": lambda fake, user_id, _: fake.follow(user_id),
    "block": lambda fake, user_id, _: fake.block(user_id),
    "unblock": lambda fake, user_id, _: fake.unblock(user_id),
    "text": lambda fake, user_id, body: fake.send_text(user_id, _text(body, "text")),
    "postback": _tap,
    "switch": lambda fake, user_id, body: fake.switch_rich_menu(user_id, _text(body, "alias"), _text(body, "data")),
    "sticker": lambda fake, user_id, _: fake.send_sticker(user_id),
    "image": lambda fake, user_id, _: fake.send_image(user_id),
    "audio": lambda fake, user_id, _: fake.send_audio(user_id),
    "file": lambda fake, user_id, _: fake.send_file(user_id),
    "location": _location,
    "unsend": lambda fake, user_id, body: fake.unsend(user_id, _text(body, "messageId")),
    "redeliver": lambda fake, user_id, _: fake.redeliver(user_id),
}


def _body() -> Json:
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "the body must be a JSON object")
    return body


def _refuse_foreign_posts() -> Response | None:
    """Only JSON, and only from this page: another site's form or script must not press our buttons."""
    request.max_content_length = _BODY_BYTES_MOST
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    if request.mimetype != "application/json":
        return _failure(415, "only application/json is accepted")
    origin = request.headers.get("Origin")
    # Host only: behind a TLS proxy the page's scheme is https while ours is http.
    if origin is not None and urlsplit(origin).netloc != request.host:
        return _failure(403, "requests from another origin are refused")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return _failure(403, "requests from another site are refused")
    return None


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _error(error: HTTPException) -> Response:
    return _failure(error.code or 500, error.description or error.name)


def _failure(status: int, message: str) -> Response:
    response = jsonify({"error": message})
    response.status_code = status
    return response
