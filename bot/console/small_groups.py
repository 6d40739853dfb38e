"""Numbers that would point at single people: which are hidden, and which others so that no sum gives them away."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SMALL = 5
"""Groups of fewer people are not told."""


class Hidden(StrEnum):
    """Why a number is not told.

    FEW: fewer than five people.
    COVER: it would tell another one by subtraction.
    """

    FEW = "few"
    COVER = "cover"


Told = int | Hidden
"""A number as it may be told. Nobody is no group: 0 is told."""


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """A number that is the sum of others, as every reader can find out."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """Everything that stands in it."""
        return (self.total, *self.parts)


def told(
    numbers: Mapping[Key, int], sums: Iterable[Sum[Key]] = (), few: Collection[Key] = frozenset()
) -> dict[Key, Told]:
    """The numbers as they may be told.

    Args:
        numbers: everything that is shown together.
        sums: what adds up among them.
        few: keys whose number is large although fewer than `SMALL` people are behind it.
    """
    hidden = {key: Hidden.FEW for key in numbers if _is_few(key, numbers, few)}
    lines = list(sums)
    changed = True
    while changed:
        changed = any(_cover(line, numbers, hidden, few) for line in lines)
    return {key: hidden.get(key, number) for key, number in numbers.items()}


def _is_few(key: Key, numbers: Mapping[Key, int], few: Collection[Key]) -> bool:
    return 0 < numbers[key] < SMALL or (key in few and numbers[key] > 0)


def _cover(line: Sum[Key], numbers: Mapping[Key, int], hidden: dict[Key, Hidden], few: Collection[Key]) -> bool:
    """Hide more of a sum until it tells nothing that is hidden; whether anything had to be."""
    changed = False
    while _tells(line, numbers, hidden, few):
        changed = True
        told_parts = [key for key in line.parts if key not in hidden and numbers[key]]
        if told_parts:
            hidden[min(told_parts, key=lambda key: numbers[key])] = Hidden.COVER
        else:
            # Even that the total is small can tell its parts, so nothing is said about it.
            hidden[line.total] = Hidden.COVER
    return changed


def _tells(line: Sum[Key], numbers: Mapping[Key, int], hidden: Mapping[Key, Hidden], few: Collection[Key]) -> bool:
    """Whether a reader can work out a number of few people from the sum."""
    bounds = {key: _bounds(key, line, numbers, hidden, few) for key in line.keys}
    signs = {key: -1 if key == line.total else 1 for key in line.keys}
    for key in line.keys:
        if not _is_few(key, numbers, few):
            continue
        others = [(signs[other] * -signs[key], bounds[other]) for other in line.keys if other != key]
        lowest = sum(low if sign > 0 else -high for sign, (low, high) in others)
        highest = sum(high if sign > 0 else -low for sign, (low, high) in others)
        if max(lowest, bounds[key][0]) >= min(highest, bounds[key][1]):
            return True
    return False


def _bounds(
    key: Key, line: Sum[Key], numbers: Mapping[Key, int], hidden: Mapping[Key, Hidden], few: Collection[Key]
) -> tuple[float, float]:
    """Between what a reader knows a number to be."""
    match hidden.get(key):
        case Hidden.FEW if key in few:
            return 1, math.inf
        case Hidden.FEW:
            return 1, SMALL - 1
        case Hidden.COVER if key == line.total or numbers[key] < SMALL:
            return 1, math.inf
        case Hidden.COVER:
            return SMALL, math.inf
        case _:
            return numbers[key], numbers[key]
