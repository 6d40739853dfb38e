"""No fault that the program can report goes without an example."""

from __future__ import annotations

import re
from pathlib import Path

from support.broken import read_broken

TESTS = Path(__file__).parent.parent
BOT = TESTS.parent / "bot"
FAULT_ID = re.compile(r'"((?:YAML|FLOW|LIB|BOTH|LINE|READY)\d{3})"')


def test_every_fault_id_of_the_program_has_a_fixture() -> None:
    reported = {id for path in BOT.rglob("*.py") for id in FAULT_ID.findall(path.read_text(encoding="utf-8"))}
    shown = {broken.fault for folder in ("broken_flows", "broken_content") for broken in read_broken(folder)}
    # What is open is no fault of a file, and what a further language lacks takes nothing from the first one.
    for elsewhere in ("library/test_readiness.py", "test_languages.py"):
        shown |= set(FAULT_ID.findall((TESTS / elsewhere).read_text(encoding="utf-8")))
    assert reported
    assert reported <= shown
