"""The load generator, in its own process: users who send a webhook, wait for the 200 and for the reply, and go on.

``python -m tests.bench.load`` reads one JSON object (see `Order`) and prints one (see `_result`).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from bot.line.postback import answer_data
from tests.bench.processes import cpu_ms, tree

ALL_ANSWERED_WITHIN = 10.0
"""Seconds; an event that takes longer ends the measurement as wrong."""
_LATE = 0.3
"""Seconds in which a second reply to the same event would still be seen."""
_OTHER_THAN_TEXT: dict[str, dict[str, Any]] = {
    "image": {"contentProvider": {"type": "line"}},
    "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"},
}
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """What to measure.

    Args:
        port: of the server; that of the fake LINE to measure the fake itself.
        fake_port: of the fake LINE, which tells of replies.
        secret: channel secret that signs the webhooks.
        pid: of the server, whose CPU time is taken with its children's.
        conversations: see `tests.bench.conversations`.
        users: how many play at the same time, each over a connection of its own.
        warm_up, seconds: how long to play before measuring, and how long to measure.
        replies: whether the server replies at all.
        direct: send replies to the fake LINE instead of webhooks to a server.
        first: number of the first event and user, so that no id is ever used twice.
    """

    port: int
    fake_port: int
    secret: str
    pid: int
    conversations: list[list[dict[str, Any]]]
    users: int
    warm_up: float
    seconds: float
    replies: bool = True
    direct: bool = False
    first: int = 0


@dataclass(slots=True)
class Sent:
    """One event on its way. Times are nanoseconds of CLOCK_MONOTONIC, 0 when it did not happen."""

    done: asyncio.Future[None]
    sent: int = 0
    acked: int = 0
    replied: int = 0
    replies: int = 0


@dataclass(slots=True)
class Run:
    """Everything that was sent, by reply token, and what went wrong."""

    order: Order
    serial: int
    users: int
    events: dict[str, Sent] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def settled(self, event: Sent) -> None:
        """Let the user go on when the event is acknowledged and replied to."""
        if event.acked and (event.replied or not self.order.replies) and not event.done.done():
            event.done.set_result(None)


class Connection(asyncio.Protocol):
    """A keep-alive connection of one user to the server."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._event: Sent | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        if self._event:
            self._run.faults.append("a connection was closed before the answer")

    def send(self, request: bytes, event: Sent) -> None:
        self._event = event
        event.sent = time.monotonic_ns()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        length = _LENGTH.search(self._data, 0, end + 2) if end >= 0 else None
        if not length or len(self._data) < end + 4 + int(length[1]) or not self._event:
            return
        if not self._data.startswith(b"HTTP/1.1 200"):
            self._run.faults.append("the server answered " + self._data[:12].decode("latin-1"))
        self._data, event, self._event = b"", self._event, None
        event.acked = time.monotonic_ns()
        self._run.settled(event)


