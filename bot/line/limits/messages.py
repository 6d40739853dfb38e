"""What LINE refuses in the messages of a request: the hard limits of message objects.

LINE Messaging API reference, #message-objects; the numbers are collected in the project's notes on the
platform, section 3. Flex, template and action objects have files of their own beside this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.line.limits.actions import QUICK_REPLY, check_action
from bot.line.limits.flex import check_flex
from bot.line.limits.report import Json, Report
from bot.line.limits.templates import check_template

MESSAGES_MOST = 5
TEXT_MOST = 5_000
ALT_TEXT_MOST = 1_500
QUICK_REPLIES_MOST = 13
PLACE_MOST = 100
TRACKING_ID_MOST = 100
SENDER_NAME_MOST = 20
EMOJIS_MOST = 20
SUBSTITUTIONS_MOST = 100
IMAGEMAP_ACTIONS_MOST = 50
DELIVERY_TAG_MOST = 30

_NUMBER = (int, float)
# "Certain words such as LINE may not be used"; the list is not published.
_FORBIDDEN_NAME = re.compile(r"(?<![a-z])line(?![a-z])", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def message_problems(messages: object, http_base: str | None = None) -> list[dict[str, str]]:
    """Everything LINE would refuse in the ``messages`` of a request; empty if nothing.

    Args:
        messages: the value of ``messages`` in the request body.
        http_base: URL prefix for which plain http is let through, see `Report`.

    Returns:
        ``{"message", "property"}`` objects as in the ``details`` of LINE's 400 answer.
    """
    report = Report(http_base)
    for path, message in report.items({"messages": messages}, "", "messages", 1, MESSAGES_MOST):
        _check_message(report, path, message)
    return report.problems


def _check_message(report: Report, path: str, message: object) -> None:
    if not report.is_object(message, path):
        return
    if not report.one_of(message, path, "type", _RULES.keys(), required=True):
        return
    _RULES[message["type"]](report, path, message)
    _check_quick_reply(report, f"{path}.quickReply", message.get("quickReply"))
    _check_sender(report, f"{path}.sender", message.get("sender"))


def _check_quick_reply(report: Report, path: str, quick_reply: object) -> None:
    if quick_reply is None or not report.is_object(quick_reply, path):
        return
    for at, item in report.items(quick_reply, path, "items", 1, QUICK_REPLIES_MOST):
        if report.is_object(item, at):
            report.one_of(item, at, "type", {"action"}, required=True)
            report.https_url(item, at, "imageUrl", required=False)
            check_action(report, f"{at}.action", item.get("action"), QUICK_REPLY)


def _check_sender(report: Report, path: str, sender: object) -> None:
    if sender is None or not report.is_object(sender, path):
        return
    report.text(sender, path, "name", SENDER_NAME_MOST, required=False)
    report.https_url(sender, path, "iconUrl", required=False)
    if isinstance(sender.get("name"), str) and _FORBIDDEN_NAME.search(sender["name"]):
        report.add(f"{path}.name", "The name contains a word that may not be used")


def _text(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "text", TEXT_MOST)
    text, emojis = message.get("text"), message.get("emojis")
    if emojis is None or not isinstance(text, str):
        return
    units = text.encode("utf-16-le", "surrogatepass")
    for at, emoji in report.items(message, path, "emojis", 0, EMOJIS_MOST):
        index = emoji.get("index") if isinstance(emoji, dict) else None
        if not isinstance(index, int) or units[2 * index : 2 * index + 2] != "$".encode("utf-16-le"):
            report.add(f"{at}.index", "must point at a $ in the text")


def _text_v2(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "text", TEXT_MOST)
    substitution = message.get("substitution") or {}
    if not report.is_object(substitution, f"{path}.substitution"):
        return
    if len(substitution) > SUBSTITUTIONS_MOST:
        report.add(f"{path}.substitution", f"Size must be between 0 and {SUBSTITUTIONS_MOST}")
    for key, value in substitution.items():
        at = f"{path}.substitution.{key}"
        if not re.fullmatch(r"[0-9a-zA-Z_]{1,20}", key):
            report.add(at, "invalid key")
        if report.is_object(value, at):
            # Mentions exist only in groups, and this account joins none.
            report.one_of(value, at, "type", {"emoji"}, required=True)
    for found in _PLACEHOLDER.finditer(str(message.get("text") or "")):
        if found[0] not in {"{{", "}}"} and found[1] not in substitution:
            report.add(f"{path}.text", f"invalid placeholder: {found[0]}")


def _sticker(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "packageId", 20)
    report.text(message, path, "stickerId", 20)


def _image(report: Report, path: str, message: Json) -> None:
    report.https_url(message, path, "originalContentUrl")
    report.https_url(message, path, "previewImageUrl")


def _video(report: Report, path: str, message: Json) -> None:
    _image(report, path, message)
    report.text(message, path, "trackingId", TRACKING_ID_MOST, required=False)


def _audio(report: Report, path: str, message: Json) -> None:
    report.https_url(message, path, "originalContentUrl")
    _number(report, path, message, "duration")


def _location(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "title", PLACE_MOST)
    report.text(message, path, "address", PLACE_MOST)
    _number(report, path, message, "latitude")
    _number(report, path, message, "longitude")


def _coupon(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "couponId", 100)
    report.text(message, path, "deliveryTag", DELIVERY_TAG_MOST, required=False)


def _imagemap(report: Report, path: str, message: Json) -> None:
    report.https_url(message, path, "baseUrl")
    report.text(message, path, "altText", ALT_TEXT_MOST)
    size = message.get("baseSize")
    if report.is_object(size, f"{path}.baseSize"):
        if size.get("width") != 1040:
            report.add(f"{path}.baseSize.width", "Must be 1040")
        _number(report, f"{path}.baseSize", size, "height")
    report.items(message, path, "actions", 0, IMAGEMAP_ACTIONS_MOST)


def _template(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "altText", ALT_TEXT_MOST)
    check_template(report, f"{path}.template", message.get("template"))


def _flex(report: Report, path: str, message: Json) -> None:
    report.text(message, path, "altText", ALT_TEXT_MOST)
    check_flex(report, f"{path}.contents", message.get("contents"))


def _number(report: Report, path: str, holder: Json, name: str) -> None:
    value = holder.get(name)
    if not isinstance(value, _NUMBER) or isinstance(value, bool):
        report.add(f"{path}.{name}", "Must be a number")


_RULES: dict[str, Callable[[Report, str, Json], None]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "location": _location,
    "imagemap": _imagemap,
    "template": _template,
    "flex": _flex,
    "coupon": _coupon,
}
