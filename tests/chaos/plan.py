"""What goes wrong and when: the same seed gives the same plan."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SERVERS = {SQLITE: 1, POSTGRESQL: 2}

OUTAGES = ("503", "resets", "hangs", "refuses")
LONGEST_OUTAGE = 20.0
QUIET_AT_THE_END = 4.0
"""Seconds before the end in which no server is stopped any more, so that most of the end is not waiting for leases."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One thing that goes wrong.

    Args:
        at: seconds after the beginning.
        kind: kill, terminate (a server), outage, slow (LINE), lock (SQLite), cut (PostgreSQL's connections).
        lasts: seconds; for a server how long it stays away before it is started again.
        which: the server, by number; the sort of outage; the seconds that a call takes while LINE is slow; the share of
            connections that are cut.
    """

    at: float
    kind: str
    lasts: float
    which: int | str | float = 0


def plan(seed: int, database: str, seconds: float) -> list[Disturbance]:
    """Everything that goes wrong in `seconds`, in order of time."""
    dice = random.Random(f"{seed} {database}")
    of_store = _locks if database == SQLITE else _cuts
    disturbances = [
        *_stops(dice, SERVERS[database], seconds),
        *_outages(dice, seconds),
        *_slow_times(dice, seconds),
        *of_store(dice, seconds),
    ]
    return sorted(disturbances, key=lambda disturbance: disturbance.at)


def _moments(dice: random.Random, least: float, most: float, until: float) -> Iterator[float]:
    at = dice.uniform(least, most)
    while at < until:
        yield at
        at += dice.uniform(least, most)


def _stops(dice: random.Random, servers: int, seconds: float) -> Iterator[Disturbance]:
    """In turn. A server needs some seconds to start, and one that is away is not stopped again."""
    which = dice.randrange(servers)
    for at in _moments(dice, 8 / servers, 12 / servers, seconds - QUIET_AT_THE_END):
        kind = "kill" if dice.random() < 0.65 else "terminate"
        yield Disturbance(at, kind, dice.choice((0.0, dice.uniform(0, 2))), which)
        which = (which + 1) % servers


def _outages(dice: random.Random, seconds: float) -> Iterator[Disturbance]:
    """A long one and a few short ones, with time between them."""
    lengths = [min(LONGEST_OUTAGE, seconds / 2) * dice.uniform(0.7, 1), dice.uniform(2, 5), dice.uniform(1, 3)]
    dice.shuffle(lengths)
    at = 2.0
    for lasts in lengths:
        at += dice.uniform(1, seconds / 8)
        if at + lasts < seconds:
            yield Disturbance(at, "outage", lasts, dice.choice(OUTAGES))
        at += lasts


def _slow_times(dice: random.Random, seconds: float) -> Iterator[Disturbance]:
    for at in _moments(dice, 10, 20, seconds - 5):
        yield Disturbance(at, "slow", dice.uniform(2, 5), dice.uniform(0.3, 1.5))


def _locks(dice: random.Random, seconds: float) -> Iterator[Disturbance]:
    for at in _moments(dice, 5, 9, seconds):
        yield Disturbance(at, "lock", dice.uniform(0.5, 1.3))


def _cuts(dice: random.Random, seconds: float) -> Iterator[Disturbance]:
    for at in _moments(dice, 5, 9, seconds):
        yield Disturbance(at, "cut", 0.0, dice.choice((0.3, 1.0)))
