"""The hard limits of action objects. LINE Messaging API reference, #action-objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.line.limits.report import Json, Report, grapheme_length, is_url

TEXT_MOST = 300
DATA_MOST = 300
URI_MOST = 1_000
CLIPBOARD_MOST = 1_000
URI_SCHEMES = frozenset({"http", "https", "line", "tel"})
INPUT_OPTIONS = frozenset({"closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action stands: how long its label may be (graphemes), whether it needs one, what may stand there.

    Source of the numbers: reference, #action-object-label-spec.
    """

    label_most: int
    label_required: bool
    types: frozenset[str]


_ANYWHERE = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard"})
_PHONE_FUNCTIONS = frozenset({"camera", "cameraRoll", "location"})

QUICK_REPLY = Place(20, True, _ANYWHERE | _PHONE_FUNCTIONS)
TEMPLATE = Place(20, True, _ANYWHERE)
IMAGE_CAROUSEL = Place(12, False, _ANYWHERE)
FLEX_BUTTON = Place(40, True, _ANYWHERE)
FLEX_OTHER = Place(40, False, _ANYWHERE)


def check_action(report: Report, path: str, action: object, place: Place) -> None:
    """Report what LINE would refuse in an action object that stands in `place`."""
    if not report.is_object(action, path):
        return
    if not report.one_of(action, path, "type", place.types, required=True):
        return
    report.text(action, path, "label", place.label_most, count=grapheme_length, required=place.label_required)
    own_rules = _RULES.get(action["type"])
    if own_rules:
        own_rules(report, path, action)


def _postback(report: Report, path: str, action: Json) -> None:
    report.text(action, path, "data", DATA_MOST)
    for name in ("displayText", "text", "fillInText"):
        report.text(action, path, name, TEXT_MOST, count=grapheme_length, required=False)
    if action.get("displayText") is not None and action.get("text") is not None:
        report.add(f"{path}.text", "displayText and text cannot be used together")
    report.one_of(action, path, "inputOption", INPUT_OPTIONS, required=False)


def _message(report: Report, path: str, action: Json) -> None:
    report.text(action, path, "text", TEXT_MOST, count=grapheme_length)


def _uri(report: Report, path: str, action: Json) -> None:
    _check_uri(report, path, action, "uri", required=True)
    alternative = action.get("altUri")
    if alternative is not None and report.is_object(alternative, f"{path}.altUri"):
        _check_uri(report, f"{path}.altUri", alternative, "desktop", required=False)


def _check_uri(report: Report, path: str, holder: Json, name: str, required: bool) -> None:
    before = len(report.problems)
    report.text(holder, path, name, URI_MOST, required=required)
    value = holder.get(name)
    if value and len(report.problems) == before and not is_url(value, URI_SCHEMES):
        report.add(f"{path}.{name}", "invalid uri scheme")


def _datetimepicker(report: Report, path: str, action: Json) -> None:
    report.text(action, path, "data", DATA_MOST)
    report.one_of(action, path, "mode", {"date", "time", "datetime"}, required=True)


def _clipboard(report: Report, path: str, action: Json) -> None:
    report.text(action, path, "clipboardText", CLIPBOARD_MOST)


_RULES: dict[str, Callable[[Report, str, Json], None]] = {
    "postback": _postback,
    "message": _message,
    "uri": _uri,
    "datetimepicker": _datetimepicker,
    "clipboard": _clipboard,
}
