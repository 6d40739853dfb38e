"""Rounds of measurements as Markdown tables: the median of the rounds, and their smallest and largest."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

Rounds = list[dict[str, dict[str, Any]]]
"""One per round: ``many`` users and ``one`` user, each a result of `tests.bench.load`."""
Results = dict[str, Rounds]
"""By candidate."""

_PACKAGES = ("flask", "granian", "line-bot-sdk", "sqlalchemy", "urllib3")


def machine(seconds: float, rounds: int, latency_ms: float, users: int) -> str:
    """One paragraph on where and how it was measured."""
    return (
        f"{surroundings()}\n"
        f"{rounds} rounds of {seconds:g} s, candidates in turn; LINE answers after {latency_ms:g} ms; "
        f"{users} users at once, then one. Median [smallest-largest] of the rounds.\n"
    )


def surroundings() -> str:
    """The day, the machine and the versions, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{date.today()}, {os.cpu_count()} CPUs ({cpu_model()}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}."
    )


def cpu_model() -> str:
    """Name of the CPU as the kernel gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def table(results: Results, alone: Sequence[dict[str, Any]], beside: Sequence[str], users: int) -> str:
    """All tables.

    Args:
        results: of every candidate.
        alone: of the fake LINE, driven by the load generator without a server.
        beside: the candidates that the ratios refer to, the one for CPU time first.
        users: how many at once.
    """
    ratios = [f"of the {name}" for name in beside]
    throughput = rows(
        ("", "events/s", *ratios, "CPU ms/event", ratios[0], "RSS / PSS MB"),
        [(name, *_throughput(rounds, [results[other] for other in beside])) for name, rounds in results.items()],
    )
    load = f"{users} users at once: ms", "acknowledged p50", "p99", "reply p50", "p99"
    times = [
        rows(head, [(name, *_times(rounds, key)) for name, rounds in results.items()])
        for key, head in (("many", load), ("one", ("one user: ms", *load[1:])))
    ]
    events = sum(each[key]["all_events"] for rounds in results.values() for each in rounds for key in each)
    own = [each["many"]["load_cpu_ms"] + each["many"]["fake_cpu_ms"] for rounds in results.values() for each in rounds]
    notes = (
        f"The fake LINE alone takes {spread([each['per_second'] for each in alone], 0)} replies/s from the load "
        f"generator.\nLoad generator and fake LINE use {spread(own, 2)} ms CPU per event on the same CPUs.\n"
        f"All {events} events were acknowledged, and each got exactly one reply where one is due.\n"
    )
    return "\n".join([throughput, *times, notes])


def _throughput(rounds: Rounds, beside: Sequence[Rounds]) -> tuple[str, ...]:
    return (
        spread(_values(rounds, "per_second"), 0),
        *(spread(_ratios(rounds, other, "per_second"), 2) for other in beside),
        spread(_values(rounds, "cpu_ms"), 2),
        spread(_ratios(rounds, beside[0], "cpu_ms"), 2),
        f"{median(_values(rounds, 'rss')):.0f} / {median(_values(rounds, 'pss')):.0f}",
    )


def _values(rounds: Rounds, key: str) -> list[float]:
    return [each["many"][key] for each in rounds]


def _ratios(rounds: Rounds, beside: Rounds, key: str) -> list[float]:
    """Round by round: what disturbs the machine for a while disturbs both."""
    return [ours / theirs for ours, theirs in zip(_values(rounds, key), _values(beside, key), strict=True)]


def _times(rounds: Rounds, key: str) -> tuple[str, ...]:
    names = ("ack_p50", "ack_p99", "reply_p50", "reply_p99")
    return tuple(spread([each[key][name] for each in rounds], 2) for name in names)


def spread(values: Sequence[float | None], digits: int) -> str:
    """The median of the rounds, and their smallest and largest."""
    present = [value for value in values if value is not None]
    if not present:
        return "-"
    middle, least, most = (f"{value:.{digits}f}" for value in (median(present), min(present), max(present)))
    return f"**{middle}** [{least}-{most}]"


def rows(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
