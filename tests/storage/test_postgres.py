"""What only PostgreSQL does: several processes, deadlocks, lost connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue

import pytest
from sqlalchemy import Connection, insert, text
from support.postgres import Postgres

from bot.errors import StorageError
from bot.storage import workers
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.singletons import Singleton, is_mine
from bot.storage.tables import webhook_events

PATIENCE = 20


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def remember(connection: Connection, id: str) -> None:
    connection.execute(insert(webhook_events), {"id": id, "received_at": 0})


def later(database: Database, work: Callable[[Connection], object]) -> Future[object]:
    """What becomes of a transaction that nobody waits for."""
    future: Future[object] = Future()
    database.transact_later(work, future.set_result, future.set_exception)
    return future


def is_closed(database: Database) -> bool:
    refused = later(database, lambda _: None)
    return refused.done() and isinstance(refused.exception(), StorageError)


def remembered(database: Database) -> set[str]:
    rows = database.read(lambda connection: connection.execute(webhook_events.select()).all())
    return {row.id for row in rows}


def test_a_transaction_whose_connection_is_lost_runs_again(database: Database) -> None:
    tried: list[int] = []

    def work(connection: Connection) -> None:
        tried.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        remember(connection, "E1")
        if len(tried) == 1:
            with database.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": tried[0]})
            connection.execute(text("SELECT 1"))

    database.transact(work)
    assert remembered(database) == {"E1"}
    assert len(set(tried)) == 2


def test_of_two_that_wait_for_each_other_both_are_kept(database: Database) -> None:
    database.transact(lambda connection: [remember(connection, id) for id in ("A", "B")])
    both_hold_one = threading.Barrier(2)
    first_try = threading.local()

    def touch(connection: Connection, id: str) -> None:
        connection.execute(text("UPDATE webhook_events SET received_at = received_at + 1 WHERE id = :id"), {"id": id})

    def work_on(one: str, other: str) -> None:
        def work(connection: Connection) -> None:
            touch(connection, one)
            if not getattr(first_try, "over", False):
                first_try.over = True
                both_hold_one.wait(PATIENCE)
            touch(connection, other)

        database.transact(work)

    threads = [threading.Thread(target=work_on, args=pair) for pair in (("A", "B"), ("B", "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    rows = database.read(lambda connection: connection.execute(webhook_events.select()).all())
    assert [row.received_at for row in rows] == [2, 2]


def test_a_held_lock_ends_in_a_clear_error_instead_of_hanging(database: Database) -> None:
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE webhook_events IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StorageError):
            database.transact(lambda connection: remember(connection, "E1"))
    assert remembered(database) == set()


def test_what_stands_in_one_line_follows_each_other(database: Database) -> None:
    handed_over: list[str] = []
    first_is_in, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        first_is_in.set()
        go_on.wait(PATIENCE)
        handed_over.append("first")

    def enter(id: str, then: Callable[[object], None]) -> None:
        database.transact(lambda connection: remember(connection, id), then, in_line="U1")

    threads = [
        threading.Thread(target=enter, args=("E1", hold)),
        threading.Thread(target=enter, args=("E2", lambda _: handed_over.append("second"))),
    ]
    threads[0].start()
    assert first_is_in.wait(PATIENCE)
    threads[1].start()
    database.transact(lambda connection: remember(connection, "E3"))
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert handed_over == ["first", "second"]


def test_what_nobody_waits_for_is_done_by_threads_of_its_own(database: Database) -> None:
    doing: SimpleQueue[str] = SimpleQueue()
    go_on = threading.Event()

    def hold(connection: Connection) -> None:
        remember(connection, "E1")
        doing.put(threading.current_thread().name)
        go_on.wait(PATIENCE)

    ended = later(database, hold)
    assert doing.get(timeout=PATIENCE) != threading.current_thread().name
    database.transact(lambda connection: remember(connection, "E2"))
    assert remembered(database) == {"E2"}
    go_on.set()
    ended.result(PATIENCE)
    assert remembered(database) == {"E1", "E2"}


def test_what_nobody_waits_for_fails_with_the_same_error(database: Database) -> None:
    ended = later(database, lambda connection: remember(connection, "E1" * 100))
    with pytest.raises(StorageError):
        ended.result(PATIENCE)


def test_when_very_many_wait_the_next_is_refused(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_WAITING", 2)
    go_on = threading.Event()
    with postgres.database() as url:
        database = Database(url)
        held = [later(database, lambda _: go_on.wait(PATIENCE)) for _ in range(20)]
        go_on.set()
        refused = [future for future in held if isinstance(future.exception(PATIENCE), StorageError)]
        database.close()
    assert 0 < len(refused) < 20


def test_what_only_waits_at_the_end_is_left_undone(postgres: Postgres) -> None:
    has_begun, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        has_begun.set()
        go_on.wait(PATIENCE)

    with postgres.database() as url:
        database = Database(url)
        held = [later(database, hold) for _ in range(20)]
        assert has_begun.wait(PATIENCE)
        closing = threading.Thread(target=database.close)
        closing.start()
        while not is_closed(database):
            time.sleep(0.005)
        go_on.set()
        closing.join(PATIENCE)
    assert 0 < len([future for future in held if future.done()]) < 20


def test_processes_that_start_together_migrate_once(postgres: Postgres) -> None:
    with postgres.database(migrated=False) as url:
        databases = [Database(url) for _ in range(3)]
        faults: list[Exception] = []

        def start(database: Database) -> None:
            try:
                migrate(database)
            except StorageError as error:
                faults.append(error)

        threads = [threading.Thread(target=start, args=(database,)) for database in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert faults == []
        databases[0].transact(lambda connection: remember(connection, "E1"))
        assert remembered(databases[0]) == {"E1"}
        for database in databases:
            database.close()


def test_what_one_process_does_the_others_leave_alone_until_its_transaction_ends(database: Database) -> None:
    def ask(connection: Connection) -> bool:
        return is_mine(connection, Singleton.TIDYING)

    with database.engine.begin() as first:
        assert ask(first)
        assert ask(first)
        assert not database.transact(ask)
        assert database.transact(lambda connection: is_mine(connection, Singleton.SEQUENCES))
    assert database.transact(ask)
