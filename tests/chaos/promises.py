"""What the engine answers to what the servers have committed, played anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.desk import DEFAULT_LANGUAGE, Desk, Reply
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


State = dict[str, Any] | None
"""A conversation as it is stored."""
Noted = tuple[tuple[str, Exchange], ...]
"""Events in the order of the commits, each with what the engine answers to it."""


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
    def found(left: frozenset[str], state: State, exchanges: Sequence[Exchange], only_as_noted: bool) -> Noted | None:
        """Which event each exchange is of. Of several in the same millisecond it may be any that was noted so."""
        if not exchanges:
            return ()
        first, *rest = exchanges
        possible = {id: _answer(desk, history, id, state, first.at) for id in sorted(left) if kept[id] == first.at}
        chosen = [id for id, (as_noted, _) in possible.items() if as_noted == first]
        if not only_as_noted:
            chosen = chosen or list(possible)
            if not chosen:
                return found(left, state, rest, only_as_noted)
        for id in chosen:
            reply = possible[id][1]
            later = found(left - {id}, None if reply.forgets else reply.state, rest, only_as_noted)
            if later is not None:
                return ((id, possible[id][0]), *later)
        return None

    left = frozenset(ids)
    noted = found(left, None, exchanges, only_as_noted=True) or found(left, None, exchanges, only_as_noted=False) or ()
    alike: dict[Exchange, set[str]] = defaultdict(set)
    for id, exchange in noted:
        alike[exchange].add(id)
    played = [Promised(id, exchange.words, frozenset(alike[exchange] - {id})) for id, exchange in noted]
    return played + [Promised(id, "") for id in sorted(left - dict(noted).keys())]


def _answer(desk: Desk, history: History, id: str, state: State, at: int) -> tuple[Exchange, Reply]:
    """What the servers would note, and the engine's answer."""
    (incoming,) = read_webhook(webhook_body(BOT, [history.events[id].event])).events
    assert incoming.event
    reply = desk.answer(state, incoming.event, datetime.fromtimestamp(at / 1000, UTC))
    return Exchange(
        at,
        record(desk.flow, desk.tongue(DEFAULT_LANGUAGE), incoming.event, "", reply.effects).said,
        words_of(reply.messages),
    ), reply
