"""LINE's webhooks: several users' events in one request, delivered again without a 200 in time, some twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bot.simulator.webhooks import redelivered, sign, webhook_body
from tests.chaos.history import BOT, Delivered, History
from tests.chaos.line import FaultyLine
from tests.server.platform import SECRET

DEADLINE = 2.0
"""Seconds for a 200 (LINE developers documentation, "Check webhook error statistics")."""
GIVES_UP = 0.005
"""The share of failed deliveries after which LINE does not try again; it does not disclose how often it does."""
_PAUSE = (0.5, 3.0)
_MOST_AT_ONCE = 6
_DELIVERERS = 24


class Webhooks:
    """Delivers events. `send` them from the loop."""

    def __init__(self, line: FaultyLine, history: History, where: Callable[[], str], dice: random.Random) -> None:
        """
        Args:
            where: the URL of a server to deliver to now.
        """
        self._line = line
        self._history = history
        self._where = where
        self._dice = dice
        self._waiting: asyncio.Queue[tuple[Delivered, bool]] = asyncio.Queue()
        self._done: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        timeout = aiohttp.ClientTimeout(total=20)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        for _ in range(_DELIVERERS):
            self._go(self._deliver_for_ever())

    def send(self, event: Delivered) -> asyncio.Event:
        """Deliver a new event. The result is set when it is acknowledged, or given up."""
        self._history.events[event.id] = event
        self._done[event.id] = asyncio.Event()
        self._waiting.put_nowait((event, False))
        if self._dice.random() < 0.02:
            # The network delivers it twice at the same time.
            self._duplicate(event)
        return self._done[event.id]

    async def all_done(self) -> None:
        """Wait until every event is acknowledged or given up, and the last duplicates are delivered."""
        for done in list(self._done.values()):
            await done.wait()
        while len(self._tasks) > _DELIVERERS or not self._waiting.empty():
            await asyncio.sleep(0.1)

    def not_done(self) -> list[str]:
        """Events that were neither acknowledged nor given up."""
        return [id for id, done in self._done.items() if not done.is_set()]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def _go(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_for_ever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            if self._dice.random() < 0.3:
                most = self._dice.randint(2, _MOST_AT_ONCE)
                while len(batch) < most and not self._waiting.empty():
                    batch.append(self._waiting.get_nowait())
                self._dice.shuffle(batch)
            await self._deliver(batch)

    async def _deliver(self, batch: list[tuple[Delivered, bool]]) -> None:
        events = [event for event, _ in batch]
        for event in events:
            event.deliveries += 1
            self._line.received(event.event["replyToken"])
        body = webhook_body(BOT, [redelivered(event.event) if again else event.event for event, again in batch])
        request = asyncio.create_task(self._post(body))
        await asyncio.wait({request}, timeout=DEADLINE)
        if request.done() and request.result():
            for event in events:
                self._acknowledged(event)
            return
        if not request.done():
            self._go(self._watch_late(request, events))
        for event in events:
            self._go(self._deliver_again(event))

    async def _post(self, body: bytes) -> bool:
        """Whether the server answered 200."""
        headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": sign(SECRET, body)}
        began = time.monotonic()
        try:
            async with self._session.post(f"{self._where()}/callback", data=body, headers=headers) as response:
                if response.status != 200:
                    return False
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        took = time.monotonic() - began
        self._history.longest_acknowledgement = max(self._history.longest_acknowledgement, took)
        return True

    async def _watch_late(self, request: asyncio.Task[bool], events: list[Delivered]) -> None:
        if await request:
            self._history.late += [event.id for event in events]

    async def _deliver_again(self, event: Delivered) -> None:
        if event.acknowledged:
            return
        if self._dice.random() < GIVES_UP:
            self._done[event.id].set()
            return
        await asyncio.sleep(self._dice.uniform(*_PAUSE))
        self._history.redeliveries += 1
        self._waiting.put_nowait((event, True))

    def _acknowledged(self, event: Delivered) -> None:
        if not event.acknowledged and self._dice.random() < 0.05:
            self._go(self._deliver_later(event))
        event.acknowledged = True
        self._done[event.id].set()

    async def _deliver_later(self, event: Delivered) -> None:
        await asyncio.sleep(self._dice.uniform(0, 5))
        self._duplicate(event)

    def _duplicate(self, event: Delivered) -> None:
        self._history.duplicates += 1
        self._waiting.put_nowait((event, False))
