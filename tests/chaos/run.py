"""One run on one database: servers, LINE, users and disturbances, and the checks at the end."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.desk import Desk
from tests.bench.conversations import Step
from tests.chaos.checker import DOUBLE, LOST, MISSING, OUT_OF_ORDER, Wrong, check
from tests.chaos.fleet import Fleet
from tests.chaos.history import History
from tests.chaos.line import USUAL_LATENCY, FaultyLine
from tests.chaos.people import Crowd
from tests.chaos.plan import SERVERS, Disturbance, plan
from tests.chaos.platform import Webhooks
from tests.chaos.promises import promises
from tests.chaos.stores import Store, cut_connections, hold_lock
from tests.server.platform import SECRET

SETTLED_WITHIN = 36.0
"""Seconds after that in which everything must be sent: a lease of somebody who was killed may still run."""
TAKEN_WITHIN = 10.0
"""Seconds after the last fault in which servers must have taken all events."""
NOT_TAKEN, LATE, STUCK, DEAD, REFUSED, BROKEN = (
    "not taken",
    "late 200",
    "stuck",
    "dead",
    "refused by LINE",
    "broken server",
)
KINDS = (LOST, MISSING, DOUBLE, OUT_OF_ORDER, STUCK, DEAD, NOT_TAKEN, LATE, REFUSED, BROKEN)


@dataclass(frozen=True, slots=True)
class Order:
    """What to do.

    Args:
        seconds: how long users write and things go wrong.
    """

    seed: int
    database: str
    seconds: float
    users: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the numbers of the table, and everything that is wrong."""

    numbers: dict[str, str]
    wrong: list[Wrong]


async def run(order: Order, url: str, folder: Path, desk: Desk, stories: list[list[Step]]) -> Outcome:
    """Play it all."""
    return await _Run(order, url, folder, desk, stories).play()


