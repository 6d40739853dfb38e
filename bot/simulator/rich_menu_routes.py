"""The rich-menu endpoints of the fake Messaging API over HTTP; LINE has those for pictures on a host of its own."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.simulator.chats import Json
from bot.simulator.messaging_api import Answer, answer
from bot.simulator.rich_menu_rules import PICTURE_BYTES_MOST
from bot.simulator.rich_menus import RichMenus

Respond = Callable[[Answer], Response]
WithBody = Callable[[Callable[[Json], Answer]], Response]


def add_rich_menu_routes(blueprint: Blueprint, menus: RichMenus, respond: Respond, with_body: WithBody) -> None:
    """Add the endpoints to the fake API.

    Args:
        blueprint: stands at /v2/bot.
        menus: what answers.
        respond: makes a response of an answer.
        with_body: the same for an endpoint that takes a JSON body.
    """
    _add_menus(blueprint, menus, respond, with_body)
    _add_pictures(blueprint, menus, respond)
    _add_aliases(blueprint, menus, respond, with_body)
    _add_users(blueprint, menus, respond, with_body)


def _add_menus(blueprint: Blueprint, menus: RichMenus, respond: Respond, with_body: WithBody) -> None:
    @blueprint.post("/richmenu")
    def create_rich_menu() -> Response:
        return with_body(menus.create)

    @blueprint.post("/richmenu/validate")
    def validate_rich_menu() -> Response:
        return with_body(menus.validate)

    @blueprint.get("/richmenu/list")
    def rich_menus() -> Response:
        return respond(menus.every())

    @blueprint.get("/richmenu/<menu_id>")
    def rich_menu(menu_id: str) -> Response:
        return respond(menus.get(menu_id))

    @blueprint.delete("/richmenu/<menu_id>")
    def delete_rich_menu(menu_id: str) -> Response:
        return respond(menus.delete(menu_id))


def _add_pictures(blueprint: Blueprint, menus: RichMenus, respond: Respond) -> None:
    @blueprint.post("/richmenu/<menu_id>/content")
    def upload_rich_menu_picture(menu_id: str) -> Response:
        request.max_content_length = 2 * PICTURE_BYTES_MOST
        try:
            content = request.get_data()
        except RequestEntityTooLarge:
            return respond(answer(413, {"message": "Request exceeds the max size"}))
        return respond(menus.upload(menu_id, content, request.mimetype))

    @blueprint.get("/richmenu/<menu_id>/content")
    def rich_menu_picture(menu_id: str) -> Response:
        picture = menus.picture(menu_id)
        if picture is None:
            return respond(answer(404, {"message": "Not found"}))
        return Response(picture.content, mimetype=picture.content_type)


def _add_aliases(blueprint: Blueprint, menus: RichMenus, respond: Respond, with_body: WithBody) -> None:
    @blueprint.post("/richmenu/alias")
    def create_alias() -> Response:
        return with_body(menus.create_alias)

    @blueprint.get("/richmenu/alias/list")
    def aliases() -> Response:
        return respond(menus.aliases())

    @blueprint.get("/richmenu/alias/<alias>")
    def alias_of_rich_menu(alias: str) -> Response:
        return respond(menus.alias(alias))

    @blueprint.post("/richmenu/alias/<alias>")
    def update_alias(alias: str) -> Response:
        return with_body(lambda body: menus.update_alias(alias, body))

    @blueprint.delete("/richmenu/alias/<alias>")
    def delete_alias(alias: str) -> Response:
        return respond(menus.delete_alias(alias))


def _add_users(blueprint: Blueprint, menus: RichMenus, respond: Respond, with_body: WithBody) -> None:
    @blueprint.post("/user/all/richmenu/<menu_id>")
    def set_default_rich_menu(menu_id: str) -> Response:
        return respond(menus.set_default(menu_id))

    @blueprint.get("/user/all/richmenu")
    def default_rich_menu() -> Response:
        return respond(menus.default())

    @blueprint.delete("/user/all/richmenu")
    def clear_default_rich_menu() -> Response:
        return respond(menus.clear_default())

    @blueprint.post("/user/<user_id>/richmenu/<menu_id>")
    def link_rich_menu(user_id: str, menu_id: str) -> Response:
        return respond(menus.link(user_id, menu_id))

    @blueprint.get("/user/<user_id>/richmenu")
    def rich_menu_of_user(user_id: str) -> Response:
        return respond(menus.of_user(user_id))

    @blueprint.delete("/user/<user_id>/richmenu")
    def unlink_rich_menu(user_id: str) -> Response:
        return respond(menus.unlink(user_id))

    @blueprint.post("/richmenu/bulk/link")
    def link_rich_menu_to_many() -> Response:
        return with_body(menus.link_many)

    @blueprint.post("/richmenu/bulk/unlink")
    def unlink_rich_menu_from_many() -> Response:
        return with_body(menus.unlink_many)
