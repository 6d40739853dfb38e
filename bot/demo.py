"""The demo: the real server against a fake LINE in the same process, with a simulated phone as its page."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import click
import urllib3
from flask import Flask, jsonify, redirect
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot import serving
from bot.console.passwords import hash_password
from bot.errors import BadInput, SettingsError
from bot.line.gallery import Picture, gallery
from bot.live_desk import LiveDesk, live_desk, watch
from bot.logs import configure_logging
from bot.rich_menu_files import menus_of
from bot.settings import Settings, read_settings
from bot.simulator.fake_line import FakeLine
from bot.simulator.routes import simulator_blueprints
from bot.storage import staff

THREADS = 32
"""Every open page holds one thread for its stream of events, and every message passes through three more."""

STOP_SECONDS = 2
"""An open page holds its stream of events for up to 30 seconds."""

_OWNER = "demo"

_WEBHOOK_TIMEOUT = 10.0
"""Seconds."""


def run_demo(settings: Settings) -> None:
    """Serve the demo until SIGTERM or SIGINT.

    Raises:
        SettingsError: when a real channel is configured: the simulator never runs beside one.
    """
    if settings.line_channel_secret:
        raise SettingsError("LINE_CHANNEL_SECRET is set: the demo never runs beside a real channel. Use `serve`.")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///var/demo-{settings.port}.db")
    os.environ["LINE_CHANNEL_SECRET"] = secrets.token_hex(16)
    os.environ["LINE_CHANNEL_ACCESS_TOKEN"] = secrets.token_hex(32)
    os.environ["LINE_API_BASE_URL"] = f"http://{settings.host}:{settings.port}/simulator/line"
    if not settings.secret_key:
        os.environ["SECRET_KEY"] = secrets.token_hex(32)
    os.environ.setdefault("PUBLIC_BASE_URL", f"http://{settings.host}:{settings.port}")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    settings = read_settings()
    live = serving.prepare(settings)
    password = _owner_with_new_password(settings)
    address = f"http://{settings.host}:{settings.port}"
    click.echo(f"Open {address} and play a patient. Nothing is sent to LINE.")
    click.echo(f"Staff pages: {address}/console/  name: {_OWNER}  password: {password}")
    make_app = partial(demo_app, serving.inherited(live))
    serving.serve(settings, make_app, threads=THREADS, stop_within=STOP_SECONDS)


def _owner_with_new_password(settings: Settings) -> str:
    """Let somebody into the staff pages: the password is another one at every start, and the demo's alone."""
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    password_hash = hash_password(password)
    now = time.time_ns() // 1_000_000

    def renew(connection: Connection) -> None:
        member = staff.by_name(connection, _OWNER)
        if member is None or member.left_at is not None:
            staff.add(connection, _OWNER, staff.OWNER, password_hash, now)
            return
        staff.set_password(connection, member.id, password_hash)
        staff.set_totp(connection, member.id, None)
        staff.set_role(connection, member.id, staff.OWNER)

    database = serving.open_database(settings)
    try:
        database.transact(renew)
    finally:
        database.close()
    return password


def demo_app(live: LiveDesk | None) -> Flask:
    """The application of the demo: the real one, with the simulator mounted beside it."""
    settings = read_settings().for_line()
    configure_logging(settings.log_level)
    live = live or live_desk(settings.flows_dir, settings.content_dir, settings.zone, settings.links)
    watch(live)
    app = serving.app_for(settings, live)
    webhook = f"http://{settings.host}:{settings.port}/callback"
    pool = urllib3.PoolManager(maxsize=THREADS, retries=False, timeout=_WEBHOOK_TIMEOUT)

    def deliver(body: bytes, signature: str) -> int:
        headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": signature}
        return pool.request("POST", webhook, body=body, headers=headers).status

    fake = FakeLine(
        settings.line_channel_secret[0],
        clock=lambda: datetime.now(ZoneInfo(settings.tz_name)),
        deliver=deliver,
        account_name=live.desk.library.clinic.name,
        read_by_hand=True,
    )

    def every_message() -> dict[str, Iterator[Picture]]:
        desk, now = live.desk, datetime.now(ZoneInfo(settings.tz_name))
        tongues = (desk.tongue(desk.library.language), *desk.others.values())
        return {tongue.library.language: gallery(tongue.renderer, now) for tongue in tongues}

    _show_rich_menu(fake, live, settings)
    for blueprint in simulator_blueprints(fake, gallery=every_message):
        app.register_blueprint(blueprint)

    @app.get("/simulator/content")
    def content() -> Response:
        refused = live.refused
        return jsonify(refused=bool(refused), faults=[str(fault) for fault in refused.faults] if refused else [])

    @app.get("/")
    def home() -> Response:
        return redirect("/simulator")

    return app


def _show_rich_menu(fake: FakeLine, live: LiveDesk, settings: Settings) -> None:
    """The menu below the chat, as `app.py richmenu deploy` would show it; a demo without its pictures has none."""
    try:
        menus = menus_of(live.desk.library, settings.content_dir)
    except BadInput:
        return
    shown = []
    for each in menus:
        id = fake.rich_menus.create({**each.menu, "name": each.alias}).body["richMenuId"]
        fake.rich_menus.upload(id, each.picture, "image/png")
        fake.rich_menus.create_alias({"richMenuAliasId": each.alias, "richMenuId": id})
        shown.append(id)
    fake.rich_menus.set_default(shown[0])
