"""Measure a campaign: how long it is prepared, how fast it goes out, and whom it keeps waiting meanwhile.

``.venv/bin/python -m tests.bench.campaign [--recipients N] [--latency-ms N] [--rounds N]``; what the numbers mean is in
README.md. Exits with 1 when somebody did not get the message exactly once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from bot.delivery import policy
from bot.delivery.campaign_sender import CampaignSender
from bot.line.client import LineClient
from bot.logs import configure_logging
from bot.storage import campaigns, patients
from bot.storage.audience import AskedFor, Audience
from bot.storage.console_tables import campaign_batches
from bot.storage.database import Database, Result, Work
from bot.storage.migrate import migrate
from bot.storage.tables import exchanges
from bot.storage.tables import patients as patients_table
from tests.bench.processes import free_port, stop
from tests.bench.tables import cpu_model
from tests.support.daytime import zone_at_noon

ROOT = Path(__file__).parent.parent.parent
LIMIT = 200
"""Multicasts per second that LINE takes."""
WITHIN = 90.0
"""Seconds; a campaign that takes longer ends the measurement as wrong."""
PROBE_EVERY = 0.01
"""Seconds between two transactions of somebody else."""
GUIDEBOOK = "bench"
MESSAGES = [{"type": "text", "text": "膝の裏" * 1_600}]
"""As many bytes as a guidebook."""


class Wrong(Exception):
    """Somebody was left out or got it twice: the numbers are worth nothing."""


class TimedDatabase(Database):
    """Notes how long the statements of each transaction took, in seconds."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.took: list[float] = []

    def transact(self, work: Work[Result], *arguments: Any) -> Result:
        def timed(connection: Connection) -> Result:
            began = time.perf_counter()
            result = work(connection)
            self.took.append(time.perf_counter() - began)
            return result

        return super().transact(timed, *arguments)


class Probe:
    """A patient who writes all the time: how long each event waits for the one writer, in seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.waited: list[float] = []

    def _run(self) -> None:
        while not self._ended.wait(PROBE_EVERY):
            began = time.perf_counter()
            # Not timed as a transaction of the campaign.
            Database.transact(self._database, lambda c: patients.remember_event(c, uuid.uuid4().hex, 0))
            self.waited.append(time.perf_counter() - began)

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def send(path: str, url: str) -> dict[str, float]:
    """Prepare and send the one campaign of a database in this process; what was measured."""
    configure_logging("ERROR")
    policy.FIRST_BATCH_PAUSE = 0
    database = TimedDatabase(f"sqlite:///{path}")
    (id,) = (campaign.id for campaign in database.read(campaigns.latest))
    sender = CampaignSender(database, LineClient(lambda: "bench", url), str(uuid.uuid4()), ZoneInfo(zone_at_noon()))
    before = _memory("VmRSS")
    began = time.perf_counter()
    with Probe(database) as probe:
        sender.start()
        _wait_for(database, id, campaigns.SCHEDULED, campaigns.SENDING, campaigns.DONE)
        prepared, prepared_took, prepared_waited = time.perf_counter(), database.took[:], probe.waited[:]
        _wait_for(database, id, campaigns.DONE)
    sender.stop(5)
    result = {
        "prepared": prepared - began,
        "prepare_longest": max(prepared_took),
        "prepare_p99": _p99(prepared_waited),
        "send_longest": max(database.took[len(prepared_took) :]),
        "send_p99": _p99(probe.waited[len(prepared_waited) :]),
        "wait_longest": max(probe.waited),
        "grown": (_memory("VmHWM") - before) / 1e6,
        **database.read(lambda connection: _ledger(connection, id)),
    }
    database.close()
    return result


def fill(path: str, recipients: int) -> None:
    """A database with patients who opened the guidebook, beside as many who did not, and a campaign for the former."""
    database = Database(f"sqlite:///{path}")
    migrate(database)
    now = time.time_ns() // 1_000_000
    users = [f"U{secrets.token_hex(16)}" for _ in range(2 * recipients)]
    rows = [{"user_id": u, "reference": u[1:13], "added_at": now, "news_at": now, "seen_at": now} for u in users]
    asked = [{"user_id": u, "at": now, "kind": "command", "key": f"guidebook.{GUIDEBOOK}"} for u in users[:recipients]]

    audience = Audience(all=(AskedFor(guidebook=GUIDEBOOK),))

    def work(connection: Connection) -> None:
        connection.execute(insert(patients_table), rows)
        connection.execute(insert(exchanges), asked)
        id = campaigns.add(connection, GUIDEBOOK, None, audience, True, None, now)
        campaigns.confirm(connection, id, 1, MESSAGES, recipients, now, None, now)

    database.transact(work)
    database.close()


def _ledger(connection: Connection, id: int) -> dict[str, float]:
    batch = campaign_batches.c
    row = connection.execute(
        select(func.count(), func.min(batch.first_tried_at), func.sum(batch.attempts)).where(batch.campaign_id == id)
    ).one()
    return {"batches": row[0], "first_lease": row[1] / 1000, "attempts": row[2]}


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else 0.0


def _wait_for(database: Database, id: int, *states: str) -> None:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        campaign = database.read(lambda connection: campaigns.find(connection, id))
        if campaign and campaign.state in states:
            return
        time.sleep(0.02)
    raise Wrong(f"After {WITHIN} s the campaign was not yet {states[0]}.")


def _memory(name: str) -> int:
    """A line of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


