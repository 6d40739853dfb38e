"""Choosing an audience: one row per criterion, and for each whether it must hold, may hold, or must not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from bot.console.words import Words
from bot.flow.schema import URGENCIES
from bot.library.library import Library
from bot.storage.audience import AskedFor, Audience, Criterion, EndedAt, HasTag, LeftOut, SeenWithin, Speaks, Unreadable
from bot.storage.audience_query import Count

MODES = ("all", "any", "none")
PREFIX = "is."
"""Begins the name of every field of a criterion."""

_DAYS = (7, 30, 90, 365)
_MOST_CRITERIA = 100
_FIELDS = {
    "unreadable": "what",
    "tag": "tag",
    "urgency": "urgency",
    "seen_within": "days",
    "asked_for": "guidebook",
    "language": "language",
}
"""Kind of criterion to the field that says which one."""
_ADAPTER: TypeAdapter[Criterion] = TypeAdapter(Criterion)


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion on the page.

    Args:
        name: of the field.
        mode: all, any, none, or empty when it is not asked for.
        number: patients with it, None when that is not counted.
    """

    name: str
    label: str
    mode: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria of one kind."""

    kind: str
    rows: tuple[Row, ...]

    @property
    def is_used(self) -> bool:
        """Whether any of them is asked for."""
        return any(row.mode for row in self.rows)


@dataclass(frozen=True, slots=True)
class Left:
    """How many are left out, and why, in words."""

    why: LeftOut
    words: str
    number: int


def groups(words: Words, library: Library, tags: Iterable[tuple[str, int]], audience: Audience) -> list[Group]:
    """Everything that can be asked for, with what an audience asks for.

    Args:
        tags: every tag with the number of patients.
    """
    numbers = dict(tags)
    modes = {_name(criterion): mode for mode in MODES for criterion in getattr(audience, mode)}
    offered: list[Criterion] = [
        *(HasTag(tag=tag) for tag in numbers),
        *(EndedAt(urgency=level) for level in reversed(URGENCIES)),
        *(SeenWithin(days=days) for days in _DAYS),
        *(AskedFor(guidebook=id) for id in library.guidebooks),
        *(Speaks(language=language) for language in ("ja", "en")),
    ]
    every = {_name(c): c for c in (*offered, *audience.all, *audience.any, *audience.none)}
    return [
        Group(
            kind,
            tuple(
                Row(
                    name,
                    label(words, library, criterion),
                    modes.get(name, ""),
                    numbers.get(criterion.tag, 0) if isinstance(criterion, HasTag) else None,
                )
                for name, criterion in every.items()
                if criterion.kind == kind
            ),
        )
        for kind in _FIELDS
        if kind != "unreadable" or not audience.is_readable
    ]


def audience_from(fields: Iterable[tuple[str, str]]) -> Audience | None:
    """The audience that was chosen; None when somebody has tampered with the fields.

    Args:
        fields: names and values of a form.
    """
    chosen: dict[str, list[Criterion]] = {mode: [] for mode in MODES}
    asked = [(name, mode) for name, mode in fields if name.startswith(PREFIX) and mode]
    if len(asked) > _MOST_CRITERIA:
        return None
    for name, mode in asked:
        kind, _, value = name.removeprefix(PREFIX).partition(".")
        if mode not in MODES or kind not in _FIELDS:
            return None
        try:
            chosen[mode].append(_ADAPTER.validate_python({"kind": kind, _FIELDS[kind]: value}))
        except ValidationError:
            return None
    return Audience(**{mode: tuple(criteria) for mode, criteria in chosen.items()})


def label(words: Words, library: Library, criterion: Criterion) -> str:
    """A criterion in words."""
    match criterion:
        case HasTag(tag=tag):
            key = f"patient_tag_{tag}"
            return words(key) if key in words.texts else tag
        case EndedAt(urgency=level):
            return words(f"urgency_{level}")
        case SeenWithin(days=days):
            return words("campaign_seen_within", days=days)
        case AskedFor(guidebook=id):
            found = library.guidebooks.get(id)
            return found.title if found else id
        case Unreadable():
            return words("campaign_unreadable")
        case Speaks(language=language):
            key = f"campaign_language_{language}"
            return words(key) if key in words.texts else language


def summary(words: Words, library: Library, audience: Audience) -> list[str]:
    """An audience in a few lines; empty for everybody."""
    if not audience.is_readable:
        return [words("campaign_unreadable")]
    found: Mapping[str, tuple[Criterion, ...]] = {mode: getattr(audience, mode) for mode in MODES}
    return [
        words(
            f"campaign_summary_{mode}", what=words("campaign_comma").join(_phrase(words, library, c) for c in criteria)
        )
        for mode, criteria in found.items()
        if criteria
    ]


def left_out(words: Words, numbers: Mapping[LeftOut, int]) -> list[Left]:
    """Who is left out and why, in the order in which the reasons count."""
    return [Left(why, words(f"left_out_{why}"), numbers[why]) for why in LeftOut if numbers.get(why)]


def counted(words: Words, count: Count) -> dict[str, object]:
    """A count for the live display, with its words."""
    left = left_out(words, count.left_out)
    people = f"{sum(each.number for each in left):,}"
    return {
        "reached": count.reached,
        "text": words("campaign_reached", count=f"{count.reached:,}"),
        "left_out": [{"why": each.why, "words": each.words, "number": f"{each.number:,}"} for each in left],
        "total": words("campaign_left_out_total", count=people),
        "total_short": words("campaign_left_out_total_short", count=people),
    }


def _phrase(words: Words, library: Library, criterion: Criterion) -> str:
    return words(
        "campaign_quoted", kind=words(f"campaign_kind_{criterion.kind}"), what=label(words, library, criterion)
    )


def _name(criterion: Criterion) -> str:
    return f"{PREFIX}{criterion.kind}.{getattr(criterion, _FIELDS[criterion.kind])}"
