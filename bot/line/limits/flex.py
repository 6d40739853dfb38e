"""The hard limits of flex messages. LINE Messaging API reference, #flex-message.

Property names and words as in line/line-openapi, messaging-api.yml. LINE refuses a property that it does not
know inside a flex container, so the tables below are complete lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.line.limits.actions import FLEX_BUTTON, FLEX_OTHER, check_action
from bot.line.limits.report import Json, Report, json_size

# The reference says "30 KB" and "50 KB". Read as 1,000 bytes, a message that passes here passes there too.
BUBBLE_BYTES_MOST = 30_000
CAROUSEL_BYTES_MOST = 50_000
BUBBLES_MOST = 12

Rule = Callable[[object], bool]


def _words(*words: str) -> Rule:
    return lambda value: value in words


def _pattern(expression: str, *words: str) -> Rule:
    compiled = re.compile(expression)
    return lambda value: isinstance(value, str) and (value in words or bool(compiled.fullmatch(value)))


def _anything(_value: object) -> bool:
    return True  # checked by the code that walks into it


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _ratio(value: object) -> bool:
    match = isinstance(value, str) and re.fullmatch(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", value)
    if not match:
        return False
    width, height = float(match[1]), float(match[2])
    return 1 <= width <= 100_000 and 1 <= height <= 100_000 and height <= 3 * width


_PX = r"\d+(\.\d+)?px"
_PX_OR_SHARE = r"\d+(\.\d+)?(px|%)"
_SPACES = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")

_space = _pattern(_PX, *_SPACES)
_padding = _pattern(_PX_OR_SHARE, *_SPACES)
_offset = _pattern(rf"-?{_PX_OR_SHARE}", *_SPACES)
_length = _pattern(_PX_OR_SHARE)
_font_size = _pattern(_PX, *_SIZES)
_color = _pattern(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
_align = _words("start", "end", "center")
_gravity = _words("top", "bottom", "center")

_PLACED = {
    "type": _anything,
    "margin": _space,
    "position": _words("relative", "absolute"),
    "offsetTop": _offset,
    "offsetBottom": _offset,
    "offsetStart": _offset,
    "offsetEnd": _offset,
}
_LETTERS = {
    "size": _font_size,
    "color": _color,
    "weight": _words("regular", "bold"),
    "style": _words("normal", "italic"),
    "decoration": _words("none", "underline", "line-through"),
}
_SHRINK = {"adjustMode": _words("shrink-to-fit"), "scaling": _boolean}

_PROPERTIES: dict[str, dict[str, Rule]] = {
    "box": {
        **_PLACED,
        "layout": _words("horizontal", "vertical", "baseline"),
        "contents": _anything,
        "action": _anything,
        "background": _anything,
        "flex": _whole,
        "spacing": _space,
        "backgroundColor": _color,
        "borderColor": _color,
        "borderWidth": _pattern(_PX, "none", "light", "normal", "medium", "semi-bold", "bold"),
        "cornerRadius": _space,
        **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), _length),
        **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), _padding),
        "justifyContent": _words("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": _words("center", "flex-start", "flex-end"),
    },
    "button": {
        **_PLACED,
        **_SHRINK,
        "action": _anything,
        "flex": _whole,
        "color": _color,
        "style": _words("primary", "secondary", "link"),
        "gravity": _gravity,
        "height": _words("md", "sm"),
    },
    "image": {
        **_PLACED,
        "url": _anything,
        "action": _anything,
        "flex": _whole,
        "align": _align,
        "gravity": _gravity,
        "size": _pattern(_PX_OR_SHARE, *_SIZES, "full"),
        "aspectRatio": _ratio,
        "aspectMode": _words("fit", "cover"),
        "backgroundColor": _color,
        "animated": _boolean,
    },
    "video": {
        "type": _anything,
        "url": _anything,
        "previewUrl": _anything,
        "altContent": _anything,
        "action": _anything,
        "aspectRatio": _ratio,
    },
    "icon": {**_PLACED, "url": _anything, "size": _font_size, "aspectRatio": _ratio, "scaling": _boolean},
    "text": {
        **_PLACED,
        **_LETTERS,
        **_SHRINK,
        "text": _anything,
        "contents": _anything,
        "action": _anything,
        "flex": _whole,
        "align": _align,
        "gravity": _gravity,
        "wrap": _boolean,
        "lineSpacing": _pattern(_PX),
        "maxLines": _whole,
    },
    "span": {**_LETTERS, "type": _anything, "text": lambda value: isinstance(value, str)},
    "separator": {"type": _anything, "margin": _space, "color": _color},
    "filler": {"type": _anything, "flex": _whole},
}
_BUBBLE = {
    "type": _anything,
    "size": _words("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
    "direction": _words("ltr", "rtl"),
    **dict.fromkeys(("header", "hero", "body", "footer", "styles", "action"), _anything),
}
_BLOCK_STYLE = {"backgroundColor": _color, "separator": _boolean, "separatorColor": _color}
_GRADIENT = {
    "type": _words("linearGradient"),
    "angle": _pattern(r"\d+(\.\d+)?deg"),
    "startColor": _color,
    "endColor": _color,
    "centerColor": _color,
    "centerPosition": _pattern(r"\d+(\.\d+)?%"),
}

# Which components may stand in which box (LINE developers, "Flex Message layout").
_IN_BASELINE = frozenset({"icon", "text", "filler"})
_IN_BOX = frozenset({"box", "button", "image", "text", "separator", "filler"})
_VIDEO_SIZES = frozenset({"kilo", "mega", "giga"})


def check_flex(report: Report, path: str, container: object) -> None:
    """Report what LINE would refuse in the ``contents`` of a flex message: a bubble or a carousel."""
    if report.is_object(container, path) and report.one_of(
        container, path, "type", {"bubble", "carousel"}, required=True
    ):
        (_carousel if container["type"] == "carousel" else _bubble)(report, path, container)


def _carousel(report: Report, path: str, carousel: Json) -> None:
    _known_properties(report, path, carousel, {"type": _anything, "contents": _anything})
    size = json_size(carousel)
    if size > CAROUSEL_BYTES_MOST:
        report.add(path, "The carousel is larger than 50 KB")
    bubbles = report.items(carousel, path, "contents", 1, BUBBLES_MOST)
    for at, bubble in bubbles:
        if report.is_object(bubble, at) and report.one_of(bubble, at, "type", {"bubble"}, required=True):
            _bubble(report, at, bubble, in_carousel=True, is_measured=size <= BUBBLE_BYTES_MOST)
    sizes = {bubble.get("size", "mega") for _, bubble in bubbles if isinstance(bubble, dict)}
    if len(sizes) > 1:
        report.add(f"{path}.contents", "All bubbles in a carousel must have the same size")


def _bubble(report: Report, path: str, bubble: Json, in_carousel: bool = False, is_measured: bool = False) -> None:
    _known_properties(report, path, bubble, _BUBBLE)
    if not is_measured and json_size(bubble) > BUBBLE_BYTES_MOST:
        report.add(path, "The bubble is larger than 30 KB")
    if not any(name in bubble for name in ("header", "hero", "body", "footer")):
        report.add(path, "At least one block must be specified")
    for block in ("header", "body", "footer"):
        if block in bubble:
            _component(report, f"{path}.{block}", bubble[block], frozenset({"box"}))
    if "hero" in bubble:
        plays_video = not in_carousel and bubble.get("size", "mega") in _VIDEO_SIZES
        allowed = frozenset({"box", "image", "video"}) if plays_video else frozenset({"box", "image"})
        _component(report, f"{path}.hero", bubble["hero"], allowed)
    _styles(report, f"{path}.styles", bubble.get("styles"))
    if bubble.get("action") is not None:
        check_action(report, f"{path}.action", bubble["action"], FLEX_OTHER)


def _styles(report: Report, path: str, styles: object) -> None:
    if styles is None or not report.is_object(styles, path):
        return
    _known_properties(report, path, styles, dict.fromkeys(("header", "hero", "body", "footer"), _anything))
    for block, style in styles.items():
        if report.is_object(style, f"{path}.{block}"):
            _known_properties(report, f"{path}.{block}", style, _BLOCK_STYLE)


def _component(report: Report, path: str, component: object, allowed: frozenset[str]) -> None:
    if not report.is_object(component, path):
        return
    if not report.one_of(component, path, "type", allowed, required=True):
        return
    kind = component["type"]
    _known_properties(report, path, component, _PROPERTIES[kind])
    walk_in = _WALKS.get(kind)
    if walk_in:
        walk_in(report, path, component)


def _known_properties(report: Report, path: str, holder: Json, rules: dict[str, Rule]) -> None:
    for name, value in holder.items():
        rule = rules.get(name)
        if rule is None:
            report.add(f"{path}.{name}", "unknown field")
        elif not rule(value):
            report.add(f"{path}.{name}", "invalid property")


def _box(report: Report, path: str, box: Json) -> None:
    if "layout" not in box:
        report.add(f"{path}.layout", "must be specified")
    contents = box.get("contents")
    if not isinstance(contents, list):
        report.add(f"{path}.contents", "must be specified")
        return
    allowed = _IN_BASELINE if box.get("layout") == "baseline" else _IN_BOX
    for index, child in enumerate(contents):
        _component(report, f"{path}.contents[{index}]", child, allowed)
    background = box.get("background")
    if background is not None and report.is_object(background, f"{path}.background"):
        _known_properties(report, f"{path}.background", background, _GRADIENT)
        for name in {"type", "angle", "startColor", "endColor"} - background.keys():
            report.add(f"{path}.background.{name}", "must be specified")
    _own_action(report, path, box)


def _text(report: Report, path: str, text: Json) -> None:
    spans = text.get("contents")
    if spans:
        for index, span in enumerate(spans if isinstance(spans, list) else [spans]):
            _component(report, f"{path}.contents[{index}]", span, frozenset({"span"}))
    elif not isinstance(text.get("text"), str) or not text["text"]:
        report.add(f"{path}.text", "must be non-empty text")
    _own_action(report, path, text)


def _button(report: Report, path: str, button: Json) -> None:
    check_action(report, f"{path}.action", button.get("action"), FLEX_BUTTON)


def _image(report: Report, path: str, image: Json) -> None:
    report.https_url(image, path, "url")
    _own_action(report, path, image)


def _icon(report: Report, path: str, icon: Json) -> None:
    report.https_url(icon, path, "url")


def _video(report: Report, path: str, video: Json) -> None:
    report.https_url(video, path, "url")
    report.https_url(video, path, "previewUrl")
    _component(report, f"{path}.altContent", video.get("altContent"), frozenset({"box", "image"}))
    _own_action(report, path, video)


def _own_action(report: Report, path: str, component: Json) -> None:
    if component.get("action") is not None:
        check_action(report, f"{path}.action", component["action"], FLEX_OTHER)


_WALKS: dict[str, Callable[[Report, str, Json], None]] = {
    "box": _box,
    "text": _text,
    "button": _button,
    "image": _image,
    "icon": _icon,
    "video": _video,
}
