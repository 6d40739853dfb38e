"""Events at a rate of their own, whether the server keeps up or not: ``python -m tests.bench.flood``.

Reads one JSON object (see `Order`) and prints one (see `_result`). Every event comes from another user, as after a
broadcast. Events that fall due while every connection waits for its answer go out as soon as one is free; their time
runs from when they were due.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.bench import load
from tests.bench.load import Arrivals, Connection, Run, Sent, quantile, webhook

LATE_MS = 2_000
"""After this LINE counts a webhook as failed (LINE developers documentation, "Check webhook error statistics")."""

ACKNOWLEDGED_WITHIN = 60.0
"""Seconds; what takes longer is counted as not acknowledged."""


@dataclass(frozen=True)
class Order:
    """What to send.

    Args:
        port, fake_port, secret: as in `tests.bench.load.Order`.
        events: how many, in `seconds`.
        connections: at most so many webhooks at once.
        first_user: number of the first user; those that are stored already get the text of `say` answered as ever.
        patience: seconds to wait for the last reply.
    """

    port: int
    fake_port: int
    secret: str
    events: int
    seconds: float
    connections: int
    first_user: int
    patience: float
    say: str = "1"


async def _send(order: Order) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    # An event is done when it is acknowledged; replies are counted as they come.
    as_load = load.Order(order.port, order.fake_port, order.secret, 0, [], order.connections, 0, 0, replies=False)
    run = Run(as_load, 0, 0)
    watcher, arrivals = await loop.create_connection(lambda: Arrivals(run), "127.0.0.1", order.fake_port)
    await arrivals.ready
    waiting: deque[tuple[bytes, Sent, float]] = deque()
    requests = []
    for number in range(order.events):
        token = f"{order.first_user + number:032x}"
        event = run.events[token] = Sent(loop.create_future())
        id = f"01FLOOD{order.first_user + number:019}"
        body = webhook(as_load, {"say": order.say}, order.first_user + number, id, [id], token)
        requests.append((body, event, order.seconds * number / order.events))
    connections = [
        (await loop.create_connection(lambda: Connection(run), "127.0.0.1", order.port))[1]
        for _ in range(order.connections)
    ]
    waiting.extend(requests)
    start = time.monotonic()
    await asyncio.gather(*(_serve(connection, waiting, start) for connection in connections))
    acked_after = time.monotonic() - start
    until = time.monotonic() + order.patience
    while time.monotonic() < until and not all(event.replied for event in run.events.values()):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    watcher.close()
    return _result(run, order, start, acked_after)


async def _serve(connection: Connection, waiting: deque[tuple[bytes, Sent, float]], start: float) -> None:
    """Send over one connection whatever is due next, one request at a time."""
    while waiting:
        body, event, due = waiting.popleft()
        left = start + due - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        connection.send(body, event)
        event.sent = int((start + due) * 1e9)
        done, _ = await asyncio.wait({event.done}, timeout=ACKNOWLEDGED_WITHIN)
        if not done:
            return


def _result(run: Run, order: Order, start: float, acked_after: float) -> dict[str, Any]:
    events = run.events.values()
    acks = sorted((event.acked - event.sent) / 1e6 for event in events if event.acked)
    replies = sorted((event.replied - event.sent) / 1e6 for event in events if event.replied)
    last = max((event.replied for event in events), default=0)
    return {
        "ack_p50": quantile(acks, 0.5),
        "ack_p99": quantile(acks, 0.99),
        "ack_max": acks[-1] if acks else None,
        "late": sum(ack > LATE_MS for ack in acks),
        "acked_after": acked_after,
        "reply_p50": quantile(replies, 0.5),
        "reply_p99": quantile(replies, 0.99),
        "replied_after": last / 1e9 - start,
        "not_acked": order.events - len(acks),
        "without_reply": sum(not event.replies for event in events),
        "replied_twice": sum(event.replies > 1 for event in events),
        "faults": sorted(set(run.faults))[:5],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_send(Order(**json.load(sys.stdin))))))
