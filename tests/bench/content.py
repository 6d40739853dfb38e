"""Measure loading the content store with all its checks, as it is shipped and with ten times the entries.

``.venv/bin/python -m tests.bench.content [--rounds N] [--times N]``; what the numbers mean is in README.md.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from bot.agreement import check_agreement
from bot.desk import read_folder
from bot.errors import FaultsFound
from bot.flow.loader import load_flow
from bot.flow.schema import Flow
from bot.library.library import Library
from bot.library.loader import load_library
from bot.line.gallery import check_limits
from bot.line.rendering import Renderer
from tests.bench.tables import cpu_model

ROOT = Path(__file__).parent.parent.parent
ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
FOLDERS = ("answers", "clinics", "conditions", "guidebooks", "self_care", "treatments")
_SENTENCE_END = re.compile(r"(?=。|\\n)")
_QUOTED = re.compile(r"\"([^\"\n]{2,}[^\x00-\x7f。][^\"\n]*)\"")
_PLAIN = re.compile(r"^(  - |(?:name|question|title): )([^\"\[{\n:]*[^\x00-\x7f][^\"\n:]*)$", re.MULTILINE)


def copies(files: Mapping[str, bytes], times: int) -> dict[str, bytes]:
    """The files with every entry `times` times, each copy under an id and in words of its own."""
    grown = dict(files)
    for number, (path, raw) in enumerate(files.items()):
        folder, _, name = path.rpartition("/")
        if folder in FOLDERS:
            for copy in range(2, times + 1):
                grown[f"{folder}/{name.removesuffix('.yaml')}_{copy}.yaml"] = _reworded(
                    raw.decode(), f"{copy * len(files) + number:x}"
                ).encode()
    return grown


def _reworded(text: str, mark: str) -> str:
    """A mark at every sentence and name: no sentence and no name may stand twice."""
    text = _SENTENCE_END.sub(mark, text)
    text = _QUOTED.sub(rf'"\g<1>{mark}"', text)
    return _PLAIN.sub(rf"\1\g<2>{mark}", text)


def grown_flow(flow: Flow, times: int) -> Flow:
    """The flow with as many conditions and tips as the copies have words for."""
    numbers = range(2, times + 1)
    conditions = {f"{id}_{n}": replace(each, id=f"{id}_{n}") for id, each in flow.conditions.items() for n in numbers}
    tips = {f"{id}_{n}": replace(each, id=f"{id}_{n}") for id, each in flow.tips.items() for n in numbers}
    return replace(flow, conditions={**flow.conditions, **conditions}, tips={**flow.tips, **tips})


def parts(files: Mapping[str, bytes], flow: Flow) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured, by name."""
    library: Library = load_library(files, "ja")
    renderer = Renderer(flow, library, ZONE)
    yield "read, validate, check words and sentences", lambda: load_library(files, "ja")
    yield "agreement with the flow", lambda: check_agreement(flow, library)
    yield "render everything, check LINE's limits", lambda: list(check_limits(renderer, NOW))


def seconds(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of one call: the median of the rounds."""
    measured = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        measured.append(time.process_time() - start)
    return median(measured)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure loading the content store.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=10, help="how many times the entries (default 10)")
    arguments = parser.parse_args()
    flow = load_flow(read_folder(ROOT / "flows"), "flows")
    small = read_folder(ROOT / "content" / "ja")
    large = copies(small, arguments.times)
    try:
        pairs = list(zip(parts(small, flow), parts(large, grown_flow(flow, arguments.times)), strict=True))
    except FaultsFound as found:
        raise SystemExit(f"The copies have {len(found.faults)} faults, the first: {found.faults[0]}") from None
    print(f"{datetime.now(UTC):%Y-%m-%d}, {cpu_model()}; CPU time, median of {arguments.rounds} calls.\n")
    print(f"| ms | {len(small)} files | {len(large)} files | times |\n| --- | --- | --- | --- |")
    totals = [0.0, 0.0]
    for (name, work), (_, more_work) in pairs:
        once, grown = seconds(work, arguments.rounds), seconds(more_work, arguments.rounds)
        totals = [totals[0] + once, totals[1] + grown]
        print(f"| {name} | {once * 1000:.0f} | {grown * 1000:.0f} | {grown / once:.1f} |", flush=True)
    print(f"| the whole store | {totals[0] * 1000:.0f} | {totals[1] * 1000:.0f} | {totals[1] / totals[0]:.1f} |")


if __name__ == "__main__":
    main()
