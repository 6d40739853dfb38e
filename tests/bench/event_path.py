"""Measure the whole way of an event, webhook in to reply at LINE, beside a bare echo on the same server.

``.venv/bin/python -m tests.bench.event_path [--seconds N] [--rounds N] [--users N] [--latency-ms N] [--all]``; what
the numbers mean is in README.md. Exits with 1 when an event did not get exactly one reply.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bot.desk import load_desk
from bot.storage import inbox, outbox
from bot.storage.database import Database
from tests.bench.conversations import planned_conversations
from tests.bench.postgres import Postgres, postgresql
from tests.bench.processes import cpu_ms, free_port, memory_mb, stop, tree
from tests.bench.tables import Results, machine, table

ROOT = Path(__file__).parent.parent.parent
SECRET = "bench-secret"
WARM_UP = 1.0
"""Seconds of load before the clock runs."""
_READY_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server to measure.

    Args:
        name: as in the table.
        command: arguments of the Python that runs it; PORT stands for the port.
        replies: whether it replies to events.
        workers: processes that serve.
        on_postgresql: whether it keeps its data there.
    """

    name: str
    command: tuple[str, ...]
    replies: bool = True
    workers: int = 1
    on_postgresql: bool = False


BARE_ECHO = "bare echo"
SILENT_ECHO = "echo without reply"
CANDIDATES = (
    Candidate("hizaura", ("app.py", "serve")),
    Candidate(BARE_ECHO, ("-m", "tests.bench.echo", "reply")),
    Candidate(SILENT_ECHO, ("-m", "tests.bench.echo", "parse"), replies=False),
)
GUNICORN = ("-m", "gunicorn", "--threads", "16", "--bind", "127.0.0.1:PORT", "tests.bench.readme_app:app")
MORE_CANDIDATES = (
    Candidate("bare echo on all CPUs", ("-m", "tests.bench.echo", "roam")),
    Candidate("hizaura on PostgreSQL", ("app.py", "serve"), on_postgresql=True),
    Candidate("hizaura on PostgreSQL, 2 workers", ("app.py", "serve"), workers=2, on_postgresql=True),
    Candidate("the SDK's README on gunicorn", GUNICORN),
)


class Wrong(Exception):
    """An event was lost, doubled or refused: the numbers are worth nothing."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share.

    Args:
        folder: for databases and logs; on a real disk, since every commit is synced to it.
        fake: the running fake LINE.
        users: how many at once.
        seconds: of one measurement.
        postgres: where candidates on PostgreSQL keep their data.
    """

    folder: Path
    fake: subprocess.Popen[bytes]
    fake_port: int
    conversations: list[list[dict[str, Any]]]
    users: int
    seconds: float
    postgres: Postgres | None = None

    def load(self, **order: Any) -> dict[str, Any]:
        """Run the load generator once; see `tests.bench.load.Order`."""
        order = {
            "fake_port": self.fake_port,
            "secret": SECRET,
            "conversations": self.conversations,
            "warm_up": WARM_UP,
            "seconds": self.seconds,
            **order,
        }
        fake_cpu = cpu_ms([self.fake.pid])
        command = [sys.executable, "-m", "tests.bench.load"]
        ended = subprocess.run(
            command, cwd=ROOT, input=json.dumps(order).encode(), capture_output=True, timeout=self.seconds + 60
        )
        if ended.returncode:
            raise Wrong("The load generator failed:\n" + ended.stderr.decode())
        result: dict[str, Any] = json.loads(ended.stdout)
        result["fake_cpu_ms"] = (cpu_ms([self.fake.pid]) - fake_cpu) / result["all_events"]
        _check(result)
        return result


def measure(bench: Bench, candidate: Candidate, round_number: int) -> dict[str, dict[str, Any]]:
    """Start a candidate, measure it with many users and with one, stop it.

    Raises:
        Wrong: when an event did not get exactly one reply.
    """
    folder = bench.folder / f"{round_number}-{candidate.name.replace(' ', '-')}"
    folder.mkdir()
    url = f"sqlite:///{folder}/bench.db"
    if candidate.on_postgresql and bench.postgres:
        url = bench.postgres.new_database()
    with running(candidate, bench.fake_port, folder, url) as (server, port):
        order = {"port": port, "pid": server.pid, "replies": candidate.replies}
        many = bench.load(users=bench.users, **order)
        many["rss"], many["pss"] = memory_mb(tree(server.pid))
        one = bench.load(users=1, first=many["next"], **order)
    if "app.py" in candidate.command:
        _check_left(url)
    return {"many": many, "one": one}


