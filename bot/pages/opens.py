"""Counting how often a page is opened, without noting by whom."""

from __future__ import annotations

import re
from datetime import datetime

import structlog
from flask import request

from bot.logs import described
from bot.pages.pages import Pages
from bot.storage import page_opens

log = structlog.get_logger(__name__)

_ROBOT = re.compile(r"(?<!cu)bot|crawl|spider|preview|facebookexternalhit|line-poker", re.IGNORECASE)
"""User agents of programs that look at addresses before people do. For the preview in a chat LINE sends
``facebookexternalhit/1.1;line-poker/1.0``, while its own browser calls itself ``Line/``. Cubot makes phones."""


def count_open(pages: Pages, page: str) -> None:
    """Count that the page of this request was opened, some time later: nobody waits for it, and when it fails only the
    log says so. Robots, and requests that fetch only headers or fetch ahead of the reader, are not counted.

    Args:
        page: as in `bot.storage.page_opens.add`.
    """
    if not _is_a_reader():
        return
    day = datetime.fromtimestamp(pages.now() / 1000, pages.zone).date()

    def failed(error: Exception) -> None:
        log.warning("open_not_counted", page=page, **described(error))

    pages.database.transact_later(lambda connection: page_opens.add(connection, page, day), lambda _: None, failed)


def _is_a_reader() -> bool:
    headers = request.headers
    fetches_ahead = "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))
    return request.method == "GET" and not fetches_ahead and not _ROBOT.search(headers.get("User-Agent", ""))
