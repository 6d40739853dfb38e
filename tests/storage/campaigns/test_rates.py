"""Calls of a second, shared by all processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from bot.storage import rates
from bot.storage.batches import Batch
from bot.storage.database import Database
from tests.storage.campaigns.ledger import PAUSE, Ledger, recipients
from tests.storage.crowd import NOW, admit, names

LATER = NOW + PAUSE


class TestRates:
    def take(self, ledger: Ledger, wanted: int, now: int = NOW) -> int:
        return int(ledger.run(rates.take, "multicast", now, wanted, 190))

    def test_a_second_gives_no_more_than_it_has(self, ledger: Ledger) -> None:
        assert [self.take(ledger, 100, NOW + i) for i in range(3)] == [100, 90, 0]

    def test_the_next_second_begins_anew(self, ledger: Ledger) -> None:
        assert [self.take(ledger, 190, NOW + 999), self.take(ledger, 1, NOW + 999)] == [190, 0]
        assert self.take(ledger, 190, NOW + 1_000) == 190

    def test_a_clock_that_is_behind_does_not_begin_the_second_anew(self, ledger: Ledger) -> None:
        ahead, behind = NOW + 1_000, NOW + 999
        taken = [self.take(ledger, 100, now) for now in (ahead, behind, ahead, behind, ahead)]
        assert sum(taken) == 190

    def test_a_clock_that_is_far_ahead_stops_nobody_for_long(self, ledger: Ledger) -> None:
        self.take(ledger, 190, NOW + 3_600_000)
        assert self.take(ledger, 190) == 190

    def test_kinds_of_calls_do_not_share(self, ledger: Ledger) -> None:
        assert ledger.run(rates.take, "push", NOW, 190, 190) == 190
        assert self.take(ledger, 190) == 190

    @pytest.fixture
    def processes(self, database: Database) -> Iterator[list[Database]]:
        """Several processes on one database, each with a writer of its own."""
        opened = [Database(database.url.render_as_string()) for _ in range(4)]
        yield opened
        for each in opened:
            each.close()

    def test_processes_share_a_second(self, processes: list[Database]) -> None:
        together = threading.Barrier(len(processes))

        def hurry(process: Database) -> int:
            def work(connection: Connection) -> int:
                return rates.take(connection, "multicast", NOW, 7, 190)

            together.wait()
            return sum(process.transact(work) for _ in range(20))

        with ThreadPoolExecutor(len(processes)) as pool:
            assert sum(pool.map(hurry, processes)) == 190

    def test_processes_share_the_batches(self, processes: list[Database], ledger: Ledger, database: Database) -> None:
        admit(database, *names(2_520))
        ledger.prepared()
        ledger.settle(*ledger.lease())
        together = threading.Barrier(len(processes))

        def hurry(process: Database) -> list[Batch]:
            together.wait()
            leased: list[Batch] = []
            for _ in range(5):
                leased += Ledger(process).lease(LATER, owner=str(id(process)), most=1)
            return leased

        with ThreadPoolExecutor(len(processes)) as pool:
            leased = [batch for taken in pool.map(hurry, processes) for batch in taken]
        assert len(recipients(*leased)) == len(set(recipients(*leased))) == 2_500
