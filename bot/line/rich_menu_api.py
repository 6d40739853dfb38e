"""Calls that manage rich menus (Messaging API reference, "Rich menu"). For the command line, not for the server."""

from __future__ import annotations

from dataclasses import dataclass

from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    CreateRichMenuAliasRequest,
    MessagingApi,
    RichMenuRequest,
    UpdateRichMenuAliasRequest,
)

from bot.errors import LineRefused
from bot.line.connections import Connections, NoAnswer, NotConnected
from bot.line.flex import Part

_DATA_URL = "https://api-data.line.me"
"""Pictures go to a server of their own (reference, "Domain name")."""
_TIMEOUT = (3.0, 20.0)
"""Seconds to connect and to read."""
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on LINE.

    Args:
        names: of every menu, by id.
        aliases: id of the menu that each points at.
        default: id of the menu that everybody sees, None when there is none.
    """

    names: dict[str, str]
    aliases: dict[str, str]
    default: str | None


class RichMenuApi:
    """One account's rich menus. Every call raises `LineRefused` when LINE does not do it."""

    def __init__(self, access_token: str, base_url: str | None = None) -> None:
        """
        Args:
            base_url: of a fake LINE; None for LINE itself.
        """
        configuration = Configuration(host=base_url, access_token=access_token)
        configuration.retries = False
        self._api = MessagingApi(ApiClient(configuration))
        self._pictures = Connections(base_url or _DATA_URL, kept=1)
        self._access_token = access_token

    def standing(self) -> Standing:
        """What stands on LINE now."""
        try:
            menus = self._api.get_rich_menu_list(_request_timeout=_TIMEOUT).richmenus
            aliases = self._api.get_rich_menu_alias_list(_request_timeout=_TIMEOUT).aliases
        except ApiException as error:
            raise _refused(error) from error
        return Standing(
            {menu.rich_menu_id: menu.name for menu in menus},
            {alias.rich_menu_alias_id: alias.rich_menu_id for alias in aliases},
            self._default(),
        )

    def _default(self) -> str | None:
        try:
            return str(self._api.get_default_rich_menu_id(_request_timeout=_TIMEOUT).rich_menu_id)
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return None
            raise _refused(error) from error

    def validate(self, menu: Part) -> None:
        """Have LINE look at a menu object without making it."""
        try:
            self._api.validate_rich_menu_object(RichMenuRequest.from_dict(menu), _request_timeout=_TIMEOUT)
        except ApiException as error:
            raise _refused(error) from error

    def create(self, menu: Part, picture: bytes) -> str:
        """Make a menu with its picture. Nobody sees it yet.

        Returns:
            Its id.
        """
        try:
            id = str(
                self._api.create_rich_menu(RichMenuRequest.from_dict(menu), _request_timeout=_TIMEOUT).rich_menu_id
            )
        except ApiException as error:
            raise _refused(error) from error
        headers = {"Authorization": f"Bearer {self._access_token}", "Content-Type": "image/png"}
        try:
            answer = self._pictures.request("POST", f"/v2/bot/richmenu/{id}/content", headers, picture)
        except (NotConnected, NoAnswer) as error:
            raise LineRefused(f"LINE did not take the picture of a rich menu: {error}. Try again.") from error
        if answer.status != 200:
            raise LineRefused(f"LINE refused the picture of a rich menu ({answer.status}): {answer.body[:300]!r}")
        return id

    def point(self, alias: str, menu_id: str, *, is_new: bool) -> None:
        """Let an alias stand for a menu."""
        try:
            if is_new:
                made = CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=menu_id)
                self._api.create_rich_menu_alias(made, _request_timeout=_TIMEOUT)
            else:
                moved = UpdateRichMenuAliasRequest(richMenuId=menu_id)
                self._api.update_rich_menu_alias(alias, moved, _request_timeout=_TIMEOUT)
        except ApiException as error:
            raise _refused(error) from error

    def show(self, menu_id: str) -> None:
        """Let everybody see a menu."""
        try:
            self._api.set_default_rich_menu(menu_id, _request_timeout=_TIMEOUT)
        except ApiException as error:
            raise _refused(error) from error

    def delete(self, menu_id: str) -> None:
        """Delete a menu that nothing points at."""
        try:
            self._api.delete_rich_menu(menu_id, _request_timeout=_TIMEOUT)
        except ApiException as error:
            raise _refused(error) from error


def _refused(error: ApiException) -> LineRefused:
    return LineRefused(f"LINE refused ({error.status}): {str(error.body)[:300]}")
