"""How the rows and columns of the numbers read, on the page and in a file."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.console.numbers import LEVELS, Sheet
from bot.console.periods import Period
from bot.console.small_groups import Hidden, Told
from bot.console.words import Words
from bot.library.clinic import WEEKDAYS
from bot.library.library import Library
from bot.storage import campaigns
from bot.storage.patients import DECLINED

_OVER_TIME = ("friends", "conversations", "outcomes", "understood", "hand_overs")


def row_names(connection: Connection, sheet: Sheet, period: Period, library: Library, words: Words) -> tuple[str, ...]:
    """What stands before each row of a sheet."""
    if sheet.id in _OVER_TIME:
        return tuple(stretch.name for stretch in period.stretches)
    match sheet.id:
        case "stops":
            return tuple(_question(library, words, id) for id in sheet.rows)
        case "campaigns":
            return tuple(_campaign(connection, library, words, int(id)) for id in sheet.rows)
        case "hours":
            return tuple(words("numbers_hour", hour=hour) for hour in sheet.rows)
        case _:
            return tuple(library.named(topic) for topic in sheet.rows)


def column_name(words: Words, id: str) -> str:
    """What stands above a column."""
    if id in LEVELS:
        return words(f"urgency_{id}")
    return words(f"weekday_{id}" if id in WEEKDAYS else f"number_{id}")


def written(words: Words, value: Told | None) -> str:
    """A number as it is read, or why it is not told."""
    if isinstance(value, Hidden):
        return words(f"numbers_{value.value}")
    return "" if value is None else f"{value:,}"


def _question(library: Library, words: Words, id: str) -> str:
    if id in library.questions:
        return library.questions[id].text
    if id == DECLINED:
        return words("numbers_declined")
    return id or words("numbers_before_first")


def _campaign(connection: Connection, library: Library, words: Words, id: int) -> str:
    found = campaigns.find(connection, id)
    about = library.named(f"guidebook.{found.guidebook}") if found and found.guidebook else words("numbers_own_words")
    return f"{words('campaign_number', id=id)} {about}"
