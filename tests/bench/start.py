"""How long the server takes to be ready, and what it takes of memory: ``python -m tests.bench.start [--rounds N]``.

Ready: from the start of the process to the first 200 of /healthz. Memory: master and worker before any event; pages
that both share are counted once (PSS).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.event_path import CANDIDATES, running
from tests.bench.processes import free_port, memory_mb, tree
from tests.bench.tables import rows, spread, surroundings


def measure(folder: Path) -> dict[str, float]:
    """Start the server once on the database of a folder, which is made when it is not there."""
    begun = time.monotonic()
    with running(CANDIDATES[0], free_port(), folder) as (server, _):
        ready = time.monotonic() - begun
        master, *workers = tree(server.pid)
        return {
            "ready": ready,
            "master": memory_mb([master])[1],
            "worker": memory_mb(workers)[1],
            "rss": memory_mb(workers)[0],
        }


def imports() -> float:
    """Seconds that Python takes to import what the server needs."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import bot.serving, bot.metrics"], check=True, cwd=Path(__file__).parents[2])
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the start of the server.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="hizaura-bench-") as folder:
        measured = []
        for number in range(rounds):
            print(f"start {number + 1} of {rounds}", file=sys.stderr, flush=True)
            measured.append({**measure(Path(folder)), "imports": imports()})
    told = (
        ("ready after, s", "ready", 2),
        ("of it Python's imports, s", "imports", 2),
        ("worker, PSS in MB", "worker", 0),
        ("worker, RSS in MB", "rss", 0),
        ("master, PSS in MB", "master", 0),
    )
    print(surroundings() + "\n")
    print(rows(("", "median [smallest-largest]"), [(n, spread([m[key] for m in measured], d)) for n, key, d in told]))


if __name__ == "__main__":
    main()
