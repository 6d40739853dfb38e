"""The command `app.py richmenu`: the menu below the chat, checked, shown to everybody, and taken back."""

from __future__ import annotations

import click

from bot.desk import Desk, load_desk
from bot.line.rich_menu_api import RichMenuApi
from bot.line.rich_menu_deployment import current, deploy, menu_sets, roll_back
from bot.rich_menu_files import menus_of
from bot.serving import access_token
from bot.settings import Settings, read_settings


@click.group()
def richmenu() -> None:
    """The menu below the chat: check it, show it to everybody, take it back."""


@richmenu.command("check")
def check_command() -> None:
    """Have LINE look at the menus without making them."""
    settings, desk = _opened()
    api = _api(settings)
    for each in menus_of(desk.library, settings.content_dir):
        api.validate({**each.menu, "name": each.alias})
        click.echo(f"LINE would take {each.alias}, {len(each.menu['areas'])} areas.")


@richmenu.command("deploy")
def deploy_command() -> None:
    """Show the menus to everybody. The set before is kept for `rollback`."""
    settings, desk = _opened()
    shown = deploy(_api(settings), menus_of(desk.library, settings.content_dir))
    click.echo(f"Set {shown.number} ({shown.version}) is shown. Chats that are open see it within a minute.")


@richmenu.command("rollback")
def rollback_command() -> None:
    """Show the set before again."""
    shown = roll_back(_api(read_settings().for_line()))
    click.echo(f"Set {shown.number} ({shown.version}) is shown again.")


@richmenu.command("list")
def list_command() -> None:
    """What stands on LINE."""
    standing = _api(read_settings().for_line()).standing()
    sets = menu_sets(standing)
    shown = current(standing, sets)
    for each in sets:
        mark = "shown" if each == shown else "kept"
        click.echo(f"Set {each.number} ({each.version}), {mark}: {', '.join(each.tabs)}")
    if shown is None:
        click.echo("Everybody sees another menu, or none.")


def _opened() -> tuple[Settings, Desk]:
    settings = read_settings().for_line()
    return settings, load_desk(settings.flows_dir, settings.content_dir, settings.zone)


def _api(settings: Settings) -> RichMenuApi:
    return RichMenuApi(access_token(settings)(), settings.line_api_base_url)
