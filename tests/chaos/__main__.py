"""Real servers, a LINE with faults, and users; at the end everybody must have been answered once and in order.

``.venv/bin/python -m tests.chaos [--seed N] [--seconds N] [--users N] [--database sqlite|postgresql|both]``. Prints a
table; exits with 1 and keeps everything when something is wrong. What happens is told in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from bot.desk import load_desk
from tests.chaos.people import stories
from tests.chaos.plan import POSTGRESQL, SQLITE
from tests.chaos.run import Order, Outcome, run
from tests.chaos.stores import database_url
from tests.server.processes import ROOT

_MOST_SHOWN = 20


def main() -> int:
    """Run on the databases asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Disturb real servers and check that nobody notices.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="of the plan (default: any)")
    parser.add_argument("--seconds", type=float, default=32, help="of disturbance on each database (default 32)")
    parser.add_argument("--users", type=int, default=1000, help="on each database (default 1000)")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL, "both"), default="both")
    options = parser.parse_args()
    databases = (SQLITE, POSTGRESQL) if options.database == "both" else (options.database,)
    desk = load_desk(ROOT / "flows", ROOT / "content")
    conversations = stories(desk)
    outcomes = {}
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    for database in databases:
        print(f"seed {options.seed}: {database} for {options.seconds:g} s ...", file=sys.stderr, flush=True)
        order = Order(options.seed, database, options.seconds, options.users)
        own = folder / database
        own.mkdir()
        with database_url(database, own) as url:
            outcomes[database] = asyncio.run(run(order, url, own, desk, conversations))
    print(_table(outcomes))
    if not any(outcome.wrong for outcome in outcomes.values()):
        shutil.rmtree(folder)
        return 0
    print(_told(outcomes, options.seed, folder), file=sys.stderr)
    return 1


def _table(outcomes: dict[str, Outcome]) -> str:
    rows = [["", *outcomes]]
    numbers = [outcome.numbers for outcome in outcomes.values()]
    rows += [[name, *(each[name] for each in numbers)] for name in numbers[0]]
    return "\n".join(f"{row[0]:<28}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows)


def _told(outcomes: dict[str, Outcome], seed: int, folder: Path) -> str:
    lines = [f"\nWRONG with --seed {seed}. Logs, databases and history.json are kept in {folder}."]
    for database, outcome in outcomes.items():
        lines += [
            f"{database}: {each.kind}: {each.user} {' '.join(each.about)}" for each in outcome.wrong[:_MOST_SHOWN]
        ]
        if len(outcome.wrong) > _MOST_SHOWN:
            lines.append(f"{database}: and {len(outcome.wrong) - _MOST_SHOWN} more")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
