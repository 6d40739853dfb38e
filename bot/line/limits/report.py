"""Counting as LINE counts, and a report of everything that is wrong with a request body."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import regex

Json = Mapping[str, Any]

URL_MOST = 2_000
"""Longest image or media URL. LINE Messaging API reference, #image-message."""

_URL = re.compile(r"[!-~]+")  # percent-encoded: visible ASCII only (reference, #url-encoding)


def utf16_length(text: str) -> int:
    """UTF-16 code units, LINE's default count: an emoji or a rare kanji is 2.

    Source: LINE developers, "Character counting in a text".
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def grapheme_length(text: str) -> int:
    """Grapheme clusters, LINE's count for labels, displayText and template texts. Same source."""
    return len(regex.findall(r"\X", text))


def json_size(value: object) -> int:
    """Bytes of a value as compact UTF-8 JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


class Report:
    """Collects problems in LINE's own form: ``{"message": ..., "property": "messages[0].text"}``.

    The wording follows the examples of the reference (#error-responses); LINE promises no wording, so a
    bot must branch on the status code only.

    Args:
        http_base: URL prefix for which plain http passes as https, so that a bot on this machine can
            show its own pictures in the simulator. None: https only, as LINE.
    """

    def __init__(self, http_base: str | None = None) -> None:
        self.problems: list[dict[str, str]] = []
        self._http_base = http_base

    def add(self, path: str, message: str) -> None:
        """Record one problem at a path such as ``messages[0].text``."""
        self.problems.append({"message": message, "property": path})

    def text(
        self,
        holder: Json,
        path: str,
        name: str,
        most: int,
        *,
        count: Callable[[str], int] = utf16_length,
        required: bool = True,
    ) -> None:
        """`holder[name]` must be a text of at most `most` units; if required, not empty."""
        value = holder.get(name)
        at = f"{path}.{name}"
        if value is None or value == "":
            if required:
                self.add(at, "May not be empty")
        elif not isinstance(value, str):
            self.add(at, "Must be a string")
        elif count(value) > most:
            self.add(at, f"Length must be between 0 and {most}")

    def one_of(self, holder: Json, path: str, name: str, allowed: Collection[str], required: bool) -> bool:
        """`holder[name]` must be one of some words. True if it is there and is."""
        value = holder.get(name)
        if value is None and not required:
            return False
        if isinstance(value, str) and value in allowed:
            return True
        self.add(f"{path}.{name}", f"Must be one of the following values: [{', '.join(sorted(allowed))}]")
        return False

    def https_url(self, holder: Json, path: str, name: str, required: bool = True) -> None:
        """`holder[name]` must be an https URL, percent-encoded, of at most 2,000 units."""
        before = len(self.problems)
        self.text(holder, path, name, URL_MOST, required=required)
        value = holder.get(name)
        if not value or len(self.problems) > before:
            return
        if self._http_base and value.startswith(self._http_base):
            return
        if not (is_url(value, {"https"}) or _is_of_this_machine(value)):
            self.add(f"{path}.{name}", "Must be a valid HTTPS URL")

    def items(self, holder: Json, path: str, name: str, least: int, most: int) -> list[tuple[str, Any]]:
        """`holder[name]` must be a list of `least` to `most` items; each with its own path, or nothing."""
        value = holder.get(name)
        at = f"{path}.{name}" if path else name
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.add(at, f"Size must be between {least} and {most}")
            return []
        return [(f"{at}[{index}]", item) for index, item in enumerate(value)]

    def is_object(self, value: object, path: str) -> TypeGuard[dict[str, Any]]:
        """A value must be a JSON object."""
        if isinstance(value, dict):
            return True
        self.add(path, "Must be an object")
        return False


def _is_of_this_machine(value: str) -> bool:
    """Whether a URL leads to this machine, which LINE cannot reach at all.

    The demo shows its own pictures from there, and no certificate exists for such a name: with https only, no picture
    could be seen before a server is public.
    """
    return is_url(value, {"http"}) and urlsplit(value).hostname in ("127.0.0.1", "localhost")


def is_url(value: str, schemes: Collection[str]) -> bool:
    """Whether a text is a percent-encoded URL with one of these schemes."""
    if not _URL.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme.lower() in schemes and bool(parts.netloc or parts.path)
