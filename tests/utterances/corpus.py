"""The corpus: every invented message with what must be understood in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Utterance:
    """One message and its labels; see README.md beside this file."""

    id: str
    text: str
    intent: str
    danger: bool
    findings: frozenset[str]
    maybe: frozenset[str] = frozenset()

    @property
    def is_only_reported(self) -> bool:
        """Whether it belongs to the third that nobody works on."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 3 == 0


def utterances() -> tuple[Utterance, ...]:
    """All of them, in the order of the files."""
    found = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                data = json.loads(line)
                findings, maybe = frozenset(data["findings"]), frozenset(data.get("maybe", ()))
                found.append(Utterance(data["id"], data["text"], data["intent"], data["danger"], findings, maybe))
    return tuple(found)
