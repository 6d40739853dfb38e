"""Measure the engine alone: CPU time of loading, stepping, assessing and rendering, without server, disk or network.

``.venv/bin/python -m tests.bench.engine [--blocks N]``; what the numbers mean is in README.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median

from bot.desk import Desk, load_desk
from bot.flow.assessment import assess_conversation
from bot.flow.conversation import Conversation, from_data, to_data
from bot.flow.events import Chose, Event, Typed
from bot.flow.replay import replay
from bot.flow.step import step
from tests.bench.conversations import Step, event_of, planned_conversations
from tests.bench.tables import cpu_model

ROOT = Path(__file__).parent.parent.parent
Work = Callable[[], object]
_BLOCK_NS = 20_000_000
"""One block of calls takes about this much CPU time: far more than the clock's grain."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A conversation just before an event."""

    before: Conversation | None
    event: Event
    now: datetime


def moments(desk: Desk, plan: list[Step]) -> list[Moment]:
    """Play a planned conversation and keep every moment of it."""
    found: list[Moment] = []
    ids: dict[int, str] = {}
    current: Conversation | None = None
    start = datetime.now(UTC)
    for index, planned in enumerate(plan):
        ids[index] = f"01BENCH{index:019}"
        moment = Moment(current, event_of(planned, ids[index], ids), start + timedelta(seconds=20 * index))
        found.append(moment)
        current, _ = step(desk.flow, desk.vocabulary, moment.before, moment.event, moment.now)
    return found


def cpu_us(works: Sequence[Work], blocks: int) -> tuple[float, float, float]:
    """CPU time in microseconds: median, smallest and largest of `blocks` blocks of calls.

    Args:
        works: called one after the other; the time is the mean of them.
        blocks: how many.
    """

    def all_works() -> None:
        for work in works:
            work()

    start = time.process_time_ns()
    all_works()
    once = max(time.process_time_ns() - start, 1)
    calls = max(1, _BLOCK_NS // once)
    measured = []
    for _ in range(blocks):
        start = time.process_time_ns()
        for _ in range(calls):
            all_works()
        measured.append((time.process_time_ns() - start) / calls / len(works) / 1000)
    return median(measured), min(measured), max(measured)


def subjects(desk: Desk) -> Iterator[tuple[str, list[Work]]]:
    """What is measured, by name; the depth of a conversation is the number of answers before the event."""
    plans = planned_conversations(desk)
    longest = moments(desk, max(plans, key=len))
    asked = [moment for moment in longest if moment.before and isinstance(moment.event, (Chose, Typed))]
    for share in (0, 0.25, 0.5, 0.75):
        moment = asked[int(share * len(asked))]
        yield f"step, depth {_depth(moment)} ({type(moment.event).__name__})", [_stepping(desk, moment)]
    yield f"step, depth {_depth(asked[-1])}, the last: outcome", [_stepping(desk, asked[-1])]
    events = [moment for plan in plans for moment in moments(desk, plan)]
    in_words = [moment for moment in events if isinstance(moment.event, Typed) and len(moment.event.text) > 3]
    yield f"step, free text (mean of {len(in_words)})", [_stepping(desk, moment) for moment in in_words]
    yield from _parts(desk, asked[len(asked) // 2], asked[-1])
    yield f"all of it (mean of the {len(events)} events of the load)", [_answering(desk, moment) for moment in events]


def _parts(desk: Desk, middle: Moment, last: Moment) -> Iterator[tuple[str, list[Work]]]:
    """What comes before and after a step."""
    asking, asks = step(desk.flow, desk.vocabulary, middle.before, middle.event, middle.now)
    ended, outcome = step(desk.flow, desk.vocabulary, last.before, last.event, last.now)
    facts = replay(desk.flow, ended, last.now).facts
    stored = json.dumps(to_data(ended), ensure_ascii=False)
    yield f"replay, depth {len(ended.answers)}", [lambda: replay(desk.flow, ended, last.now)]
    yield "assess", [lambda: assess_conversation(desk.flow, facts)]
    yield "a question as JSON", [lambda: desk.renderer.written(asking.id, asks, middle.now)]
    size = len(desk.renderer.written(ended.id, outcome, last.now).encode())
    yield f"the outcome as JSON ({size} bytes)", [lambda: desk.renderer.written(ended.id, outcome, last.now)]
    yield "conversation to JSON", [lambda: json.dumps(to_data(ended), ensure_ascii=False)]
    yield "conversation from JSON", [lambda: from_data(json.loads(stored))]


def _depth(moment: Moment) -> int:
    return len(moment.before.answers) if moment.before else 0


def _stepping(desk: Desk, moment: Moment) -> Work:
    """Without the desk's memory, as for a patient who comes to this process for the first time."""
    return lambda: step(desk.flow, desk.vocabulary, moment.before, moment.event, moment.now)


def _answering(desk: Desk, moment: Moment) -> Work:
    """State from JSON, step with the desk's memory, state and messages to JSON: what an event costs of the engine."""
    stored = json.dumps(to_data(moment.before)) if moment.before else None

    def work() -> None:
        reply = desk.answer(json.loads(stored) if stored else None, moment.event, moment.now)
        json.dumps(reply.state, ensure_ascii=False)

    return work


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the engine alone.")
    parser.add_argument("--blocks", type=int, default=15, help="of about 20 ms of calls each (default 15)")
    blocks = parser.parse_args().blocks
    folders = ROOT / "flows", ROOT / "content"
    desk = load_desk(*folders)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {cpu_model()}; CPU time, median of {blocks} blocks of calls.\n")
    print("| us | median | smallest-largest |\n| --- | --- | --- |")
    loading: list[tuple[str, list[Work]]] = [("load_desk", [lambda: load_desk(*folders)])]
    for name, works in chain(loading, subjects(desk)):
        middle, least, most = cpu_us(works, blocks)
        print(f"| {name} | {middle:.0f} | {least:.0f}-{most:.0f} |", flush=True)


if __name__ == "__main__":
    main()
