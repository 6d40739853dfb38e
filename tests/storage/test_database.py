"""Transactions on SQLite: committed in groups, each on its own when one of the group fails."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, select

from bot.errors import SettingsError, StorageError
from bot.storage import database as module
from bot.storage import group_writer
from bot.storage.database import Database
from bot.storage.tables import webhook_events

PATIENCE = 20.0


def remember(id: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(webhook_events), {"id": id, "received_at": 0})
        return id

    return work


def remembered(path: Path) -> set[str]:
    """What another process sees."""
    connection = sqlite3.connect(path)
    try:
        return {id for (id,) in connection.execute("SELECT id FROM webhook_events")}
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is: these tests are about the one writer of SQLite."""
    return tmp_path / "hizaura.db"


@pytest.fixture
def database_url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is opened from now on waits for a lock for a moment only."""
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 20)


@pytest.fixture
def held_writer(database: Database) -> Iterator[threading.Event]:
    """The writer is busy until the event is set, so that what is submitted meanwhile is one group."""
    busy, go_on = threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        busy.set()
        go_on.wait(PATIENCE)

    holder = threading.Thread(target=database.transact, args=(work,))
    holder.start()
    assert busy.wait(PATIENCE)
    yield go_on
    go_on.set()
    holder.join()


@pytest.fixture
def commits(database: Database) -> list[str]:
    """One entry per commit."""
    seen: list[str] = []
    event.listen(database.engine, "commit", lambda _: seen.append("commit"))
    return seen


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def queued(database: Database) -> int:
    writer = database._writer
    assert writer is not None
    return writer.waiting


def later(
    database: Database, work: Callable[[Connection], str], then: Callable[[str], object] = lambda _: None
) -> Future[str]:
    """What becomes of a transaction that nobody waits for."""
    future: Future[str] = Future()

    def go_on(result: str) -> None:
        then(result)
        future.set_result(result)

    database.transact_later(work, go_on, future.set_exception)
    return future


def is_closed(database: Database) -> bool:
    return later(database, remember("too late")).done()


def test_the_result_comes_back(database: Database) -> None:
    assert database.transact(remember("E1")) == "E1"


def test_the_result_comes_after_the_commit(database: Database, path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(lambda i: database.transact(remember(f"E{i}")) in remembered(path), range(200)))
    assert all(seen)


def test_a_promise_survives_a_power_cut(database: Database) -> None:
    pragmas = {
        name: database.read(lambda connection, name=name: connection.exec_driver_sql(f"PRAGMA {name}").scalar())  # type: ignore[misc]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_waits_together_is_committed_together(
    database: Database, path: Path, held_writer: threading.Event, commits: list[str]
) -> None:
    ids = [f"E{i}" for i in range(20)]
    with ThreadPoolExecutor(20) as threads:
        futures = [threads.submit(database.transact, remember(id)) for id in ids]
        wait_until(lambda: queued(database) == 20)
        held_writer.set()
        assert [future.result(PATIENCE) for future in futures] == ids
    assert len(commits) == 2  # the one that held the writer, and the group
    assert remembered(path) == set(ids)


def test_a_failure_costs_no_neighbour(database: Database, path: Path, held_writer: threading.Event) -> None:
    class Odd(Exception):
        pass

    def fail(connection: Connection) -> str:
        remember("half")(connection)
        raise Odd

    works = {f"E{i}": remember(f"E{i}") for i in range(9)} | {"odd": fail}
    with ThreadPoolExecutor(10) as threads:
        futures = {name: threads.submit(database.transact, work) for name, work in works.items()}
        wait_until(lambda: queued(database) == 10)
        held_writer.set()
        with pytest.raises(Odd):
            futures.pop("odd").result(PATIENCE)
        assert [future.result(PATIENCE) for future in futures.values()] == list(futures)
    assert remembered(path) == set(futures)


def test_a_refusal_of_the_database_costs_no_neighbour(
    database: Database, path: Path, held_writer: threading.Event
) -> None:
    with ThreadPoolExecutor(3) as threads:
        good = threads.submit(database.transact, remember("E1"))
        wait_until(lambda: queued(database) == 1)
        twice = threads.submit(database.transact, remember("E1"))
        other = threads.submit(database.transact, remember("E2"))
        wait_until(lambda: queued(database) == 3)
        held_writer.set()
        assert good.result(PATIENCE) == "E1"
        with pytest.raises(StorageError):
            twice.result(PATIENCE)
        assert other.result(PATIENCE) == "E2"
    assert remembered(path) == {"E1", "E2"}


def test_the_writer_goes_on_after_a_failure(database: Database, path: Path) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            database.transact(lambda _: 1 // 0)
    database.transact(remember("E1"))
    assert remembered(path) == {"E1"}


def test_more_than_one_group_is_no_problem(
    database: Database, held_writer: threading.Event, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_writer, "LARGEST_GROUP", 4)
    with ThreadPoolExecutor(18) as threads:
        futures = [threads.submit(database.transact, remember(f"E{i}")) for i in range(18)]
        wait_until(lambda: queued(database) == 18)
        held_writer.set()
        for future in futures:
            future.result(PATIENCE)
    assert len(remembered(path)) == 18


def test_what_follows_a_commit_happens_in_the_order_of_the_commits(
    database: Database, path: Path, held_writer: threading.Event
) -> None:
    followed: list[tuple[str, bool]] = []

    def follow(id: str) -> None:
        followed.append((id, id in remembered(path)))

    with ThreadPoolExecutor(12) as threads:
        futures = []
        for i in range(12):
            futures.append(threads.submit(database.transact, remember(f"E{i:02}"), follow))
            wait_until(lambda i=i: queued(database) == i + 1)  # type: ignore[misc]
        held_writer.set()
        for future in futures:
            future.result(PATIENCE)
    assert followed == [(f"E{i:02}", True) for i in range(12)]


def test_nothing_follows_a_transaction_that_failed(database: Database) -> None:
    followed: list[object] = []
    with pytest.raises(ZeroDivisionError):
        database.transact(lambda _: 1 // 0, followed.append)
    assert followed == []


def test_whoever_stops_waiting_does_not_stop_it(database: Database, path: Path, held_writer: threading.Event) -> None:
    with pytest.raises(StorageError):
        database.transact(remember("E1"), within=0)
    held_writer.set()
    assert database.transact(remember("E2")) == "E2"
    assert remembered(path) == {"E1", "E2"}


def test_what_nobody_waits_for_comes_behind_what_somebody_waits_for(
    database: Database, path: Path, held_writer: threading.Event
) -> None:
    done: list[str] = []
    behind = [later(database, remember(f"later {i}"), done.append) for i in range(2)]
    with ThreadPoolExecutor(2) as threads:
        now = [threads.submit(database.transact, remember(f"now {i}"), done.append) for i in range(2)]
        wait_until(lambda: queued(database) == 4)
        held_writer.set()
        for future in (*now, *behind):
            future.result(PATIENCE)
    assert [what.split()[0] for what in done] == ["now", "now", "later", "later"]
    assert remembered(path) == set(done)


def test_in_a_crowd_few_of_those_that_nobody_waits_for_come_along(
    database: Database, held_writer: threading.Event, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_writer, "MANY_LATER", 2)
    monkeypatch.setattr(group_writer, "CROWD", PATIENCE)
    done: list[str] = []
    behind = [later(database, remember(f"later {i}"), done.append) for i in range(5)]
    with ThreadPoolExecutor(1) as threads:
        now = threads.submit(database.transact, remember("now"), done.append, within=PATIENCE)
        wait_until(lambda: queued(database) == 6)
        held_writer.set()
        for future in (now, *behind):
            future.result(PATIENCE)
    assert done == ["now", *(f"later {i}" for i in range(5))]
    # The one that held the writer; now and two; two; one.
    assert len(commits) == 4


@pytest.mark.parametrize("is_later", [False, True])
def test_when_very_many_wait_the_next_is_refused(
    database: Database, path: Path, held_writer: threading.Event, monkeypatch: pytest.MonkeyPatch, is_later: bool
) -> None:
    monkeypatch.setattr(group_writer, "MOST_LATER" if is_later else "MOST_WAITING", 2)

    def enter(id: str) -> str:
        if is_later:
            return later(database, remember(id)).result(PATIENCE)
        return database.transact(remember(id))

    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(enter, f"E{i}") for i in range(2)]
        wait_until(lambda: queued(database) == 2)
        with pytest.raises(StorageError):
            enter("late")
        held_writer.set()
        for future in waiting:
            future.result(PATIENCE)
    database.transact(remember("E2"))
    wait_until(lambda: remembered(path) == {"E0", "E1", "E2"})


def test_what_nobody_waits_for_is_left_undone_at_the_end(
    database: Database, path: Path, held_writer: threading.Event
) -> None:
    behind = later(database, remember("later"))
    with ThreadPoolExecutor(2) as threads:
        now = threads.submit(database.transact, remember("now"))
        wait_until(lambda: queued(database) == 2)
        closing = threads.submit(database.close)
        wait_until(lambda: is_closed(database))
        held_writer.set()
        closing.result(PATIENCE)
        now.result(PATIENCE)
    with pytest.raises(StorageError):
        behind.result(PATIENCE)
    assert remembered(path) == {"now"}


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_stays_is_waited_for_once_by_all_together(
    database: Database, path: Path, request: pytest.FixtureRequest
) -> None:
    locker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    request.addfinalizer(locker.close)
    begun: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def _note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            begun.append(statement)

    locked, go_on = threading.Event(), threading.Event()

    def lock(_: str) -> None:
        locker.execute("BEGIN IMMEDIATE")
        locked.set()
        go_on.wait(PATIENCE)

    first = later(database, remember("E0"), lock)
    assert locked.wait(PATIENCE)
    waiting = [later(database, remember(f"E{i}")) for i in range(1, 6)]
    go_on.set()
    assert first.result(PATIENCE) == "E0"
    for future in waiting:
        with pytest.raises(StorageError):
            future.result(PATIENCE)
    assert len(begun) == 2  # the first, and the five together
    locker.execute("ROLLBACK")
    assert database.transact(remember("E9")) == "E9"
    assert remembered(path) == {"E0", "E9"}


def test_readers_do_not_wait_for_the_writer(database: Database, held_writer: threading.Event) -> None:
    assert database.read(lambda connection: connection.execute(select(webhook_events)).all()) == []
    assert not held_writer.is_set()


def test_closing_finishes_what_is_queued(path: Path, database: Database, held_writer: threading.Event) -> None:
    with ThreadPoolExecutor(6) as threads:
        futures = [threads.submit(database.transact, remember(f"E{i}")) for i in range(5)]
        wait_until(lambda: queued(database) == 5)
        closing = threads.submit(database.close)
        held_writer.set()
        closing.result(PATIENCE)
        assert {future.result(PATIENCE) for future in futures} == remembered(path)


def test_a_closed_database_refuses_instead_of_hanging(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    database.close()
    outcome: list[Exception] = []

    def try_it() -> None:
        try:
            database.transact(remember("E1"))
        except StorageError as error:
            outcome.append(error)

    # A thread of its own, so that a hang does not end the tests.
    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(5)
    assert outcome


@pytest.mark.parametrize(
    "url", ["", "hizaura.db", "sqlite", "oracle-of-delphi://x", "mysql://u@h/n", "postgresql+nothing://u@h/n", "://"]
)
def test_a_url_that_means_nothing_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Database(url)
    assert "DATABASE_URL" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
