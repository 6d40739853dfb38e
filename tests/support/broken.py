"""The toy desk with one thing spoilt, as a fixture of broken_flows/ or broken_content/ says.

    why: A rule speaks of a finding that does not exist.
    file: flows/red_flags.yaml          the file that is spoilt
    change: '{breathless: "yes"}'       text that stands in it exactly once
    into: '{breathles: "yes"}'          what takes its place
    fault: FLOW011                      the one fault that must be found
    at: when: {breathles                the line that must be named, by some text of it in the spoilt file
    reported_in: flows/findings.yaml    only when the fault belongs to another file than the spoilt one
    long: [3000, x]                     only for what is too long: `{long}` in `into` becomes so many of this text

Instead of change and into: `take_out: yes` (the file is missing) or `content: ...` (the whole file, which may be a new
one). `encoding` is how the file is saved. Without `at` the fault concerns a whole file (line 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.desk import load_desk
from bot.errors import FaultsFound
from bot.faults import Fault
from bot.flow.commands import COMMANDS
from bot.library.messages import REQUIRED

TESTS = Path(__file__).parent.parent
TOY = Path(__file__).parent / "toy"


@dataclass(frozen=True)
class Broken:
    """One fixture."""

    name: str
    why: str
    file: str
    fault: str
    at: str | None = None
    change: str | None = None
    into: str | None = None
    content: str | None = None
    take_out: str | None = None
    encoding: str = "utf-8"
    reported_in: str | None = None
    long: tuple[str, str] = ("0", "")

    def spoil(self, desk: Path) -> None:
        """Spoil a copy of the toy desk."""
        path = desk / self.file
        if self.take_out:
            path.unlink()
        elif self.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content.encode(self.encoding))
        else:
            before = path.read_text(encoding="utf-8")
            assert self.change
            assert self.into is not None
            assert before.count(self.change) == 1, f"{self.change!r} stands {before.count(self.change)} times"
            times, text = self.long
            into = self.into.replace("{long}", text * int(times))
            path.write_bytes(before.replace(self.change, into).encode(self.encoding))

    def expected(self, desk: Path) -> tuple[str, str, int]:
        """Id, file and line of the fault that must be found in the spoilt desk."""
        file = self.reported_in or self.file
        if self.at is None:
            return self.fault, file, 0
        lines = (desk / file).read_bytes().decode(self.encoding).splitlines()
        found = [number for number, line in enumerate(lines, start=1) if self.at in line]
        assert len(found) == 1, f"{self.at!r} stands on lines {found}"
        return self.fault, file, found[0]


def read_broken(folder: str) -> list[Broken]:
    """Every fixture of a folder below tests/."""
    fixtures = []
    for path in sorted((TESTS / folder).glob("*.yaml")):
        data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        fixtures.append(Broken(name=path.stem, **data))
    return fixtures


def copy_toy(into: Path) -> Path:
    """A copy of the toy desk, to be spoilt.

    Every message and command that it does not name is added: a message says its id and its placeholders.
    """
    for path in TOY.rglob("*.yaml"):
        target = into / path.relative_to(TOY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    messages = {id: " ".join(["say", id, *(f"{{{name}}}" for name in sorted(names))]) for id, names in REQUIRED.items()}
    _complete(into / "content/ja/messages.yaml", messages)
    _complete(into / "content/ja/commands.yaml", {id: f"{{label: {id}, words: [do {id}]}}" for id in COMMANDS})
    return into


def _complete(path: Path, lines: Mapping[str, str]) -> None:
    given = path.read_text(encoding="utf-8")
    missing = [f"{id}: {text}\n" for id, text in lines.items() if f"\n{id}:" not in given]
    path.write_text(given + "".join(missing), encoding="utf-8")


def faults_of(desk: Path) -> tuple[Fault, ...]:
    """What is wrong with a desk; nothing, if it loads."""
    try:
        load_desk(desk / "flows", desk / "content")
    except FaultsFound as found:
        return found.faults
    return ()


def places(faults: Iterable[Fault]) -> list[tuple[str, str, int]]:
    """Id, file and line of each fault."""
    return [(fault.id, fault.file, fault.line) for fault in faults]
