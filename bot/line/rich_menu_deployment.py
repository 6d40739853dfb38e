"""Bringing a set of rich menus to LINE, and back to the set before.

The name of every menu carries the number and the version of its set, so that what stands on LINE tells for itself what
it is, and nothing need be remembered here. Everything is made before anything is shown; what is pointed at last is what
patients see, so a deployment that stops half way is carried on by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.errors import BadInput
from bot.line.flex import Part
from bot.line.rich_menu import PREFIX, RichMenu, version
from bot.line.rich_menu_api import Standing


class Api(Protocol):
    """What is needed of LINE; `bot.line.rich_menu_api.RichMenuApi` is one."""

    def standing(self) -> Standing: ...

    def validate(self, menu: Part) -> None: ...

    def create(self, menu: Part, picture: bytes) -> str: ...

    def point(self, alias: str, menu_id: str, *, is_new: bool) -> None: ...

    def show(self, menu_id: str) -> None: ...

    def delete(self, menu_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class MenuSet:
    """All tabs that were deployed together.

    Args:
        number: counts up with every deployment.
        tabs: id of the menu by alias, the first tab first.
    """

    number: int
    version: str
    tabs: dict[str, str]


def deploy(api: Api, menus: Sequence[RichMenu]) -> MenuSet:
    """Show a set of menus to everybody, and keep the one before for `roll_back`.

    The same set a second time changes nothing.
    """
    standing = api.standing()
    sets = menu_sets(standing)
    shown = current(standing, sets)
    wanted = version(menus)
    if shown and shown.version == wanted and len(shown.tabs) == len(menus):
        return shown
    number = max((each.number for each in sets), default=0) + 1
    named = [
        {**each.menu, "name": f"{PREFIX}:{number}:{wanted}:{place}:{each.alias}"} for place, each in enumerate(menus)
    ]
    for menu in named:
        api.validate(menu)
    tabs = {each.alias: api.create(menu, each.picture) for each, menu in zip(menus, named, strict=True)}
    made = MenuSet(number, wanted, tabs)
    _show(api, standing, made)
    for old in sets:
        if shown is None or old.number != shown.number:
            _delete(api, old)
    return made


def roll_back(api: Api) -> MenuSet:
    """Show the set before the present one again, and delete the present one.

    Raises:
        BadInput: when there is none.
    """
    standing = api.standing()
    sets = menu_sets(standing)
    shown = current(standing, sets)
    before = [each for each in sets if shown and each.number < shown.number]
    if shown is None or not before:
        raise BadInput("There is no earlier rich menu on LINE to go back to.")
    _show(api, standing, before[-1])
    _delete(api, shown)
    return before[-1]


def menu_sets(standing: Standing) -> list[MenuSet]:
    """The sets that stand on LINE, in the order of their deployment; menus of others are left alone."""
    found: dict[tuple[int, str], list[tuple[int, str, str]]] = {}
    for id, name in standing.names.items():
        match name.split(":"):
            case [prefix, number, of, place, alias] if prefix == PREFIX and number.isdecimal() and place.isdecimal():
                found.setdefault((int(number), of), []).append((int(place), alias, id))
    return [
        MenuSet(number, of, {alias: id for _, alias, id in sorted(tabs)})
        for (number, of), tabs in sorted(found.items())
    ]


def current(standing: Standing, sets: Sequence[MenuSet]) -> MenuSet | None:
    """The set that everybody sees; None when it is another menu, or none."""
    return next((each for each in sets if standing.default in each.tabs.values()), None)


def _show(api: Api, standing: Standing, menus: MenuSet) -> None:
    for alias, id in menus.tabs.items():
        api.point(alias, id, is_new=alias not in standing.aliases)
    api.show(next(iter(menus.tabs.values())))


def _delete(api: Api, menus: MenuSet) -> None:
    for id in menus.tabs.values():
        api.delete(id)