@contextlib.contextmanager
def line(latency_ms: float) -> Iterator[str]:
    """A LINE in another process; its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.multicast_line", str(port), str(latency_ms)]
    process = subprocess.Popen(command, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            with contextlib.suppress(URLError, OSError), urlopen(url, timeout=2):
                break
            time.sleep(0.1)
        yield url
    finally:
        stop(process)


def measure(recipients: int, latency_ms: float) -> dict[str, float]:
    """One round, with a process, a database and a LINE of its own.

    Raises:
        Wrong: when somebody did not get it exactly once.
    """
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="hizaura-bench-") as folder,
        line(latency_ms) as url,
        ProcessPoolExecutor(1, mp_context=spawn) as pool,
    ):
        path = f"{folder}/bench.db"
        fill(path, recipients)
        result = pool.submit(send, path, url).result(WITHIN + 60)
        account = json.load(urlopen(f"{url}/account", timeout=10))
    if (account["reached"], account["twice"]) != (recipients, 0):
        raise Wrong(f"Of {recipients} people {account['reached']} were reached, {account['twice']} of them twice.")
    result["sent"] = account["last_answer"] / 1e9 - result["first_lease"]
    result["ratio"] = result["sent"] / (result["batches"] / LIMIT)
    return result | {name: account[name] for name in ("calls", "repeated", "most_in_a_second")}


LINES = {
    "preparing: s": ("prepared", 1, 2),
    "preparing: longest transaction, ms": ("prepare_longest", 1000, 1),
    "preparing: a patient's event waits, p99 ms": ("prepare_p99", 1000, 1),
    "sending: s from the first lease to the last accepted": ("sent", 1, 2),
    "sending: of the time at LINE's limit of 200 a second": ("ratio", 1, 2),
    "sending: longest transaction, ms": ("send_longest", 1000, 1),
    "sending: a patient's event waits, p99 ms": ("send_p99", 1000, 1),
    "sending: calls in the busiest second": ("most_in_a_second", 1, 0),
    "longest that a patient's event waits, ms": ("wait_longest", 1000, 1),
    "memory that the process grows by, MB": ("grown", 1, 1),
}
"""What is measured: key of a result, its factor and its digits."""


def table(rounds: list[dict[str, float]]) -> str:
    """The median of the rounds, their smallest and largest."""
    lines = ["| | median [smallest-largest] |", "| --- | --- |"]
    for name, (key, factor, digits) in LINES.items():
        values = [each[key] * factor for each in rounds]
        middle, least, most = (f"{value:.{digits}f}" for value in (median(values), min(values), max(values)))
        lines.append(f"| {name} | **{middle}** [{least}-{most}] |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Measure how a campaign is prepared and sent.")
    parser.add_argument("--recipients", type=int, default=100_000, help="(default 100000)")
    parser.add_argument("--latency-ms", type=float, default=100, help="of the fake LINE (default 100)")
    parser.add_argument("--rounds", type=int, default=3, help="(default 3)")
    options = parser.parse_args()
    rounds = []
    try:
        for number in range(1, options.rounds + 1):
            print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
            rounds.append(measure(options.recipients, options.latency_ms))
    except Wrong as wrong:
        print(f"\n!!! WRONG, the numbers are worth nothing !!!\n{wrong}", file=sys.stderr)
        return 1
    print(
        f"{date.today()}, {os.cpu_count()} CPUs ({cpu_model()}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.\n{options.recipients} recipients in "
        f"{rounds[-1]['batches']:.0f} multicasts, among {2 * options.recipients} patients; LINE answers after "
        f"{options.latency_ms:g} ms; {options.rounds} rounds.\n"
    )
    print(table(rounds))
    print(f"Everybody got it exactly once; {sum(each['calls'] for each in rounds):.0f} calls.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
