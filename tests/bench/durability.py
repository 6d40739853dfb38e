"""What keeping everything adds to the wait for an answer: ``python -m tests.bench.durability [--rate N] [--rounds N]``.

Events at a steady rate, to hizaura on SQLite and to a bare echo that keeps nothing, in turn. Exits with 1 when an event
was lost or answered twice.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.burst import flood
from tests.bench.event_path import BARE_ECHO, CANDIDATES, ROOT, Candidate, Wrong, running, wait_until_ready
from tests.bench.processes import free_port, stop
from tests.bench.tables import rows, spread, surroundings

COMPARED = [candidate for candidate in CANDIDATES if candidate.name in ("hizaura", BARE_ECHO)]
NAMES = ("ack_p50", "ack_p99", "reply_p50", "reply_p99")


def measure(candidate: Candidate, fake_port: int, rate: int, seconds: float) -> dict[str, Any]:
    """Steady load on a fresh server."""
    with (
        tempfile.TemporaryDirectory(prefix="hizaura-bench-") as folder,
        running(candidate, fake_port, Path(folder)) as (_, port),
    ):
        order = {"port": port, "fake_port": fake_port, "connections": 32}
        flood(events=rate, seconds=1.0, first_user=1_000_000, **order)
        return flood(events=int(rate * seconds), seconds=seconds, first_user=1, **order)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the wait beside a bot that keeps nothing.")
    parser.add_argument("--rate", type=int, default=100, help="events a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    fake_port = free_port()
    fake = subprocess.Popen([sys.executable, "-m", "tests.bench.fake_line", str(fake_port), "0"], cwd=ROOT)
    measured: dict[str, list[dict[str, Any]]] = {candidate.name: [] for candidate in COMPARED}
    try:
        wait_until_ready(fake, f"http://127.0.0.1:{fake_port}/", Path(os.devnull))
        for number in range(given.rounds):
            for candidate in COMPARED:
                print(f"round {number + 1} of {given.rounds}: {candidate.name}", file=sys.stderr, flush=True)
                measured[candidate.name].append(measure(candidate, fake_port, given.rate, given.seconds))
    except Wrong as error:
        sys.exit(f"Wrong, so there are no numbers: {error}")
    finally:
        stop(fake)
    told = [(name, *(spread([each[key] for each in rounds], 2) for key in NAMES)) for name, rounds in measured.items()]
    ours, echo = measured.values()
    added = [
        spread([mine[key] - theirs[key] for mine, theirs in zip(ours, echo, strict=True)], 2)
        for key in ("reply_p50", "reply_p99")
    ]
    print(surroundings())
    print(f"{given.rate} events/s for {given.seconds:g} s, {given.rounds} rounds in turn; SQLite FULL, ms.\n")
    head = ("", "acknowledged p50", "p99", "reply p50", "p99")
    print(rows(head, [*told, ("durability adds", "", "", *added)]))


if __name__ == "__main__":
    main()
