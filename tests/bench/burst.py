"""A burst, as after a broadcast: ``python -m tests.bench.burst [--events N] [--latency-ms N] [--rounds N]``.

Thousands of users write within a second. Exits with 1 when an event was lost or answered twice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from tests.bench.event_path import CANDIDATES, ROOT, SECRET, Wrong, running, wait_until_ready
from tests.bench.processes import free_port, memory_mb, stop, tree
from tests.bench.tables import rows, spread, surroundings

CONNECTIONS = 400
"""At once; LINE does not say how many it opens."""
PATIENCE = 90.0


def flood(**order: Any) -> dict[str, Any]:
    """Run `tests.bench.flood` in a process of its own.

    Raises:
        Wrong: when an event was lost or answered twice.
    """
    command = [sys.executable, "-m", "tests.bench.flood"]
    given = json.dumps({"secret": SECRET, "patience": PATIENCE, **order}).encode()
    ended = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, timeout=PATIENCE * 3)
    if ended.returncode:
        raise Wrong("The flood failed:\n" + ended.stderr.decode()[-2000:])
    result: dict[str, Any] = json.loads(ended.stdout)
    wrong = {key: result[key] for key in ("not_acked", "without_reply", "replied_twice", "faults") if result[key]}
    if wrong:
        raise Wrong(str(wrong))
    return result


class PeakMemory:
    """The largest PSS of a server while something happens, in MB."""

    def __init__(self, pid: int) -> None:
        self._pids = tree(pid)
        self.before = self.peak = memory_mb(self._pids)[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, memory_mb(self._pids)[1])


def measure(events: int, fake_port: int, folder: Path) -> dict[str, Any]:
    """One burst on a fresh server, after a smaller one that warms it up."""
    with running(CANDIDATES[0], fake_port, folder) as (server, port):
        shared = {"port": port, "fake_port": fake_port, "seconds": 1.0, "connections": CONNECTIONS}
        flood(events=200, first_user=1_000_000, **shared)
        with PeakMemory(server.pid) as memory:
            result = flood(events=events, first_user=1, **shared)
        return {**result, "growth": memory.peak - memory.before}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a burst.")
    parser.add_argument("--events", type=int, default=5_000, help="in one second (default %(default)s)")
    parser.add_argument("--latency-ms", type=float, default=60, help="of the fake LINE (default %(default)g)")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    fake_port = free_port()
    fake = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.fake_line", str(fake_port), str(given.latency_ms)], cwd=ROOT
    )
    rounds = []
    try:
        wait_until_ready(fake, f"http://127.0.0.1:{fake_port}/", Path(os.devnull))
        for number in range(given.rounds):
            print(f"burst {number + 1} of {given.rounds}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="hizaura-bench-") as folder:
                rounds.append(measure(given.events, fake_port, Path(folder)))
    except Wrong as error:
        sys.exit(f"Wrong, so there are no numbers: {error}")
    finally:
        stop(fake)
    told = (
        ("longest acknowledgement, s", [each["ack_max"] / 1000 for each in rounds], 2),
        ("acknowledged after 2 s, of the events", [each["late"] for each in rounds], 0),
        ("median acknowledgement, s", [each["ack_p50"] / 1000 for each in rounds], 2),
        ("last reply at LINE, s after the first event", [each["replied_after"] for each in rounds], 1),
        ("memory of the server at most, MB more than before", [each["growth"] for each in rounds], 0),
    )
    print(surroundings())
    print(f"{given.events} events in 1 s over {CONNECTIONS} connections; LINE answers after {given.latency_ms:g} ms.\n")
    print(rows(("", "median [smallest-largest]"), [(name, spread(values, digits)) for name, values, digits in told]))


if __name__ == "__main__":
    main()
