"""What one process puts into the outbox is heard by the others, at the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest
from sqlalchemy import Connection, text
from support.postgres import Postgres

from bot.storage import wake
from bot.storage.database import Database
from bot.storage.wake import WakeListener

PATIENCE = 20


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    with postgres.database() as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def heard(database: Database) -> Iterator[SimpleQueue[str | None]]:
    """Whom the listener was woken for; it hears when the first is there."""
    heard: SimpleQueue[str | None] = SimpleQueue()
    listener = WakeListener(database, heard.put)
    listener.start()
    assert heard.get(timeout=PATIENCE) is None
    yield heard
    listener.stop(PATIENCE)


def telling(user: str) -> Callable[[Connection], None]:
    return lambda connection: wake.notify(connection, user)


def test_another_process_hears_at_the_commit(database: Database, heard: SimpleQueue[str | None]) -> None:
    with database.engine.begin() as connection:
        wake.notify(connection, "U1")
        database.transact(telling("U2"))
        assert heard.get(timeout=PATIENCE) == "U2"
    assert heard.get(timeout=PATIENCE) == "U1"


def test_what_is_rolled_back_is_not_told(database: Database, heard: SimpleQueue[str | None]) -> None:
    with pytest.raises(ZeroDivisionError):
        database.transact(lambda connection: (telling("U1")(connection), 1 // 0))
    database.transact(telling("U2"))
    assert heard.get(timeout=PATIENCE) == "U2"


def test_after_a_lost_connection_it_listens_again_and_looks_for_what_it_missed(
    database: Database, heard: SimpleQueue[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "_LOOK_EVERY_S", 0.01)
    others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    database.transact(lambda connection: connection.execute(text(others)))
    assert heard.get(timeout=PATIENCE) is None
    database.transact(telling("U1"))
    assert heard.get(timeout=PATIENCE) == "U1"


def test_it_takes_no_connection_out_of_the_pool(database: Database, heard: SimpleQueue[str | None]) -> None:
    assert heard.empty()
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_on_sqlite_there_is_nobody_to_hear(empty: Database) -> None:
    woken: list[str | None] = []
    listener = WakeListener(empty, woken.append)
    listener.start()
    empty.transact(telling("U1"))
    listener.stop(PATIENCE)
    assert woken == []
    assert not [thread for thread in threading.enumerate() if thread.name == "wake-listener"]