class Arrivals(asyncio.Protocol):
    """The fake LINE's account of the calls that it got."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._rest = b""
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"GET /arrivals HTTP/1.1\r\nhost: fake\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"reply "):
                _, token, moment = line.decode().split()
                self._arrived(token, int(moment))
            elif line == b"\r":
                self.ready.set_result(None)
            elif not line.startswith((b"HTTP/", b"content-")):
                self._run.faults.append("LINE got a call that is no reply: " + line.decode())

    def _arrived(self, token: str, moment: int) -> None:
        event = self._run.events.get(token)
        if event is None:
            self._run.faults.append("LINE got a reply with an unknown token")
            return
        event.replied = event.replied or moment
        event.replies += 1
        self._run.settled(event)


def webhook(order: Order, step: dict[str, Any], user: int, id: str, began: list[str], token: str) -> bytes:
    """A signed webhook request with one event, as LINE sends it."""
    event: dict[str, Any] = {
        "mode": "active",
        "timestamp": time.time_ns() // 1_000_000,
        "source": {"type": "user", "userId": f"U{user:032x}"},
        "webhookEventId": id,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": token,
    }
    if "tap" in step:
        index, question, option = step["tap"]
        event |= {"type": "postback", "postback": {"data": answer_data(began[index], question, option)}}
    elif "say" in step:
        message = {"type": "text", "id": id, "quoteToken": "q3Plxr4AgKd" * 6, "text": step["say"]}
        event |= {"type": "message", "message": message}
    elif "send" in step:
        message = {"type": step["send"], "id": id, "quoteToken": "q3Plxr4AgKd" * 6, **_OTHER_THAN_TEXT[step["send"]]}
        event |= {"type": "message", "message": message}
    else:
        event |= {"type": "follow", "follow": {"isUnblocked": False}}
    body = json.dumps({"destination": f"U{0:032x}", "events": [event]}, ensure_ascii=False).encode()
    signature = base64.b64encode(hmac.digest(order.secret.encode(), body, "sha256"))
    return _post(b"/callback", body, b"x-line-signature: " + signature + b"\r\nuser-agent: LineBotWebhook/2.0\r\n")


def _reply_call(token: str) -> bytes:
    body = json.dumps({"replyToken": token, "messages": [{"type": "text", "text": "x" * 2000}]}).encode()
    return _post(b"/v2/bot/message/reply", body, b"authorization: Bearer bench\r\n")


def _post(path: bytes, body: bytes, headers: bytes) -> bytes:
    fixed = b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json; charset=utf-8\r\n" % path
    return fixed + headers + b"content-length: %d\r\n\r\n" % len(body) + body


async def _play(run: Run, connection: Connection, until: float) -> None:
    """Play one user after the other over one connection."""
    while time.monotonic() < until and not run.faults:
        user, run.users = run.users, run.users + 1
        ids: list[str] = []
        for step in run.order.conversations[user % len(run.order.conversations)]:
            if time.monotonic() >= until or run.faults:
                return
            run.serial += 1
            token = f"{run.serial:032x}"
            ids.append(f"01BENCH{run.serial:019}")
            event = run.events[token] = Sent(asyncio.get_running_loop().create_future())
            request = _reply_call(token) if run.order.direct else webhook(run.order, step, user, ids[-1], ids, token)
            connection.send(request, event)
            # A reply that never comes is a fault that the count shows; the run must end all the same.
            done, _ = await asyncio.wait({event.done}, timeout=ALL_ANSWERED_WITHIN)
            if not done:
                run.faults.append(f"no answer or no reply within {ALL_ANSWERED_WITHIN:g} s")
                return


async def _measure(order: Order) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    run = Run(order, order.first, order.first)
    watcher, arrivals = await loop.create_connection(lambda: Arrivals(run), "127.0.0.1", order.fake_port)
    await arrivals.ready
    connections = [
        (await loop.create_connection(lambda: Connection(run), "127.0.0.1", order.port))[1] for _ in range(order.users)
    ]
    warm_until = time.monotonic() + order.warm_up
    await asyncio.gather(*(_play(run, connection, warm_until) for connection in connections))
    warmed = len(run.events)
    pids = tree(order.pid)
    cpu, own_cpu, start = cpu_ms(pids), time.process_time(), time.monotonic()
    await asyncio.gather(*(_play(run, connection, start + order.seconds) for connection in connections))
    seconds = time.monotonic() - start
    cpu, own_cpu = cpu_ms(pids) - cpu, time.process_time() - own_cpu
    await asyncio.sleep(_LATE)
    for connection in connections:
        connection.transport.close()
    watcher.close()
    return _result(run, list(run.events.values())[warmed:], seconds, cpu, own_cpu)


def _result(run: Run, events: list[Sent], seconds: float, cpu: float, own_cpu: float) -> dict[str, Any]:
    wanted = 1 if run.order.replies else 0
    everything = run.events.values()
    acks = sorted((event.acked - event.sent) / 1e6 for event in events if event.acked)
    replies = sorted((event.replied - event.sent) / 1e6 for event in events if event.replied)
    return {
        "events": len(events),
        "per_second": len(events) / seconds,
        "cpu_ms": cpu / len(events),
        "load_cpu_ms": own_cpu * 1000 / len(events),
        "ack_p50": quantile(acks, 0.5),
        "ack_p99": quantile(acks, 0.99),
        "reply_p50": quantile(replies, 0.5),
        "reply_p99": quantile(replies, 0.99),
        "all_events": len(everything),
        "not_acked": sum(not event.acked for event in everything),
        "without_reply": sum(event.replies < wanted for event in everything),
        "replied_twice": sum(event.replies > wanted for event in everything),
        "faults": sorted(set(run.faults))[:5],
        "next": max(run.serial, run.users) + 1,
    }


def quantile(ordered: list[float], share: float) -> float | None:
    """The value below which a share of the ordered ones lies; None of none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(Order(**json.load(sys.stdin))))))
