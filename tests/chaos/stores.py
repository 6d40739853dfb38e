"""The databases: how each is disturbed, and what it holds at the end."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, literal, null, select, union_all
from sqlalchemy.engine import make_url

from bot.storage.database import Database
from bot.storage.tables import exchanges, inbox, outbox, webhook_events
from tests.chaos.history import words_of
from tests.chaos.plan import SQLITE
from tests.chaos.promises import Exchange
from tests.support.postgres import Postgres


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of inbox or outbox, as `table` says; `reason` when it was given up."""

    table: str
    user: str
    attempts: int
    reason: str | None


@contextmanager
def database_url(database: str, folder: Path) -> Iterator[str]:
    """A new database in `folder`."""
    if database == SQLITE:
        yield f"sqlite:///{folder / 'chaos.db'}"
        return
    server = Postgres(folder / "pg")
    try:
        with server.database(migrated=False) as passing:
            # One that is not dropped in the end: it is looked at when something is wrong.
            with _connected(passing) as connection:
                connection.execute("CREATE DATABASE chaos")
            yield make_url(passing).set(database="chaos").render_as_string(hide_password=False)
    finally:
        server.stop()


def hold_lock(url: str, seconds: float) -> None:
    """Write to the SQLite file from outside for so long: nobody else can."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


def cut_connections(url: str, share: float) -> None:
    """End a share of the servers' connections to PostgreSQL."""
    with _connected(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < %s",
            (share,),
        )


def _connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


class Store:
    """Looks into the database of the servers."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def close(self) -> None:
        self._database.close()

    def waiting(self) -> list[Waiting]:
        """Events that wait for an answer, and answers that wait to be sent or were given up."""
        events = select(literal("inbox"), inbox.c.user_id, inbox.c.attempts, null())
        answers = select(literal("outbox"), outbox.c.user_id, outbox.c.attempts, outbox.c.dead_reason)
        both = union_all(events, answers)
        return self._database.read(lambda connection: [Waiting(*row) for row in connection.execute(both)])

    def kept(self) -> dict[str, int]:
        """Every committed event with the moment of its transaction, milliseconds since 1970."""
        wanted = select(webhook_events.c.id, webhook_events.c.received_at)
        return self._database.read(lambda connection: dict(connection.execute(wanted).tuples().all()))

    def exchanges(self) -> Mapping[str, list[Exchange]]:
        """Every user's exchanges in the order of the commits: the user's row is locked in their transactions."""
        wanted = select(exchanges.c.user_id, exchanges.c.at, exchanges.c.said, exchanges.c.answered)

        def work(connection: Connection) -> Mapping[str, list[Exchange]]:
            found: dict[str, list[Exchange]] = defaultdict(list)
            for user, at, said, answered in connection.execute(wanted.order_by(exchanges.c.id)):
                found[user].append(Exchange(at, said, words_of(json.loads(zlib.decompress(answered)))))
            return found

        return self._database.read(work)