class _Run:
    def __init__(self, order: Order, url: str, folder: Path, desk: Desk, stories: list[list[Step]]) -> None:
        self._order = order
        self._url = url
        self._folder = folder
        self._desk = desk
        self._stories = stories
        self._history = History()
        self._line = FaultyLine(self._history, self._dice("line"))
        self._not_taken: list[str] = []

    async def play(self) -> Outcome:
        await self._line.open()
        settings = {
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": "chaos",
            "LINE_API_BASE_URL": f"http://127.0.0.1:{self._line.port}",
            "DATABASE_URL": self._url,
        }
        fleet = Fleet(self._folder, settings, SERVERS[self._order.database], self._dice("fleet"))
        try:
            await fleet.start_all()
            await self._disturbed(fleet)
            settling = time.monotonic()
            await self._settled()
            settling = time.monotonic() - settling
            await fleet.end()
        finally:
            fleet.close()
            await self._line.close()
            self._history.write(self._folder / "history.json")
        return self._judged(fleet, settling)

    def _dice(self, of: str) -> random.Random:
        return random.Random(f"{self._order.seed} {self._order.database} {of}")

    async def _disturbed(self, fleet: Fleet) -> None:
        """Let users write while things go wrong, and end the faults; every event is then acknowledged or given up."""
        webhooks = Webhooks(self._line, self._history, fleet.where, self._dice("webhooks"))
        crowd = Crowd(self._line, webhooks, self._history, self._stories, self._dice("crowd"))
        self._history.began = time.monotonic()
        try:
            async with asyncio.timeout(self._order.seconds + TAKEN_WITHIN):
                async with asyncio.TaskGroup() as group:
                    group.create_task(crowd.come(self._order.users, self._order.seconds))
                    for disturbance in plan(self._order.seed, self._order.database, self._order.seconds):
                        group.create_task(self._disturb(disturbance, fleet))
                self._line.faults = False
                await webhooks.all_done()
        except TimeoutError:
            self._not_taken = webhooks.not_done()
        finally:
            self._line.faults = False
            await webhooks.close()

    async def _disturb(self, what: Disturbance, fleet: Fleet) -> None:
        await asyncio.sleep(what.at)
        if what.kind in ("kill", "terminate") and not fleet.is_ready(int(what.which)):
            return
        self._note(f"{what.kind} {what.which}")
        match what.kind:
            case "kill" | "terminate":
                await fleet.stop(int(what.which), what.kind == "terminate", what.lasts)
            case "outage":
                await self._outage(str(what.which), what.lasts)
            case "slow":
                self._line.latency = (float(what.which) / 2, float(what.which))
                await asyncio.sleep(what.lasts)
                self._line.latency = USUAL_LATENCY
            case "lock":
                await asyncio.to_thread(hold_lock, self._url, what.lasts)
            case "cut":
                await asyncio.to_thread(cut_connections, self._url, float(what.which))
        self._note(f"end of {what.kind} {what.which}")

    async def _outage(self, sort: str, lasts: float) -> None:
        self._line.outage = sort
        if sort == "refuses":
            await self._line.refuse()
        await asyncio.sleep(lasts)
        if sort == "refuses":
            await self._line.open()
        self._line.outage = None

    async def _settled(self) -> None:
        """Wait until nothing is left to send, but not for ever."""
        with contextlib.closing(Store(self._url)) as store:
            until = time.monotonic() + SETTLED_WITHIN
            while time.monotonic() < until and any(not row.reason for row in await asyncio.to_thread(store.waiting)):
                await asyncio.sleep(0.5)

    def _judged(self, fleet: Fleet, settling: float) -> Outcome:
        with contextlib.closing(Store(self._url)) as store:
            kept, exchanges, waiting = store.kept(), store.exchanges(), store.waiting()
        history = self._history
        acknowledged = {event.id: event.user for event in history.events.values() if event.acknowledged}
        wrong = check(promises(self._desk, history, kept, exchanges), history.answers, acknowledged)
        for row in waiting:
            kind = DEAD if row.reason else STUCK
            wrong.append(Wrong(kind, row.user, (row.table, row.reason or f"{row.attempts} attempts")))
        wrong += [Wrong(NOT_TAKEN, history.events[id].user, (id,)) for id in self._not_taken]
        wrong += [Wrong(LATE, history.events[id].user, (id,)) for id in history.late]
        wrong += [Wrong(REFUSED, "", (str(refusal),)) for refusal in self._line.unexpected_refusals()]
        wrong += [Wrong(BROKEN, "", (what,)) for what in fleet.broken]
        return Outcome(self._numbers(fleet, wrong, len(acknowledged), settling), wrong)

    def _numbers(self, fleet: Fleet, wrong: list[Wrong], acknowledged: int, settling: float) -> dict[str, str]:
        history = self._history
        kinds = Counter(each.kind for each in wrong)
        done = Counter(what.split()[1] for what in history.disturbed)
        return {
            "conversations": str(history.users),
            "events": str(len(history.events)),
            "acknowledged": str(acknowledged),
            "redeliveries": str(history.redeliveries),
            "duplicates sent": str(history.duplicates),
            "kill -9": str(done["kill"]),
            "SIGTERM": str(done["terminate"]),
            "outages of LINE": str(done["outage"]),
            "slow times of LINE": str(done["slow"]),
            "locks held, connections cut": str(done["lock"] + done["cut"]),
            "answers": str(len(history.answers)),
            "of them pushes": str(sum(answer.event is None for answer in history.answers)),
            "longest ack (s)": f"{history.longest_acknowledgement:.2f}",
            "longest stop (s)": f"{fleet.longest_stop:.1f}",
            "all sent after (s)": f"{settling:.1f}",
            **{kind: str(kinds[kind]) for kind in KINDS},
        }

    def _note(self, what: str) -> None:
        self._history.disturbed.append(f"{self._history.now():6.1f} {what}")
