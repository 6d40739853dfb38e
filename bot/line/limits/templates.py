"""The hard limits of template messages. LINE Messaging API reference, #template-messages."""

from __future__ import annotations

from collections.abc import Callable

from bot.line.limits.actions import IMAGE_CAROUSEL, TEMPLATE, check_action
from bot.line.limits.report import Json, Report, grapheme_length

TITLE_MOST = 40
BUTTONS_TEXT_MOST = 160
COLUMN_TEXT_MOST = 120
TEXT_BESIDE_IMAGE_OR_TITLE_MOST = 60
CONFIRM_TEXT_MOST = 240
BUTTONS_MOST = 4
COLUMN_BUTTONS_MOST = 3
COLUMNS_MOST = 10


def check_template(report: Report, path: str, template: object) -> None:
    """Report what LINE would refuse in the ``template`` of a template message."""
    if report.is_object(template, path) and report.one_of(template, path, "type", _RULES.keys(), required=True):
        _RULES[template["type"]](report, path, template)


def _buttons(report: Report, path: str, template: Json) -> None:
    _card(report, path, template, BUTTONS_TEXT_MOST, BUTTONS_MOST)


def _confirm(report: Report, path: str, template: Json) -> None:
    report.text(template, path, "text", CONFIRM_TEXT_MOST, count=grapheme_length)
    _actions(report, path, template, least=2, most=2)


def _carousel(report: Report, path: str, template: Json) -> None:
    columns = report.items(template, path, "columns", 1, COLUMNS_MOST)
    counts = set()
    for at, column in columns:
        if report.is_object(column, at):
            _card(report, at, column, COLUMN_TEXT_MOST, COLUMN_BUTTONS_MOST)
            actions = column.get("actions")
            counts.add(len(actions) if isinstance(actions, list) else 0)
    if len(counts) > 1:
        report.add(f"{path}.columns", "The number of actions must be the same in every column")


def _image_carousel(report: Report, path: str, template: Json) -> None:
    for at, column in report.items(template, path, "columns", 1, COLUMNS_MOST):
        if report.is_object(column, at):
            report.https_url(column, at, "imageUrl")
            check_action(report, f"{at}.action", column.get("action"), IMAGE_CAROUSEL)


def _card(report: Report, path: str, card: Json, text_most: int, buttons_most: int) -> None:
    report.https_url(card, path, "thumbnailImageUrl", required=False)
    report.text(card, path, "title", TITLE_MOST, count=grapheme_length, required=False)
    if card.get("thumbnailImageUrl") or card.get("title"):
        text_most = TEXT_BESIDE_IMAGE_OR_TITLE_MOST
    report.text(card, path, "text", text_most, count=grapheme_length)
    if card.get("defaultAction") is not None:
        check_action(report, f"{path}.defaultAction", card["defaultAction"], TEMPLATE)
    _actions(report, path, card, least=1, most=buttons_most)


def _actions(report: Report, path: str, holder: Json, least: int, most: int) -> None:
    for at, action in report.items(holder, path, "actions", least, most):
        check_action(report, at, action, TEMPLATE)


_RULES: dict[str, Callable[[Report, str, Json], None]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
