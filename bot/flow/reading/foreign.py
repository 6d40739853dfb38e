"""Danger in a language that no conversation is offered in: patterns, and the words that may deny them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.flow.reading.form import MARKS
from bot.flow.reading.lexicon import Found, Hits, Lexicon, WordSource

LONGEST_READ = 1500
"""Characters in which patterns are looked for; phrases are looked for in all of a message."""
_BEHIND, _BEFORE, _OTHERS = "negation_behind", "negation_before", "others"
_REACH_BEHIND, _REACH_BEFORE = 4, 14
"""Characters within which a word of denial may turn a sign round."""


@dataclass(frozen=True, slots=True)
class ForeignReading:
    """What was found.

    Args:
        stated: references of danger signs.
        unclear: those that a word close by may have turned round.
        is_about_others: whether somebody else is spoken of.
    """

    stated: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    is_about_others: bool = False


class ForeignReader:
    """Finds danger signs by patterns of one language. Immutable once made; safe between threads.

    Args:
        sets: name to words that can stand for each other.
        patterns: finding reference to phrases, as in a lexicon.
        negations, negations_before: words behind and before a sign that may turn it round.
        others: words for people who are not the writer.
    """

    def __init__(
        self,
        sets: Mapping[str, Sequence[str]],
        patterns: Mapping[str, Sequence[str]],
        negations: Sequence[str],
        negations_before: Sequence[str],
        others: Sequence[str] = (),
    ) -> None:
        words = {**sets, _BEHIND: negations, _BEFORE: negations_before, _OTHERS: others}
        self._lexicon = Lexicon(WordSource(sets=words, phrases={"danger": patterns})) if patterns else None

    def read(self, text: str) -> ForeignReading:
        """The danger that a text states, and whose it is."""
        if self._lexicon is None:
            return ForeignReading()
        hits = self._lexicon.hits(self._lexicon.form(text[:LONGEST_READ]))
        stated: dict[str, None] = {}
        unclear: dict[str, None] = {}
        for found in self._lexicon.find("danger", hits):
            (unclear if _is_negated(found, hits) else stated)[found.means] = None
        doubtful = tuple(reference for reference in unclear if reference not in stated)
        return ForeignReading(tuple(stated), doubtful, bool(hits.of(f"{{{_OTHERS}}}")))


def _is_negated(found: Found, hits: Hits) -> bool:
    behind = hits.between(f"{{{_BEHIND}}}", found.end, found.end + _REACH_BEHIND)
    before = hits.between(f"{{{_BEFORE}}}", max(0, found.start - 2 * _REACH_BEFORE), found.start)
    return any(not _parted(hits.text[found.end : start]) for start, _ in behind) or any(
        end <= found.start <= end + _REACH_BEFORE and not _parted(hits.text[end : found.start]) for _, end in before
    )


def _parted(between: str) -> bool:
    """Whether a clause ends between two words."""
    return any(mark in between for mark in MARKS)
