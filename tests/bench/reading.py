"""Measure reading messages in free words: time per message, and what the lexicon adds at the start.

``.venv/bin/python -m tests.bench.reading [--rounds N]``; what the numbers mean is in README.md.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from bot.desk import Desk, load_desk
from bot.reading_command import reading_of
from tests.bench.tables import cpu_model
from tests.utterances.corpus import utterances

ROOT = Path(__file__).parent.parent.parent
SHORT = range(20, 41)
"""Characters of a usual message: about 30."""
LONGEST = 5000
WARM_UP = 200


def times_of(desk: Desk, texts: list[str], rounds: int) -> list[float]:
    """Milliseconds per message, everything that `app.py read` does with it, sorted."""
    for text in texts[:WARM_UP]:
        reading_of(text, desk)
    taken = []
    for _ in range(rounds):
        for text in texts:
            began = time.perf_counter()
            reading_of(text, desk)
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def compiling(desk: Desk) -> tuple[float, float]:
    """Seconds and megabytes that compiling the words of a language takes, beside the desk that is there already."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    lexicon, quantities = desk.library.lexicon.compiled(), desk.library.lexicon.quantities.compiled()
    seconds = time.perf_counter() - began
    del lexicon, quantities
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    desk = load_desk(ROOT / "flows", ROOT / "content", ZoneInfo("Asia/Tokyo"))
    seconds, megabytes = compiling(desk)
    texts = [utterance.text for utterance in utterances()]
    short = [text for text in texts if len(text) in SHORT]
    print(cpu_model())
    print(f"compiling the lexicon: {seconds:.2f} s, {megabytes:.0f} MB more")
    taken = times_of(desk, short, rounds)
    p99 = taken[len(taken) * 99 // 100]
    print(f"{len(short)} messages of 20-40 characters: median {median(taken):.2f} ms, p99 {p99:.2f} ms")
    everything = "".join(texts)[:LONGEST]
    print(f"a message of {LONGEST} characters: {median(times_of(desk, [everything], rounds)):.0f} ms")


if __name__ == "__main__":
    main()
