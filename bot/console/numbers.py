"""The numbers of a period, as they may be told: counted by storage, put into sheets, small groups hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from bot.console.periods import Period
from bot.console.small_groups import SMALL, Sum, Told, told
from bot.library.clinic import WEEKDAYS
from bot.storage import page_opens, statistics

LEVELS = ("emergency_now", "same_day", "soon_2w", "self_care_watch")
A_DAY = 24 * statistics.HOUR
"""Milliseconds. Before that, a conversation may only be paused."""
MOST_TOPICS = 20
HOURS = range(24)

_GUIDEBOOK = "guidebook."
_BOOKING = "booking."
_CLINIC = "clinic."
_WHOLE = "whole"
"""In place of a stretch: all of them together."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        id: names it in content/console/ as ``number_<id>``.
        total: of all rows; None where it would count people twice.
    """

    id: str
    values: tuple[Told, ...]
    total: Told | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Numbers that belong together.

    Args:
        id: names it in content/console/ as ``sheet_<id>``.
        rows: ids of the rows: stretches of the period by number, questions, topics, campaigns.
    """

    id: str
    rows: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(value != 0 for column in self.columns for value in column.values)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything on the page of numbers."""

    friends_now: Told
    friends: Sheet
    conversations: Sheet
    outcomes: Sheet
    stops: Sheet
    guidebooks: Sheet
    guidebook_pages: Sheet
    bookings: Sheet
    understood: Sheet
    topics: Sheet
    campaigns: Sheet
    hours: Sheet
    hand_overs: Sheet

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All of them, in the order of the page."""
        return (
            self.friends,
            self.conversations,
            self.stops,
            self.outcomes,
            self.guidebooks,
            self.guidebook_pages,
            self.bookings,
            self.topics,
            self.understood,
            self.hand_overs,
            self.campaigns,
            self.hours,
        )


def count(connection: Connection, period: Period, now: int) -> Numbers:
    """Count everything in a period.

    Args:
        now: milliseconds since 1970.
    """
    conversations, outcomes, stops = _conversations(connection, period, now)
    opened = statistics.topics_opened(connection, period.start, period.end)
    guidebooks = {id: people for id, people in opened.items() if id.startswith(_GUIDEBOOK)}
    pages = page_opens.totals(connection, period.whole.first, period.whole.last)
    return Numbers(
        told({"now": statistics.friends_now(connection)})["now"],
        _friends(connection, period),
        conversations,
        outcomes,
        stops,
        _people("guidebooks", guidebooks),
        _opens("guidebook_pages", "opens", pages, _GUIDEBOOK, _GUIDEBOOK),
        _opens("bookings", "clicks", pages, _BOOKING, _CLINIC),
        _understood(connection, period),
        _people("topics", dict(islice(opened.items(), MOST_TOPICS))),
        _campaigns(connection, period),
        _hours(connection, period),
        _over_time("hand_overs", {"asked": statistics.asked_for_staff(connection, period.borders)}),
    )


def _friends(connection: Connection, period: Period) -> Sheet:
    borders = period.borders
    columns = {"added": statistics.added(connection, borders), "blocked": statistics.blocked(connection, borders)}
    return _over_time("friends", columns)


def _conversations(connection: Connection, period: Period, now: int) -> tuple[Sheet, Sheet, Sheet]:
    """Conversations, their outcomes and where they stop: they add up, so they are hidden together."""
    begun = statistics.conversations_begun(connection, period.borders)
    stops = statistics.where_people_stop(connection, period.start, min(period.end, now - A_DAY))
    columns = {level: tuple(group.get(level, 0) for group in begun) for level in LEVELS}
    columns["unfinished"] = tuple(group.get(None, 0) for group in begun)
    columns["finished"] = tuple(map(sum, zip(*(columns[level] for level in LEVELS), strict=True)))
    columns["started"] = tuple(map(sum, zip(columns["finished"], columns["unfinished"], strict=True)))
    shown = _told_together(columns, stops)
    places = range(len(period.stretches))
    rows = tuple(map(str, places))

    def column(id: str) -> Column:
        return Column(id, tuple(shown[id, i] for i in places), shown[id, _WHOLE])

    most_first = sorted(stops, key=lambda question: (-stops[question], question))
    stopped = Column("stopped", tuple(shown["stop", question] for question in most_first))
    return (
        Sheet("conversations", rows, tuple(map(column, ("started", "finished", "unfinished")))),
        Sheet("outcomes", rows, tuple(map(column, LEVELS))),
        Sheet("stops", tuple(most_first), (stopped,)),
    )


