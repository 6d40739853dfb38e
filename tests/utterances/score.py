"""How well messages are understood: counts over utterances and what was read in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.utterances.corpus import Utterance


@dataclass(frozen=True)
class Score:
    """Shares of a set of utterances.

    Args:
        messages: how many.
        danger_recall: of the dangerous ones, how many are seen.
        false_alarms: of the harmless ones, how many are taken for dangerous.
        intent: how many intents are right.
        precision, recall: of findings with their polarity; what a label leaves open counts neither way.
    """

    messages: int
    danger_recall: float
    false_alarms: float
    intent: float
    precision: float
    recall: float

    def __str__(self) -> str:
        return (
            f"{self.messages:4} messages: danger recall {self.danger_recall:.1%}, "
            f"false alarms {self.false_alarms:.1%}, intent {self.intent:.1%}, "
            f"findings precision {self.precision:.1%}, recall {self.recall:.1%}"
        )


def score(utterances: Iterable[Utterance], read: Mapping[str, Mapping[str, Any]]) -> Score:
    """The score of what was read.

    Args:
        utterances: at least one.
        read: id to the output of `app.py read`.
    """
    everything = list(utterances)
    dangerous = [u for u in everything if u.danger]
    harmless = [u for u in everything if not u.danger]
    right = wrong = missed = 0
    for utterance in everything:
        found = set(read[utterance.id]["findings"])
        right += len(found & utterance.findings)
        wrong += len(found - utterance.findings - utterance.maybe)
        missed += len(utterance.findings - found)
    return Score(
        len(everything),
        _share(sum(read[u.id]["danger"] for u in dangerous), len(dangerous)),
        _share(sum(read[u.id]["danger"] for u in harmless), len(harmless)),
        _share(sum(read[u.id]["intent"] == u.intent for u in everything), len(everything)),
        _share(right, right + wrong),
        _share(right, right + missed),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
