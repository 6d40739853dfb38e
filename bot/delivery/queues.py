"""The rows that a process holds: one queue per user, and the users who stand in line for a thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.delivery.breaker import Gates
from bot.storage.outbox import OutboxRow, Via


@dataclass(frozen=True, slots=True)
class Held:
    """A row that this process holds until `lease_until`.

    Args:
        since: seconds of `time.monotonic`, which no clock that is set back can mislead.
    """

    row: OutboxRow
    lease_until: int
    since: float


class Queues:
    """Users stand in line by how the first of their rows goes out. Safe between threads."""

    def __init__(self, gates: Gates, clock: Callable[[], int]) -> None:
        """
        Args:
            gates: what may leave.
            clock: milliseconds since 1970.
        """
        self._gates = gates
        self._clock = clock
        self._changed = threading.Condition()
        self._queues: dict[str, deque[Held]] = {}
        self._lines: dict[Via, deque[str]] = {via: deque() for via in Via}
        self._turn = list(Via)
        self._freed: set[int] = set()
        self._called_for: set[str] = set()
        self._sweeps = False
        self._held_back: list[tuple[OutboxRow, int]] = []
        self._is_closing = False
        self._is_closed = False
        self.held = 0
        """Rows in memory, with those on their way."""

    def put(self, rows: Iterable[OutboxRow], lease_until: int, taken_over: bool) -> None:
        """Take in rows, in order.

        Args:
            taken_over: whether they come from a sweep. Another row that lost its lease meanwhile is left to the sweeps.
        """
        with self._changed:
            for row in rows:
                if self._sweeps and not taken_over:
                    self._held_back.append((row, lease_until))
                else:
                    self._take_in(row, lease_until, taken_over)

    @contextmanager
    def sweep(self) -> Iterator[None]:
        """While a sweep takes rows over and puts them here, newer rows wait: one of the same user may have been
        promised behind a row that is taken over and not here yet.
        """
        with self._changed:
            self._sweeps = True
        try:
            yield
        finally:
            with self._changed:
                self._sweeps = False
                for row, lease_until in self._held_back:
                    self._take_in(row, lease_until, taken_over=False)
                self._held_back.clear()

    def next(self) -> tuple[Held, Via] | None:
        """Wait for a row that may leave, and have it counted as left; None when there will be none any more."""
        with self._changed:
            while not self._is_closed:
                via = self._may_leave()
                if via is not None:
                    return self._queues[self._lines[via].popleft()][0], via
                if self._is_closing:
                    return None
                self._changed.wait()
            return None

    def done(self, user_id: str, freed: frozenset[int] | None) -> bool:
        """The first row of a user is dealt with.

        Args:
            freed: None when the later ones may follow; otherwise they wait behind it in the database, and these have
                lost their leases.

        Returns:
            Whether the user may have more rows waiting in the database.
        """
        with self._changed:
            queue = self._queues[user_id]
            if freed is None:
                queue.popleft()
                self.held -= 1
                if queue:
                    self._line_up(queue[0].row)
                    return False
            self._forget(user_id, freed or frozenset())
            return self._was_called_for(user_id)

    def call_for(self, user_id: str) -> bool:
        """Remember to look for later rows of a user. False when none is held here, so that now is the time."""
        with self._changed:
            if user_id not in self._queues:
                return False
            self._called_for.add(user_id)
            return True

    def look_again(self) -> None:
        """More may leave than before."""
        with self._changed:
            self._changed.notify_all()

    def has_any_in(self, via: Via) -> bool:
        """Whether rows stand in line that would leave so."""
        return bool(self._lines[via])

    def step_aside(self, vias: Iterable[Via]) -> list[str]:
        """Users whose first row would leave so stand in line no longer: `line_up_again` or `drop` them."""
        with self._changed:
            users = [user_id for via in vias for user_id in self._lines[via]]
            for via in vias:
                self._lines[via].clear()
            return users

    def line_up_again(self, user_ids: Sequence[str]) -> None:
        """As if they had never stepped aside."""
        with self._changed:
            for user_id in user_ids:
                self._line_up(self._queues[user_id][0].row)

    def drop(self, user_ids: Sequence[str], freed: frozenset[int]) -> None:
        """All rows of users who stepped aside are given back.

        Args:
            freed: ids of the rows, with those that were not handed over yet.
        """
        with self._changed:
            held = {item.row.id for user_id in user_ids for item in self._queues[user_id]}
            self._freed |= freed - held
            for user_id in user_ids:
                self._forget(user_id, frozenset())
                self._was_called_for(user_id)

    def close(self) -> None:
        """`next` waits no longer, and ends when nothing can leave."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()

    def end(self) -> None:
        """`next` gives nothing any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _take_in(self, row: OutboxRow, lease_until: int, taken_over: bool) -> None:
        was_freed = row.id in self._freed
        self._freed.discard(row.id)
        if was_freed and not taken_over:
            return
        self.held += 1
        if taken_over:
            # Those behind it were left where they are.
            self._called_for.add(row.user_id)
        held = Held(row, lease_until, time.monotonic())
        queue = self._queues.get(row.user_id)
        if queue is not None:
            queue.append(held)
            return
        self._queues[row.user_id] = deque((held,))
        self._line_up(row)

    def _may_leave(self) -> Via | None:
        if not any(self._lines.values()):
            return None
        now = self._clock()
        for via in self._turn:
            if self._lines[via] and self._gates.enter(via, now):
                # Neither kind may starve the other.
                self._turn.reverse()
                return via
        return None

    def _line_up(self, row: OutboxRow) -> None:
        self._lines[row.via(self._clock())].append(row.user_id)
        self._changed.notify()

    def _forget(self, user_id: str, freed: frozenset[int]) -> None:
        queue = self._queues.pop(user_id)
        self.held -= len(queue)
        self._freed |= freed - {item.row.id for item in queue}

    def _was_called_for(self, user_id: str) -> bool:
        was_called_for = user_id in self._called_for
        self._called_for.discard(user_id)
        return was_called_for
