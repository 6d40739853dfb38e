"""A sender at work: its outbox, its clock, and the LINE that it calls."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from sqlalchemy import select

from bot.delivery import policy
from bot.delivery.sender import Sender
from bot.storage import outbox
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.tables import outbox as table
from tests.delivery.doubles import PATIENCE, FakeClock, RecordingLine, wait_until, words

ME = "me"


class _Sender(Sender):
    """Tells when it has looked for rows to take over."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.swept = threading.Event()

    def sweep_once(self) -> int:
        taken = super().sweep_once()
        self.swept.set()
        return taken


class Office:
    """What the tests of the sender talk to. Call `start` before anything is to be sent."""

    def __init__(self, database: Database, threads: int = 32, owner: str = ME, beside: Office | None = None) -> None:
        """
        Args:
            beside: another process on the same database, with the same clock and the same LINE.
        """
        self.database = database
        self.clock: FakeClock = beside.clock if beside else FakeClock()
        self.line: RecordingLine = beside.line if beside else RecordingLine()
        self.sender = _Sender(database, self.line, owner, threads, self.clock)
        self._started = False

    def start(self) -> None:
        """Start the sender, and wait until its sweeper has looked once."""
        self._started = True
        self.sender.start()
        assert self.sender.swept.wait(PATIENCE)

    def close(self) -> None:
        self.line.let_go()
        if self._started:
            self.sender.stop(PATIENCE)
        self.database.close()

    def promise(
        self, text: str, user: str = "U1", owner: str | None = ME, token: str | None = "", **other: int
    ) -> OutboxRow | None:
        """Commit a row as the answer to an event of now; its reply token is ``token-<text>``.

        Args:
            owner: None when the process has no room for it.
        """
        now = self.clock()
        times = {
            "reply_until": now + policy.REPLY_WINDOW,
            "retry_until": now + policy.RETRY_KEY_LIFE,
            "lease_until": now + policy.LEASE,
        } | other
        return self.database.transact(
            lambda connection: outbox.add(
                connection,
                user,
                words(text),
                reply_token=f"token-{text}" if token == "" else token,
                retry_key=str(uuid.uuid4()),
                owner=owner,
                now=now,
                lease_until=times["lease_until"] if owner else None,
                reply_until=times["reply_until"],
                retry_until=times["retry_until"],
            )
        )

    def answer(self, text: str, user: str = "U1", **other: Any) -> OutboxRow | None:
        """Promise a row and hand it to the sender, as the reception does."""
        row = self.promise(text, user, **other)
        if row:
            self.sender.put([row], other.get("lease_until", self.clock() + policy.LEASE))
        return row

    def receive(self, text: str, user: str = "U1") -> None:
        """As the reception does: without a lease when there is no room, and the sweeper hears of it."""
        if self.answer(text, user, owner=ME if self.sender.has_room() else None) is None:
            self.sender.wake(user)

    def sweep(self) -> None:
        self.sender.sweep_once()

    def later(self, milliseconds: int) -> None:
        """The sweeper looks after so much time, and what it takes is dealt with."""
        self.clock.advance(milliseconds)
        self.sweep()
        self.wait_until_idle()

    def sweep_until_empty(self, milliseconds: int) -> None:
        """The sweeper looks again and again, so much time apart, as it does for as long as rows are left."""

        def looked() -> bool:
            self.later(milliseconds)
            return not self.rows()

        wait_until(looked)

    def rows(self) -> list[Any]:
        return list(self.database.read(lambda c: c.execute(select(table).order_by(table.c.id)).all()))

    def wait_until_empty(self) -> None:
        wait_until(lambda: not self.rows())

    def wait_until_postponed(self, times: int = 1) -> None:
        wait_until(lambda: any(row.attempts >= times and row.lease_owner is None for row in self.rows()))
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Nothing is left in the memory of the sender."""
        wait_until(lambda: not self.sender.held)

    def wait_until_dead(self) -> str:
        wait_until(lambda: any(row.dead_reason for row in self.rows()))
        self.wait_until_idle()
        return next(str(row.dead_reason) for row in self.rows() if row.dead_reason)