def _told_together(columns: Mapping[str, Sequence[int]], stops: Mapping[str, int]) -> dict[tuple[str, int | str], Told]:
    """The cells of `columns` by id and place, those of `stops` under ``stop``."""
    numbers: dict[tuple[str, int | str], int] = {("stop", question): number for question, number in stops.items()}
    for id, values in columns.items():
        numbers |= {(id, i): value for i, value in enumerate(values)}
        numbers[id, _WHOLE] = sum(values)
    # Begun within a day: shown nowhere, but what is left over when the stops are taken away.
    numbers["fresh", _WHOLE] = max(0, sum(columns["unfinished"]) - sum(stops.values()))
    stretches = range(len(columns["started"]))
    places: tuple[int | str, ...] = (*stretches, _WHOLE)
    sums = [Sum(("started", i), (("finished", i), ("unfinished", i))) for i in places]
    sums += [Sum(("finished", i), tuple((level, i) for level in LEVELS)) for i in places]
    sums += [Sum((id, _WHOLE), tuple((id, i) for i in stretches)) for id in columns]
    sums.append(Sum(("unfinished", _WHOLE), (*(("stop", question) for question in stops), ("fresh", _WHOLE))))
    return told(numbers, sums)


def _understood(connection: Connection, period: Period) -> Sheet:
    found = statistics.typed(connection, period.borders)
    columns = []
    for is_understood, name in ((True, "understood"), (False, "not_understood")):
        numbers = [typed[is_understood].number for typed in found]
        few = {i for i, typed in enumerate(found) if typed[is_understood].people < SMALL}
        if len(few) == len(found):
            # Nobody knows whether the few of one week are those of another.
            few.add(len(found))
        columns.append(_with_total(name, numbers, few))
    return Sheet("understood", tuple(map(str, range(len(found)))), tuple(columns))


def _campaigns(connection: Connection, period: Period) -> Sheet:
    found = statistics.campaigns_confirmed(connection, period.start, period.end)
    names = ("reached", "refused", "unclear", "waiting", "left_out")
    columns = [Column(name, _alone([getattr(reach, name) for reach in found])) for name in names]
    return Sheet("campaigns", tuple(str(reach.id) for reach in found), tuple(columns))


def _hours(connection: Connection, period: Period) -> Sheet:
    """People by hour (rows) and weekday (columns); who comes in two weeks counts twice."""
    cells = [[0] * len(WEEKDAYS) for _ in HOURS]
    for hour, people in statistics.visits(connection, period.start, period.end).items():
        local = datetime.fromtimestamp(hour * statistics.HOUR / 1000, period.zone)
        cells[local.hour][local.weekday()] += people
    columns = [Column(day, _alone([cells[hour][i] for hour in HOURS])) for i, day in enumerate(WEEKDAYS)]
    return Sheet("hours", tuple(map(str, HOURS)), tuple(columns))


def _people(id: str, found: Mapping[str, int]) -> Sheet:
    rows = sorted(found, key=lambda key: (-found[key], key))
    return Sheet(id, tuple(rows), (Column("people", _alone([found[row] for row in rows])),))


def _opens(id: str, column: str, found: Mapping[str, int], kind: str, topic: str) -> Sheet:
    """How often pages were opened. By how many people nobody knows, so that no number points at one.

    Args:
        found: page to how often.
        kind: how the pages begin that belong here.
        topic: how their rows begin instead.
    """
    opens = {topic + page.removeprefix(kind): number for page, number in found.items() if page.startswith(kind)}
    rows = sorted(opens, key=lambda key: (-opens[key], key))
    return Sheet(id, tuple(rows), (Column(column, tuple(opens[row] for row in rows)),))


def _over_time(id: str, columns: Mapping[str, Sequence[int]]) -> Sheet:
    shown = tuple(_with_total(name, values) for name, values in columns.items())
    return Sheet(id, tuple(map(str, range(len(shown[0].values)))), shown)


def _with_total(id: str, values: Sequence[int], few: Collection[int] = frozenset()) -> Column:
    """A column of which nothing but its own total is known.

    Args:
        few: places with fewer than `SMALL` people behind the number; the total is the place after the last.
    """
    last = len(values)
    cells = told(dict(enumerate((*values, sum(values)))), [Sum(last, tuple(range(last)))], few)
    return Column(id, tuple(cells[i] for i in range(last)), cells[last])


def _alone(values: Sequence[int]) -> tuple[Told, ...]:
    """Numbers that add up to nothing that is shown."""
    shown = told(dict(enumerate(values)))
    return tuple(shown[i] for i in range(len(values)))
