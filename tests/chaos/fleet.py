"""The real servers: started, killed, told to end, and started again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping
from pathlib import Path

from tests.server.processes import Server, free_port, serving

_TRIES = 3
"""Starts before it counts as broken: the database may be taken away in the middle of one."""
_NOTICED_AFTER = 0.5
"""Seconds in which requests still go to a server that is gone."""


class Fleet:
    """Servers on ports of their own, with one database."""

    def __init__(self, folder: Path, settings: Mapping[str, str], size: int, dice: random.Random) -> None:
        self._folder = folder
        self._settings = settings
        self._dice = dice
        self._ports = [free_port() for _ in range(size)]
        self._servers: list[Server | None] = [None] * size
        self._used = [contextlib.ExitStack() for _ in range(size)]
        self._ready = [False] * size
        self.longest_stop = 0.0
        """Seconds from SIGTERM to the end."""
        self.broken: list[str] = []
        """What servers did that they must not."""

    def where(self) -> str:
        """The URL of a server that is ready, as far as is known; of any when none is."""
        ready = [port for port, ready in zip(self._ports, self._ready, strict=True) if ready]
        return f"http://127.0.0.1:{self._dice.choice(ready or self._ports)}"

    async def start_all(self) -> None:
        for number in range(len(self._ports)):
            await self.start(number)

    async def start(self, number: int) -> None:
        """Start a server and wait until it is ready."""
        for left in reversed(range(_TRIES)):
            server = self._used[number].enter_context(
                serving("serve", self._folder, self._settings, self._ports[number])
            )
            self._servers[number] = server
            try:
                await asyncio.to_thread(server.wait_until_ready)
            except AssertionError:
                self._close(number)
                if not left:
                    raise
            else:
                self._ready[number] = True
                return

    def is_ready(self, number: int) -> bool:
        """Whether a server runs, as far as is known."""
        return self._ready[number]

    async def stop(self, number: int, gently: bool, away: float) -> None:
        """End a server, with SIGTERM or SIGKILL to all its processes, and start it again `away` seconds later."""
        server = self._servers[number]
        assert server
        notice = asyncio.get_running_loop().call_later(_NOTICED_AFTER, self._notice, number)
        self._look_after(server)
        if gently:
            await self._terminate(server)
        else:
            await asyncio.to_thread(server.kill)
        await asyncio.sleep(away)
        notice.cancel()
        self._notice(number)
        self._close(number)
        await self.start(number)

    async def end(self) -> None:
        """SIGTERM to all."""
        for number, server in enumerate(self._servers):
            if server:
                self._look_after(server)
                await self._terminate(server)
            self._close(number)

    def close(self) -> None:
        """End whatever is left."""
        for number in range(len(self._ports)):
            self._close(number)

    def _notice(self, number: int) -> None:
        self._ready[number] = False

    async def _terminate(self, server: Server) -> None:
        began = time.monotonic()
        code = await asyncio.to_thread(server.terminate)
        self.longest_stop = max(self.longest_stop, time.monotonic() - began)
        if code:
            self.broken.append(f"exit code {code} after SIGTERM, see {server.output.name}")

    def _look_after(self, server: Server) -> None:
        code = server.process.poll()
        if code is not None:
            self.broken.append(f"ended by itself with {code}, see {server.output.name}")

    def _close(self, number: int) -> None:
        self._used[number].close()
        self._used[number] = contextlib.ExitStack()
        self._servers[number] = None
