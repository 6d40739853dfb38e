"""Advise every vignette and report how well it went: ``make vignettes``.

Prints the figures of each half and writes REPORT.md with every miss. ``--check`` only says whether REPORT.md is as the
program would write it now.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bot.desk import read_folder
from bot.flow.loader import load_flow
from bot.flow.schema import Flow
from tests.vignettes.cases import HALVES, load_vignettes
from tests.vignettes.measuring import Measures, is_explained, levels, measure, misjudged_by
from tests.vignettes.playing import Outcome, play

REPORT = Path(__file__).parent / "REPORT.md"
ROOT = Path(__file__).parent.parent.parent

PUBLISHED = Path(__file__).parent / "published.md"
"""What others measured on other cases, as the table that the report shows beside its own."""


def shipped_flow() -> Flow:
    """The flow that patients get."""
    return load_flow(read_folder(ROOT / "flows"), "flows")


def outcomes(flow: Flow) -> tuple[Outcome, ...]:
    """Every vignette played to its end."""
    return tuple(play(flow, vignette) for vignette in load_vignettes(flow))


def report(played: Sequence[Outcome]) -> str:
    """The whole report as Markdown."""
    halves = {half: [o for o in played if o.vignette.half == half] for half in HALVES}
    lines = ["# How well the vignettes are advised", ""]
    lines += ["Written by `make vignettes`. The labels are explained in [README.md](README.md).", ""]
    lines += [*_figures({half: measure(found) for half, found in halves.items()}), ""]
    lines += ["Beside it, what was published (other cases and questions: an orientation, no contest):", ""]
    lines += [PUBLISHED.read_text(encoding="utf-8")]
    for half, found in halves.items():
        lines += [f"## {half.capitalize()} half", "", *_confusion(measure(found)), "", *_misses(found), ""]
    return "\n".join(lines).rstrip() + "\n"


def _figures(by_half: dict[str, Measures]) -> Iterator[str]:
    yield f"| 95 % intervals in brackets | {' | '.join(by_half)} |"
    yield "|---" * (len(by_half) + 1) + "|"
    rows: list[tuple[str, list[object]]] = [
        ("urgency exactly as labelled", [m.exact for m in by_half.values()]),
        ("too mild", [m.under for m in by_half.values()]),
        ("too urgent", [m.over for m in by_half.values()]),
        ("emergencies found", [m.emergencies_found for m in by_half.values()]),
        ("emergencies left for days", [m.emergencies_left_for_days for m in by_half.values()]),
        ("urgent cases (today or 119) found as urgent", [m.urgent_found for m in by_half.values()]),
        ("right condition explained first", [m.top_1 for m in by_half.values()]),
        ("right condition among the three", [m.top_3 for m in by_half.values()]),
        ("patients offered a tip that could harm them", [m.harmed for m in by_half.values()]),
        ("questions asked, median (least to most)", [_spread(m.questions) for m in by_half.values()]),
        ("questions until an emergency is found", [_spread(m.questions_to_emergency) for m in by_half.values()]),
    ]
    for name, values in rows:
        yield f"| {name} | {' | '.join(str(value) for value in values)} |"


def _spread(counts: Sequence[int]) -> str:
    return f"{median(counts):g} ({counts[0]} to {counts[-1]})" if counts else "–"


def _confusion(measures: Measures) -> Iterator[str]:
    yield f"| labelled ↓ advised → | {' | '.join(levels())} |"
    yield "|---" * (len(levels()) + 1) + "|"
    for label in levels():
        yield f"| {label} | {' | '.join(str(measures.confusion[label, advised] or '') for advised in levels())} |"


def _misses(found: Sequence[Outcome]) -> Iterator[str]:
    """Every patient who was advised otherwise than labelled, offered a harmful tip, or not told what it is."""
    missed = [o for o in found if misjudged_by(o) or o.harmful or not is_explained(o)]
    yield f"{len(missed)} of {len(found)} were missed in something:"
    yield ""
    yield "| patient | labelled | advised | rules | what it is | explained | harmful tips | who would disagree |"
    yield "|---" * 8 + "|"
    for outcome in sorted(missed, key=lambda o: (misjudged_by(o), o.vignette.id)):
        vignette, assessment = outcome.vignette, outcome.assessment
        cells = [
            vignette.id,
            vignette.urgency,
            assessment.urgency if misjudged_by(outcome) else "the same",
            ", ".join(rule.id for rule in assessment.rules),
            ", ".join(vignette.conditions),
            "it is among them" if is_explained(outcome) else ", ".join(outcome.shown),
            ", ".join(sorted(outcome.harmful)),
            vignette.disagree or "",
        ]
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the figures; write or check the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when REPORT.md is out of date")
    arguments = parser.parse_args()
    text = report(outcomes(shipped_flow()))
    print(text.split("## ", 1)[0])
    if arguments.check:
        sys.exit(REPORT.read_text(encoding="utf-8") != text)
    REPORT.write_text(text, encoding="utf-8")
    print(f"Every miss: {REPORT}")


if __name__ == "__main__":
    main()
