"""LINE's side of rich menus, in memory: menus, their pictures, aliases, and which phone shows which menu.

Statuses and bodies follow the LINE Messaging API reference; each method names its section.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.simulator.chats import Chats, Json, User
from bot.simulator.messaging_api import USER_ID, Answer, answer, bad_body, problem
from bot.simulator.rich_menu_rules import ALIAS, PICTURE_TYPES, is_picture_allowed, rich_menu_problems

MENUS_MOST = 1_000
ALIASES_MOST = 1_000
USERS_MOST = 500

_MENU_ID = re.compile(r"richmenu-[0-9a-f]{32}")
_PARTS = ("size", "selected", "name", "chatBarText", "areas")


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a rich menu, with its content type."""

    content: bytes
    content_type: str


class RichMenus:
    """The rich-menu endpoints. Thread-safe; each call is one transaction under the lock of the chats.

    A change shows on the phones at once; with LINE itself a new default shows when the chat is opened again.

    Args:
        chats: the phones, which are told what to show.
        refuse: is given the name of the endpoint and every refusal, and returns the refusal.
        http_base: URL prefix for which plain http is let through, as for messages.
    """

    def __init__(self, chats: Chats, refuse: Callable[[str, Answer], Answer], http_base: str | None = None) -> None:
        self._chats = chats
        self._lock = chats.lock
        self._refuse = refuse
        self._http_base = http_base
        self._menus: dict[str, Json] = {}
        self._pictures: dict[str, Picture] = {}
        self._aliases: dict[str, str] = {}
        self._default: str | None = None

    # -- menus ---------------------------------------------------------------------------------------

    def validate(self, body: Json) -> Answer:
        """POST /v2/bot/richmenu/validate. Reference, #validate-rich-menu-object."""
        problems = rich_menu_problems(body, self._http_base)
        return self._refuse("richmenu/validate", bad_body(problems)) if problems else answer(200)

    def create(self, body: Json) -> Answer:
        """POST /v2/bot/richmenu: a menu that nobody sees yet. Reference, #create-rich-menu."""
        problems = rich_menu_problems(body, self._http_base)
        if problems:
            return self._refuse("richmenu", bad_body(problems))
        with self._lock:
            if len(self._menus) >= MENUS_MOST:
                return self._refuse("richmenu", answer(400, {"message": "The maximum number of rich menus is reached"}))
            menu_id = f"richmenu-{secrets.token_hex(16)}"
            self._menus[menu_id] = {"richMenuId": menu_id, **{part: body[part] for part in _PARTS}}
            return answer(200, {"richMenuId": menu_id})

    def get(self, menu_id: str) -> Answer:
        """GET /v2/bot/richmenu/<id>. Reference, #get-rich-menu."""
        with self._lock:
            menu = self._menus.get(menu_id)
        return answer(200, menu) if menu else _not_found()

    def every(self) -> Answer:
        """GET /v2/bot/richmenu/list. Reference, #get-rich-menu-list."""
        with self._lock:
            return answer(200, {"richmenus": list(self._menus.values())})

    def delete(self, menu_id: str) -> Answer:
        """DELETE /v2/bot/richmenu/<id>; it leaves all phones. Reference, #delete-rich-menu."""
        with self._lock:
            if self._menus.pop(menu_id, None) is None:
                return self._refuse("richmenu", _not_found())
            self._pictures.pop(menu_id, None)
            if self._default == menu_id:
                self._default = None
            self._chats.link_rich_menu(self._linked(menu_id), None)
            self._show()
        return answer(200)

    def upload(self, menu_id: str, content: bytes, content_type: str) -> Answer:
        """POST /v2/bot/richmenu/<id>/content. A picture cannot be replaced. Reference, #upload-rich-menu-image."""
        endpoint = "richmenu/content"
        with self._lock:
            if menu_id not in self._menus:
                return self._refuse(endpoint, _not_found())
            if content_type not in PICTURE_TYPES:
                return self._refuse(endpoint, answer(415, {"message": f"{content_type} is not supported"}))
            if menu_id in self._pictures:
                message = "An image has already been uploaded to the richmenu"
                return self._refuse(endpoint, answer(400, {"message": message}))
            if not is_picture_allowed(content):
                return self._refuse(endpoint, answer(400, {"message": "The image size is not allowed for richmenu"}))
            self._pictures[menu_id] = Picture(content, content_type)
        return answer(200)

    def picture(self, menu_id: str) -> Picture | None:
        """The picture of a menu; None if there is no such menu or it has none yet."""
        with self._lock:
            return self._pictures.get(menu_id)

    # -- everybody's menu ----------------------------------------------------------------------------

    def set_default(self, menu_id: str) -> Answer:
        """POST /v2/bot/user/all/richmenu/<id>. Reference, #set-default-rich-menu."""
        with self._lock:
            refusal = self._not_showable(menu_id)
            if refusal:
                return self._refuse("user/all/richmenu", refusal)
            self._default = menu_id
            self._show()
        return answer(200)

    def default(self) -> Answer:
        """GET /v2/bot/user/all/richmenu. Reference, #get-default-rich-menu-id."""
        with self._lock:
            default = self._default
        return answer(200, {"richMenuId": default}) if default else answer(404, {"message": "no default richmenu"})

    def clear_default(self) -> Answer:
        """DELETE /v2/bot/user/all/richmenu. Reference, #clear-default-rich-menu."""
        with self._lock:
            self._default = None
            self._show()
        return answer(200)

    # -- one user's menu -----------------------------------------------------------------------------

    def link(self, user_id: str, menu_id: str) -> Answer:
        """POST /v2/bot/user/<user>/richmenu/<id>. Reference, #link-rich-menu-to-user.

        200 without effect for who is no friend.
        """
        with self._lock:
            refusal = None if USER_ID.fullmatch(user_id) else _invalid_user()
            refusal = refusal or self._not_showable(menu_id)
            if refusal:
                return self._refuse("user/richmenu", refusal)
            self._link([user_id], menu_id)
        return answer(200)

    def of_user(self, user_id: str) -> Answer:
        """GET /v2/bot/user/<user>/richmenu: only what was linked. Reference, #get-rich-menu-id-of-user."""
        if not USER_ID.fullmatch(user_id):
            return _invalid_user()
        with self._lock:
            user = self._chats.find(user_id)
            linked = user.rich_menu if user else None
        return answer(200, {"richMenuId": linked}) if linked else _answer_in_full(404, "the user has no richmenu")

    def unlink(self, user_id: str) -> Answer:
        """DELETE /v2/bot/user/<user>/richmenu. Reference, #unlink-rich-menu-from-user."""
        if not USER_ID.fullmatch(user_id):
            return self._refuse("user/richmenu", _invalid_user())
        with self._lock:
            self._link([user_id], None)
        return answer(200)

    def link_many(self, body: Json) -> Answer:
        """POST /v2/bot/richmenu/bulk/link, up to 500 users. Reference, #link-rich-menu-to-users."""
        menu_id = body.get("richMenuId")
        with self._lock:
            refusal = _bad_users(body) or self._not_pointable(menu_id)
            if refusal:
                return self._refuse("richmenu/bulk/link", refusal)
            self._link(body["userIds"], str(menu_id))
        return answer(202)

    def unlink_many(self, body: Json) -> Answer:
        """POST /v2/bot/richmenu/bulk/unlink, up to 500 users. Reference, #unlink-rich-menus-from-users."""
        refusal = _bad_users(body)
        if refusal:
            return self._refuse("richmenu/bulk/unlink", refusal)
        with self._lock:
            self._link(body["userIds"], None)
        return answer(202)

    # -- aliases -------------------------------------------------------------------------------------

    def create_alias(self, body: Json) -> Answer:
        """POST /v2/bot/richmenu/alias. Reference, #create-rich-menu-alias."""
        alias, menu_id = body.get("richMenuAliasId"), body.get("richMenuId")
        with self._lock:
            refusal = None
            if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
                refusal = bad_body([problem("richMenuAliasId", "invalid richMenuAliasId")])
            elif alias in self._aliases:
                refusal = _answer_in_full(400, "conflict richmenu alias id")
            elif len(self._aliases) >= ALIASES_MOST:
                refusal = _answer_in_full(400, "The maximum number of rich menu aliases is reached")
            refusal = refusal or self._not_pointable(menu_id)
            if refusal:
                return self._refuse("richmenu/alias", refusal)
            self._aliases[str(alias)] = str(menu_id)
        return answer(200)

    def update_alias(self, alias: str, body: Json) -> Answer:
        """POST /v2/bot/richmenu/alias/<alias>. Reference, #update-rich-menu-alias."""
        menu_id = body.get("richMenuId")
        with self._lock:
            refusal = None if alias in self._aliases else _no_such_alias()
            refusal = refusal or self._not_pointable(menu_id)
            if refusal:
                return self._refuse("richmenu/alias", refusal)
            self._aliases[alias] = str(menu_id)
        return answer(200)

    def alias(self, alias: str) -> Answer:
        """GET /v2/bot/richmenu/alias/<alias>. Reference, #get-rich-menu-alias-by-id."""
        with self._lock:
            menu_id = self._aliases.get(alias)
        return answer(200, _alias(alias, menu_id)) if menu_id else _no_such_alias()

    def aliases(self) -> Answer:
        """GET /v2/bot/richmenu/alias/list. Reference, #get-rich-menu-alias-list."""
        with self._lock:
            return answer(200, {"aliases": [_alias(*pair) for pair in self._aliases.items()]})

    def delete_alias(self, alias: str) -> Answer:
        """DELETE /v2/bot/richmenu/alias/<alias>. Reference, #delete-rich-menu-alias."""
        with self._lock:
            if self._aliases.pop(alias, None) is None:
                return self._refuse("richmenu/alias", _no_such_alias())
        return answer(200)

    # -- on the phone --------------------------------------------------------------------------------

    def switch(self, user: User, alias: str) -> dict[str, str]:
        """Change tabs, as a tap on an area with a ``richmenuswitch`` action does.

        Returns:
            ``params`` of the postback event. Reference, #postback-params-object-for-richmenu-switch-action.
        """
        with self._lock:
            menu_id = self._aliases.get(alias)
            if menu_id is None:
                return {"status": "RICHMENU_ALIAS_ID_NOTFOUND"}
            if menu_id not in self._menus:
                return {"status": "RICHMENU_NOTFOUND"}
            self._chats.link_rich_menu([user], menu_id)
            self._show()
        return {"newRichMenuAliasId": alias, "status": "SUCCESS"}

    # -- shared --------------------------------------------------------------------------------------

    def _not_showable(self, menu_id: str) -> Answer | None:
        if menu_id not in self._menus:
            return _not_found()
        if menu_id not in self._pictures:
            return answer(400, {"message": "must upload richmenu image before applying it to user"})
        return None

    def _not_pointable(self, menu_id: object) -> Answer | None:
        if not isinstance(menu_id, str) or not _MENU_ID.fullmatch(menu_id):
            return bad_body([problem("richMenuId", "invalid richMenuId")])
        return None if menu_id in self._pictures else _answer_in_full(400, "richmenu not found")

    def _link(self, user_ids: list[str], menu_id: str | None) -> None:
        found = [self._chats.find(user_id) for user_id in user_ids]
        self._chats.link_rich_menu([user for user in found if user and user.status == "friend"], menu_id)
        self._show()

    def _linked(self, menu_id: str) -> list[User]:
        found = [self._chats.find(about["id"]) for about in self._chats.all_users()]
        return [user for user in found if user and user.rich_menu == menu_id]

    def _show(self) -> None:
        """Tell the phones; of all menus only those that some phone shows or can switch to."""
        showable = {id: menu for id, menu in self._menus.items() if id in self._pictures}
        self._chats.show_rich_menus(showable, self._default)


def _alias(alias: str, menu_id: str) -> Json:
    return {"richMenuAliasId": alias, "richMenuId": menu_id}


def _bad_users(body: Json) -> Answer | None:
    ids: Any = body.get("userIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= USERS_MOST:
        return bad_body([problem("userIds", f"Size must be between 1 and {USERS_MOST}")])
    for index, id in enumerate(ids):
        if not isinstance(id, str) or not USER_ID.fullmatch(id):
            return answer(400, {"message": f"The property, 'userIds[{index}]', in the request body is invalid"})
    return None


def _answer_in_full(status: int, message: str) -> Answer:
    return answer(status, {"message": message, "details": []})


def _not_found() -> Answer:
    return answer(404, {"message": "Not found"})


def _no_such_alias() -> Answer:
    return _answer_in_full(404, "richmenu alias not found")


def _invalid_user() -> Answer:
    return answer(400, {"message": "The value for the 'userId' parameter is invalid"})
