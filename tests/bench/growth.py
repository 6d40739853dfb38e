"""Does it stay as fast with a million patients? ``python -m tests.bench.growth [--users N ...] [--rate N]``.

Databases are filled directly: patients with a finished conversation, exchanges, webhook events and tags. Then stored
patients write at a moderate rate. Exits with 1 when an event was lost or answered twice.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bot.desk import Desk, load_desk
from bot.flow.events import Followed, Typed
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.bench.burst import flood
from tests.bench.event_path import CANDIDATES, ROOT, Wrong, running, wait_until_ready
from tests.bench.processes import free_port, stop
from tests.bench.tables import rows, spread, surroundings

EXCHANGES = 3
"""Per patient."""
_AT_ONCE = 20_000


def fill(path: Path, desk: Desk, users: int) -> None:
    """A database with `users` patients in it."""
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    state, answered = _typical(desk)
    now = time.time_ns() // 1_000_000
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, users, _AT_ONCE):
            _add(connection, range(first, min(first + _AT_ONCE, users)), state, answered, now)
            connection.commit()


def _typical(desk: Desk) -> tuple[str, bytes]:
    """State and answer of somebody who has begun, as they are stored."""
    now = datetime.now(UTC)
    first = desk.answer(None, Followed("C", is_unblocked=False), now)
    second = desk.answer(first.state, Typed("E", "1"), now)
    return json.dumps(second.state, ensure_ascii=False), zlib.compress(second.written.encode(), level=1)


def _add(connection: sqlite3.Connection, numbers: range, state: str, answered: bytes, now: int) -> None:
    def insert(table: str, columns: str, values: Iterator[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * (columns.count(",") + 1))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)

    def user(number: int) -> str:
        return f"U{number:032x}"

    # Spread over half a year, which is how long conversations are kept.
    at = {number: now - (number * 7_919) % (180 * 24 * 3_600_000) for number in numbers}
    insert(
        "patients",
        "user_id, conversation_id, added_at, reference, language, seen_at",
        ((user(n), f"C{n}", at[n], f"{n:012x}", "ja", at[n]) for n in numbers),
    )
    insert(
        "conversations",
        "id, user_id, state, started_at, updated_at, open_question",
        ((f"C{n}", user(n), state.replace('"C"', f'"C{n}"'), at[n], at[n], "chest") for n in numbers),
    )
    insert(
        "exchanges",
        "user_id, at, kind, key, understood, said, answered",
        ((user(n), at[n], "typed", "chest", True, "1", answered) for n in numbers for _ in range(EXCHANGES)),
    )
    insert("webhook_events", "id, received_at", ((f"E{n}", at[n]) for n in islice(numbers, 0, None, 4)))
    insert("patient_tags", "user_id, tag, set_at", ((user(n), "over_60", at[n]) for n in islice(numbers, 0, None, 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure with many stored patients.")
    parser.add_argument("--users", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--rate", type=int, default=100, help="events a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2, help="every size in turn (default %(default)s)")
    given = parser.parse_args()
    fake_port = free_port()
    fake = subprocess.Popen([sys.executable, "-m", "tests.bench.fake_line", str(fake_port), "0"], cwd=ROOT)
    desk = load_desk(ROOT / "flows", ROOT / "content")
    measured: dict[int, list[dict[str, Any]]] = {users: [] for users in given.users}
    filled: dict[int, tuple[float, float]] = {}
    try:
        wait_until_ready(fake, f"http://127.0.0.1:{fake_port}/", Path(os.devnull))
        with tempfile.TemporaryDirectory(prefix="hizaura-bench-") as folder:
            for users in given.users:
                place = Path(folder) / str(users)
                place.mkdir()
                print(f"filling in {users} patients", file=sys.stderr, flush=True)
                begun = time.monotonic()
                fill(place / "bench.db", desk, users)
                filled[users] = time.monotonic() - begun, (place / "bench.db").stat().st_size / 1e6
            for number in range(given.rounds):
                for users in given.users:
                    print(f"round {number + 1}: {users} patients", file=sys.stderr, flush=True)
                    measured[users].append(_measure(Path(folder) / str(users), fake_port, users, number, given))
    except Wrong as error:
        sys.exit(f"Wrong, so there are no numbers: {error}")
    finally:
        stop(fake)
    names = ("ack_p50", "ack_p99", "reply_p50", "reply_p99")
    told = [
        (
            f"{users:,}",
            f"{filled[users][1]:.0f}",
            *(spread([each[name] for each in measured[users]], 2) for name in names),
        )
        for users in given.users
    ]
    print(surroundings())
    print(f"{given.rate} events/s of stored patients for {given.seconds:g} s, {given.rounds} rounds; SQLite, ms.\n")
    print(rows(("stored patients", "MB", "acknowledged p50", "p99", "reply p50", "p99"), told))
    longest = max(given.users)
    print(f"Filling in {longest:,} took {filled[longest][0]:.0f} s.")


def _measure(folder: Path, fake_port: int, users: int, number: int, given: argparse.Namespace) -> dict[str, Any]:
    events = int(given.rate * given.seconds)
    with running(CANDIDATES[0], fake_port, folder) as (_, port):
        order = {"port": port, "fake_port": fake_port, "connections": 32}
        flood(events=100, seconds=1.0, first_user=10_000_000 + number * 1_000, **order)
        # Somewhere among the stored ones, and other ones in every round.
        first = (number * events) % max(users - events, 1)
        return flood(events=events, seconds=given.seconds, first_user=first, **order)


if __name__ == "__main__":
    main()
