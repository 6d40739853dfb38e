"""What the engine answers to what the servers have committed, played anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.desk import Desk, Reply
from bot.line.webhook import read_webhook
from bot.record import record
from bot.simulator.webhooks import webhook_body
from tests.chaos.checker import Promised
from tests.chaos.history import BOT, History, words_of


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the servers noted of an event in its transaction.

    Args:
        at: its moment, milliseconds since 1970.
    """

    at: int
    said: str | None
    words: str


def promises(
    desk: Desk, history: History, kept: Mapping[str, int], exchanges: Mapping[str, Sequence[Exchange]]
) -> dict[str, list[Promised]]:
    """Every user's events in the order of the commits, with the engine's answers.

    An event that was kept and not handled, which no exchange tells of, comes last and without words.

    Args:
        kept: moment of every committed event.
        exchanges: of every user, in the order of the commits.
    """
    events: dict[str, list[str]] = defaultdict(list)
    for id in kept:
        events[history.events[id].user].append(id)
    return {user: _played(desk, history, ids, kept, exchanges.get(user, ())) for user, ids in events.items()}


def _played(
    desk: Desk, history: History, ids: list[str], kept: Mapping[str, int], exchanges: Sequence[Exchange]
) -> list[Promised]:
    state: dict[str, Any] | None = None
    left = sorted(ids)
    noted: dict[str, Exchange] = {}
    for exchange in exchanges:
        possible = {id: _answer(desk, history, id, state, exchange.at) for id in left if kept[id] == exchange.at}
        if not possible:
            continue
        # Of several events in the same millisecond, the one that was noted so.
        id = next((id for id, (as_noted, _) in possible.items() if as_noted == exchange), next(iter(possible)))
        noted[id], reply = possible[id]
        state = None if reply.forgets else reply.state
        left.remove(id)
    alike: dict[Exchange, set[str]] = defaultdict(set)
    for id, exchange in noted.items():
        alike[exchange].add(id)
    played = [Promised(id, exchange.words, frozenset(alike[exchange] - {id})) for id, exchange in noted.items()]
    return played + [Promised(id, "") for id in left]


def _answer(desk: Desk, history: History, id: str, state: dict[str, Any] | None, at: int) -> tuple[Exchange, Reply]:
    """What the servers would note, and the engine's answer."""
    (incoming,) = read_webhook(webhook_body(BOT, [history.events[id].event])).events
    assert incoming.event
    reply = desk.answer(state, incoming.event, datetime.fromtimestamp(at / 1000, UTC))
    return Exchange(at, record(desk, incoming.event, "", reply.effects).said, words_of(reply.messages)), reply
