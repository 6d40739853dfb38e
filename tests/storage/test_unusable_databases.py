"""A database that cannot be used: one sentence says so, and the file stays as it was."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.errors import StorageError
from bot.storage import database as module
from bot.storage.database import Database
from bot.storage.migrate import migrate

NOISE = random.Random(5).randbytes(8192)


def write(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE new_table (id)")


def read(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT * FROM sqlite_master").all()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def refuses(attempt: Callable[[], object]) -> None:
    """StorageError in one line that tells what to do."""
    with pytest.raises(StorageError) as refused:
        attempt()
    assert len(str(refused.value).splitlines()) == 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hizaura.db"


@pytest.mark.parametrize(
    "content",
    [NOISE, NOISE[:3], b"SQLite format 3\0" + NOISE, "膝の裏の痛み".encode() * 100],
    ids=["noise", "three bytes", "a header and noise", "text"],
)
def test_a_damaged_file_is_not_touched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with opened(f"sqlite:///{path}") as database:
        refuses(lambda: migrate(database))
        refuses(lambda: database.transact(write))
        refuses(lambda: database.read(read))
    assert path.read_bytes() == content


def test_a_read_only_file_can_be_read_and_not_written(path: Path) -> None:
    with opened(f"sqlite:///{path}") as database:
        migrate(database)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    before = path.read_bytes()
    with opened(f"sqlite:///file:{path}?mode=ro&uri=true") as database:
        refuses(lambda: database.transact(write))
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made(path: Path) -> None:
    path.write_bytes(b"a regular file")
    with opened(f"sqlite:///{path}/below/hizaura.db") as database:
        refuses(lambda: migrate(database))
        refuses(lambda: database.transact(write))
        refuses(lambda: database.read(read))
    assert path.read_bytes() == b"a regular file"


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}") as database:
        refuses(lambda: migrate(database))


def test_a_file_that_another_program_locks(
    path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 50)
    with opened(f"sqlite:///{path}") as database:
        migrate(database)
        other = sqlite3.connect(path, isolation_level=None)
        request.addfinalizer(other.close)
        other.execute("BEGIN EXCLUSIVE")
        refuses(lambda: database.transact(write))
        other.execute("ROLLBACK")
        database.transact(write)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_full_disk_costs_only_what_does_not_fit(database: Database) -> None:
    def limit(pages: int) -> None:
        database.transact(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar())

    def fill(connection: Connection) -> None:
        for i in range(200):
            connection.exec_driver_sql("INSERT INTO webhook_events VALUES (?, 0)", (f"{i:04}" * 20,))

    limit(1)  # Means: no page more than there are.
    refuses(lambda: database.transact(fill))
    assert database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM webhook_events").all()) == []
    limit(1_000_000)
    database.transact(fill)
    assert (
        len(database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM webhook_events").all())) == 200
    )
