"""Rich menus: what goes to LINE, how a set is shown, and how it is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from linebot.v3.messaging import RichMenuRequest

from bot.desk import Desk
from bot.errors import BadInput
from bot.flow.commands import COMMANDS
from bot.flow.events import Command
from bot.line.flex import Part
from bot.line.postback import read_postback
from bot.line.rich_menu import HEIGHT, WIDTH, RichMenu, field_boxes, rich_menus, tab_boxes, version
from bot.line.rich_menu_api import Standing
from bot.line.rich_menu_deployment import current, deploy, menu_sets, roll_back
from bot.line.rich_menu_picture import tab_svg

LANGUAGES = ["ja", "en"]


@pytest.fixture
def menus(desk: Desk) -> list[RichMenu]:
    return rich_menus(desk.library, dict.fromkeys(desk.library.rich_menu.tabs, b"png"))


@dataclass
class Account:
    """A LINE account in memory.

    Args:
        fails_at: number of the call that changes something and fails.
    """

    names: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    fails_at: int = 0
    changes: int = 0

    def standing(self) -> Standing:
        return Standing(dict(self.names), dict(self.aliases), self.default)

    def validate(self, menu: Part) -> None:
        RichMenuRequest.from_dict(menu)

    def create(self, menu: Part, picture: bytes) -> str:
        assert picture
        self._change()
        id = f"richmenu-{self.changes}"
        self.names[id] = menu["name"]
        return id

    def point(self, alias: str, menu_id: str, *, is_new: bool) -> None:
        assert is_new == (alias not in self.aliases)
        self._change()
        self.aliases[alias] = menu_id

    def show(self, menu_id: str) -> None:
        self._change()
        self.default = menu_id

    def delete(self, menu_id: str) -> None:
        assert menu_id not in (*self.aliases.values(), self.default)
        self._change()
        del self.names[menu_id]

    def _change(self) -> None:
        self.changes += 1
        if self.changes == self.fails_at:
            raise ConnectionError


def changed(menus: list[RichMenu]) -> list[RichMenu]:
    return [replace(menus[0], picture=b"another"), *menus[1:]]


class TestMenus:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_field_leads_somewhere_and_every_tab_to_the_others(self, desk: Desk, language: str) -> None:
        library = desk.tongue(language).library
        menus = rich_menus(library, dict.fromkeys(library.rich_menu.tabs, b"png"))
        for menu in menus:
            kinds = [area["action"]["type"] for area in menu.menu["areas"]]
            assert kinds.count("richmenuswitch") == len(menus) - 1
            for area in menu.menu["areas"]:
                if area["action"]["type"] == "postback":
                    event = read_postback("e", area["action"]["data"])
                    assert isinstance(event, Command)
                    assert event.name in COMMANDS or event.name.startswith("topic:")

    def test_areas_lie_inside_the_picture_and_do_not_overlap(self) -> None:
        boxes = [*tab_boxes(2), *field_boxes()]
        assert all(box.x + box.width <= WIDTH and box.y + box.height <= HEIGHT for box in boxes)
        covered = sum(box.width * box.height for box in boxes)
        assert 0.99 * WIDTH * HEIGHT < covered <= WIDTH * HEIGHT

    def test_line_takes_the_shape(self) -> None:
        assert 800 <= WIDTH <= 2500
        assert WIDTH / HEIGHT >= 1.45

    def test_the_same_menus_are_the_same_version(self, menus: list[RichMenu]) -> None:
        assert version(menus) == version(list(menus))
        assert version(menus) != version(changed(menus))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_picture_of_a_tab_shows_every_word_of_it(self, desk: Desk, language: str) -> None:
        words = desk.tongue(language).library.rich_menu
        icons = {shown.icon: b"<svg/>" for tab in words.tabs.values() for shown in tab.fields}
        for id, tab in words.tabs.items():
            drawn = tab_svg(words, id, icons)
            assert all(shown.label in drawn for shown in tab.fields)
            assert all(other.label in drawn for other in words.tabs.values())


class TestDeployment:
    def test_everybody_sees_the_first_tab(self, menus: list[RichMenu]) -> None:
        account = Account()
        shown = deploy(account, menus)
        assert account.default == shown.tabs[menus[0].alias]
        assert account.aliases == shown.tabs
        assert next(iter(account.names.values())).endswith(menus[0].alias)

    def test_the_same_set_again_changes_nothing(self, menus: list[RichMenu]) -> None:
        account = Account()
        first = deploy(account, menus)
        changes = account.changes
        assert deploy(account, menus) == first
        assert account.changes == changes

    def test_the_set_before_is_kept_and_the_one_before_it_is_deleted(self, menus: list[RichMenu]) -> None:
        account = Account()
        deploy(account, menus)
        second = deploy(account, changed(menus))
        third = deploy(account, menus)
        assert [each.number for each in menu_sets(account.standing())] == [second.number, third.number]

    def test_back_to_the_set_before(self, menus: list[RichMenu]) -> None:
        account = Account()
        first = deploy(account, menus)
        deploy(account, changed(menus))
        assert roll_back(account) == first
        assert account.aliases == first.tabs
        assert current(account.standing(), menu_sets(account.standing())) == first

    def test_without_a_set_before_there_is_no_way_back(self, menus: list[RichMenu]) -> None:
        account = Account()
        deploy(account, menus)
        with pytest.raises(BadInput):
            roll_back(account)

    def test_menus_of_others_are_left_alone(self, menus: list[RichMenu]) -> None:
        account = Account(names={"theirs": "Spring campaign"}, default="theirs")
        deploy(account, menus)
        deploy(account, changed(menus))
        assert account.names["theirs"] == "Spring campaign"

    @pytest.mark.parametrize("fails_at", range(1, 8))
    def test_after_a_deployment_that_stopped_half_way_the_next_one_carries_on(
        self, menus: list[RichMenu], fails_at: int
    ) -> None:
        account = Account()
        deploy(account, menus)
        account.fails_at = account.changes + fails_at
        try:
            deploy(account, changed(menus))
        except ConnectionError:
            standing = account.standing()
            assert current(standing, menu_sets(standing)) is not None
        shown = deploy(account, changed(menus))
        assert account.default in shown.tabs.values()
        assert account.aliases == shown.tabs
        assert shown.version == version(changed(menus))
