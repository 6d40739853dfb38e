"""Charts as plain shapes: data in, a drawing out. A template turns it into SVG, which escapes every word.

The drawings are as wide as a phone, so that their letters stay readable there; colour is never the only sign: series
also differ in pattern, line and marker, and the heat of an hour in the size of its square.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 14, 24
_PLOT = WIDTH - _LEFT - _RIGHT
_HEIGHT = 180
_LABEL_SPACE = 44
"""Pixels that a label on the lower axis needs."""
_LONGEST_LABEL = 26
"""Full-width characters that fit above a bar."""

Value = int | None
"""None: not told."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `look` names its colour and pattern, `tip` is read aloud and shown when pointed at."""

    x: float
    y: float
    width: float
    height: float
    look: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Some words. `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    look: str = "axis"


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    look: str

    @property
    def path(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line; its shape is that of its look."""

    x: float
    y: float
    look: str
    tip: str


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values.

    Args:
        look: first, second, third or fourth.
        values: one per label.
    """

    name: str
    look: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart.

    Args:
        legend: name and look of the series, where there are several.
        has_gaps: whether a value is not told.
    """

    height: float
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    has_gaps: bool = False
    width: float = WIDTH


def ticks(highest: float, most: int = 4) -> tuple[int, ...]:
    """Round numbers from 0 to at least `highest`: steps of 1, 2 or 5 with zeros."""
    step = 1
    while step * most < highest:
        step = _next_round(step)
    return tuple(range(0, step * max(1, math.ceil(highest / step)) + 1, step))


def lines(labels: Sequence[str], series: Sequence[Series]) -> Drawing:
    """Values over time. A line has a gap where a value is not told."""
    scale = _Scale(ticks(max(_known(series), default=0)))
    step = _PLOT / max(1, len(labels))
    drawn: list[Line] = []
    dots: list[Dot] = []
    for one in series:
        points = [
            (_LEFT + (i + 0.5) * step, scale.y(value)) if value is not None else None
            for i, value in enumerate(one.values)
        ]
        drawn += [Line(run, one.look) for run in _runs(points) if len(run) > 1]
        dots += [
            Dot(*point, one.look, f"{labels[i]} {one.name}: {one.values[i]:,}")
            for i, point in enumerate(points)
            if point is not None
        ]
    return Drawing(
        _HEIGHT,
        lines=(*scale.grid(), *drawn),
        dots=tuple(dots),
        labels=(*scale.labels(), *_below(labels)),
        legend=_legend(series),
        has_gaps=_has_gaps(series),
    )


def columns(labels: Sequence[str], series: Sequence[Series], stacked: bool = False) -> Drawing:
    """Values over time as bars that stand side by side or on top of each other."""
    known = [[one.values[i] or 0 for one in series] for i in range(len(labels))]
    heights = [sum(values) if stacked else max(values, default=0) for values in known]
    scale = _Scale(ticks(max(heights, default=0)))
    step = _PLOT / max(1, len(labels))
    width = step * 0.8 / (1 if stacked else max(1, len(series)))
    boxes: list[Box] = []
    for i, label in enumerate(labels):
        under = 0
        for place, one in enumerate(series):
            value = one.values[i]
            if not value:
                continue
            x = _LEFT + (i + 0.1) * step + (0 if stacked else place * width)
            top = scale.y(under + value)
            boxes.append(Box(x, top, width, scale.y(under) - top, one.look, f"{label} {one.name}: {value:,}"))
            under += value if stacked else 0
    return Drawing(
        _HEIGHT,
        tuple(boxes),
        scale.grid(),
        labels=(*scale.labels(), *_below(labels)),
        legend=_legend(series),
        has_gaps=_has_gaps(series),
    )


def bars(values: Sequence[tuple[str, int]], has_gaps: bool = False) -> Drawing:
    """Names with their values: a lying bar each, its name above and its value behind it.

    Args:
        has_gaps: whether there are others, whose value is not told.
    """
    highest = max((value for _, value in values), default=0) or 1
    room = WIDTH - 64
    row = 36
    boxes = []
    written = []
    for i, (name, value) in enumerate(values):
        y = i * row
        length = value / highest * room
        written.append(Label(0, y + 13, _shortened(name), "start", "name"))
        boxes.append(Box(0, y + 18, max(length, 1), 12, "first", f"{name}: {value:,}"))
        written.append(Label(length + 6, y + 28, f"{value:,}", "start", "value"))
    return Drawing(len(values) * row, tuple(boxes), labels=tuple(written), has_gaps=has_gaps)


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[Value]],
    marked: Collection[tuple[int, int]],
    tips: Sequence[Sequence[str]],
) -> Drawing:
    """Values by row and column as squares: the larger, the more.

    Args:
        values: by row, then column.
        marked: row and column of fields with another ground, such as opening hours.
        tips: what each field says when pointed at; by row, then column.
    """
    left, top, height = 48, 20, 20
    width = (WIDTH - left) / max(1, len(columns))
    highest = max((value for row in values for value in row if value), default=1)
    boxes = [
        Box(left + j * width, top + i * height, width, height, "marked" if (i, j) in marked else "field", tips[i][j])
        for i in range(len(rows))
        for j in range(len(columns))
    ]
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            if value:
                size = max(2.0, math.sqrt(value / highest) * (height - 3))
                x, y = left + (j + 0.5) * width - size / 2, top + (i + 0.5) * height - size / 2
                boxes.append(Box(x, y, size, size, "heat", tips[i][j]))
    written = [Label(left + (j + 0.5) * width, 13, name) for j, name in enumerate(columns)]
    written += [Label(left - 6, top + (i + 0.7) * height, name, "end") for i, name in enumerate(rows)]
    gaps = any(value is None for row in values for value in row)
    return Drawing(top + len(rows) * height + 2, tuple(boxes), labels=tuple(written), has_gaps=gaps)


@dataclass(frozen=True, slots=True)
class _Scale:
    """The upright axis."""

    ticks: tuple[int, ...]

    def y(self, value: float) -> float:
        room = _HEIGHT - _TOP - _BOTTOM
        return _TOP + room * (1 - value / self.ticks[-1])

    def grid(self) -> tuple[Line, ...]:
        return tuple(
            Line(((_LEFT, self.y(tick)), (WIDTH - _RIGHT, self.y(tick))), "grid" if tick else "ground")
            for tick in self.ticks
        )

    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(_LEFT - 6, self.y(tick) + 4, f"{tick:,}", "end") for tick in self.ticks)


def _below(labels: Sequence[str]) -> Iterator[Label]:
    """Labels on the lower axis, as many as have room; the newest always has one."""
    step = _PLOT / max(1, len(labels))
    every = max(1, math.ceil(_LABEL_SPACE / step))
    for i, label in enumerate(labels):
        if (len(labels) - 1 - i) % every == 0:
            yield Label(_LEFT + (i + 0.5) * step, _HEIGHT - 6, label)


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[tuple[tuple[float, float], ...]]:
    run: list[tuple[float, float]] = []
    for point in (*points, None):
        if point is not None:
            run.append(point)
        elif run:
            yield tuple(run)
            run = []


def _known(series: Sequence[Series]) -> Iterator[int]:
    return (value for one in series for value in one.values if value is not None)


def _has_gaps(series: Sequence[Series]) -> bool:
    return any(value is None for one in series for value in one.values)


def _legend(series: Sequence[Series]) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.look) for one in series) if len(series) > 1 else ()


def _next_round(step: int) -> int:
    """1, 2, 5, 10, 20, 50 ..."""
    first = int(str(step)[0])
    return step // first * {1: 2, 2: 5, 5: 10}[first]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