def measure_fake(bench: Bench) -> dict[str, Any]:
    """How many replies the fake LINE takes from the load generator alone."""
    return bench.load(port=bench.fake_port, pid=bench.fake.pid, users=bench.users, direct=True)


@contextlib.contextmanager
def running(
    candidate: Candidate, fake_port: int, folder: Path, url: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A candidate that serves, with its port.

    Args:
        folder: for its log, and for its database when no other is given.
        url: of its database.
    """
    port = free_port()
    own = {
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": "bench",
        "LINE_API_BASE_URL": f"http://127.0.0.1:{fake_port}",
        "DATABASE_URL": url or f"sqlite:///{folder}/bench.db",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(candidate.workers),
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *(part.replace("PORT", str(port)) for part in candidate.command)],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(server, f"http://127.0.0.1:{port}/healthz", folder / "log")
            yield server, port
        finally:
            stop(server)


def wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise Wrong("The server did not start:\n" + log.read_text(errors="replace")[-2000:])


def _check(result: dict[str, Any]) -> None:
    wrong = {key: result[key] for key in ("not_acked", "without_reply", "replied_twice", "faults") if result[key]}
    if wrong:
        raise Wrong(f"Of {result['all_events']} events: {wrong}")


def _check_left(url: str) -> None:
    """Nothing is left to answer or to send when the server has drained."""
    with contextlib.closing(Database(url)) as database:
        left = database.read(inbox.waiting), database.read(outbox.waiting)
    if any(left):
        raise Wrong(f"{left} rows are left in inbox and outbox.")


def run(
    candidates: Sequence[Candidate], seconds: float, rounds: int, users: int, latency_ms: float
) -> tuple[Results, list[dict[str, Any]]]:
    """Measure candidates in turn, `rounds` times.

    Returns:
        The results of every round by candidate, and those of the fake LINE alone.
    """
    plan = planned_conversations(load_desk(ROOT / "flows", ROOT / "content"))
    results: Results = {candidate.name: [] for candidate in candidates}
    alone = []
    fake_port = free_port()
    command = [sys.executable, "-m", "tests.bench.fake_line", str(fake_port), str(latency_ms)]
    fake = subprocess.Popen(command, cwd=ROOT)
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hz-")))
            postgres = None
            if any(candidate.on_postgresql for candidate in candidates):
                postgres = stack.enter_context(postgresql(folder / "pg"))
            bench = Bench(folder, fake, fake_port, plan, users, seconds, postgres)
            wait_until_ready(fake, f"http://127.0.0.1:{fake_port}/", Path(os.devnull))
            for number in range(1, rounds + 1):
                alone.append(measure_fake(bench))
                for candidate in candidates:
                    print(f"round {number} of {rounds}: {candidate.name}", file=sys.stderr, flush=True)
                    results[candidate.name].append(measure(bench, candidate, number))
    finally:
        stop(fake)
    return results, alone


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Measure the way of an event beside a bare echo.")
    parser.add_argument("--seconds", type=float, default=5, help="of one measurement (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="every candidate in turn (default 3)")
    parser.add_argument("--users", type=int, default=16, help="at once (default 16)")
    parser.add_argument("--latency-ms", type=float, default=0, help="of the fake LINE (default 0)")
    parser.add_argument("--all", action="store_true", help="also PostgreSQL, and the SDK's README on gunicorn")
    options = parser.parse_args()
    candidates = (*CANDIDATES, *(MORE_CANDIDATES if options.all else ()))
    try:
        results, alone = run(candidates, options.seconds, options.rounds, options.users, options.latency_ms)
    except Wrong as wrong:
        print(f"\n!!! WRONG, the numbers are worth nothing !!!\n{wrong}", file=sys.stderr)
        return 1
    print(machine(options.seconds, options.rounds, options.latency_ms, options.users))
    print(table(results, alone, (BARE_ECHO, SILENT_ECHO), options.users))
    return 0


if __name__ == "__main__":
    sys.exit(main())
