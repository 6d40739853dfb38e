"""Whether what a text says is so: stated, denied, or no statement about now at all.

In Japanese what decides stands behind a sign: particles and endings, then a denial, a condition, an end. In English it
stands before. The words are the sets of the lexicon that `GRAMMAR` names; this module knows only how they follow each
other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bot.flow.reading.form import CLAUSE, QUESTION
from bot.flow.reading.lexicon import Hits

GRAMMAR: dict[str, str] = {
    "denial": "denies what stands before it",
    "denial_before": "denies what comes after it",
    "affirming": "ends the reach of a denial that came before",
    "link": "may stand between a sign and its denial",
    "listing": "joins the signs of a list that is denied or stated as a whole",
    "place": "may stand in such a list beside a sign",
    "ending": "ends a statement: a pause behind it joins no list",
    "unfinished": "end of a verb that says what somebody can: a denial right behind it belongs to the sign",
    "twice": "stands between two denials that turn each other round",
    "parting": "no ellipsis of a phrase reaches across it, as across a denial or a contrast",
    "contrast": "something else is said after it",
    "over": "says that what stands before it is past",
    "condition": "makes what stands before it an if",
    "not_known": "says that nobody looked or measured",
    "question": "ends a question",
    "asking": "makes a question or a request of a message",
    "past": "says that what comes after it is over",
    "years_ago": "says the same, of years ago",
    "long_past": "says that what stands before it in its sentence was years ago",
    "in_general": "makes a question one about an illness, not about the writer",
    "lasting": "right behind a word of the past: since then, until now",
    "others": "somebody else is spoken of",
    "on_behalf": "for whom it is written is said",
    "self": "the writer is spoken of",
    "limb": "a leg is spoken of, or what is there",
}
"""Sets that `content/<language>/lexicon.yaml` has to give: name to what a word of it does."""

Said = Literal["stated", "denied", "asked", "over", "supposed"]

_FARTHEST = 40
"""Characters that are looked at behind or before a sign."""
_AGE = 4
"""Characters of an age."""
_SHORT = 12
"""Characters of a denial that stands alone behind a pause."""


class Statements:
    """How a text says what it says.

    Args:
        hits: of the text.
        signs: spans of everything that was found in it, so that a list can be followed from sign to sign.
    """

    def __init__(self, hits: Hits, signs: Iterable[tuple[int, int]]) -> None:
        self._text = hits.text
        self._ends = {name: _by_start(hits, name) for name in GRAMMAR}
        self._starts = {name: sorted(start for start, _ in hits.of(f"{{{name}}}")) for name in GRAMMAR}
        self._signs: dict[int, list[int]] = {}
        for start, end in signs:
            self._signs.setdefault(start, []).append(end)
        self._hits = hits
        self._stated_until = {end for _, end in hits.of("{ending}")}
        selves = hits.of("{self}")
        self._starts["others"] = [
            start
            for start, end in sorted(hits.of("{others}"))
            if not any(first <= start and end <= last for first, last in selves)
        ]
        self._unfinished = {end for _, end in hits.of("{unfinished}")}

    def of(self, start: int, end: int) -> Said:
        """How a sign is meant that stands at these positions."""
        if end in self._unfinished:
            end = max(self._ends["denial"].get(end, ()), default=end)
        after = self._after(end, end + _FARTHEST, set()) or self._in_list(end, end + _FARTHEST)
        after = after or self._behind_a_pause(end)
        if after:
            return after
        if self._is_denied_before(start):
            return "denied"
        return "asked" if self._is_asked(end) else "stated"

    def is_past(self, start: int) -> bool:
        """Whether the clause of a sign speaks of what is over."""
        return self._stands_behind("past", start) or self.is_years_ago(start)

    def is_years_ago(self, start: int) -> bool:
        """Whether the clause of a sign speaks of years ago, or its sentence ends in saying so."""
        said_behind = self._hits.between("{long_past}", start, self._sentence_end(start))
        return bool(said_behind) or self._stands_behind("years_ago", start)

    def is_age_of_the_past(self, start: int) -> bool:
        """Whether a number is how old somebody was then: a word of years ago goes on from it."""
        return bool(self._hits.between("{years_ago}", start, start + _AGE))

    def is_general(self, start: int) -> bool:
        """Whether the sentence of a sign asks about an illness, not about the writer."""
        begins, ends = self._sentence_start(start), self._sentence_end(start)
        asks = self._text[ends : ends + 1] == "?" or any(
            self._hits.between(f"{{{name}}}", begins, ends) for name in ("asking", "question")
        )
        return asks and bool(self._hits.between("{in_general}", begins, ends))

    def _stands_behind(self, time: str, start: int) -> bool:
        """Whether a word of time stands before a sign, with nothing told in between but what happened then."""
        for _, past_end in self._hits.between(f"{{{time}}}", self._sentence_start(start), start - 1):
            told_on = self._text.find(",", past_end + 1, start) != -1
            turned = any(past_end <= at < start for at in self._starts["contrast"])
            if not told_on and not turned and not self._ends["lasting"].get(past_end):
                return True
        return False

    def is_about_others(self, start: int) -> bool:
        """Whether somebody else was named last: before a sign, or behind it where its sentence names nobody else.

        The sentence before counts when it tells of signs or a leg, or for whom it is written: who only comes in it has
        none.
        """
        begins = self._sentence_start(start)
        ends = self._sentence_end(start)
        reach = self._sentence_start(begins - 1) if begins else 0
        if not any(reach <= at < begins for at in (*self._signs, *self._starts["limb"], *self._starts["on_behalf"])):
            reach = begins
        before = [at for at in self._starts["others"] if reach <= at <= start]
        selves = [at for at in self._starts["self"] if reach <= at <= start]
        if before:
            return not selves or selves[-1] < before[-1]
        return not selves and any(start < at < ends for at in self._starts["others"])

    def _after(self, at: int, limit: int, seen: set[int]) -> Said | None:
        """What the words behind a sign make of it, None when nothing."""
        if at in seen or at > limit:
            return None
        seen.add(at)
        if self._ends["over"].get(at):
            return "over"
        if self._ends["not_known"].get(at) or self._ends["condition"].get(at):
            return "supposed"
        for end in self._ends["denial"].get(at, ()):
            is_asked = self._text[end : end + 1] == QUESTION or self._ends["question"].get(end)
            return "asked" if is_asked else self._turned_round(end, limit)
        for end in self._ends["link"].get(at, ()):
            found = self._after(end, limit, seen)
            if found:
                return found
        return None

    def _behind_a_pause(self, at: int) -> Said | None:
        """A denial that stands alone behind a bare sign, or behind a sign that the writer has asked themselves for."""
        if self._text[at : at + 1] not in (CLAUSE, QUESTION):
            return None
        denials = self._ends["denial"]
        places = (at + 1, *self._ends["link"].get(at + 1, ()))
        return "denied" if any(denials.get(place) for place in places) else None

    def _in_list(self, at: int, limit: int) -> Said | None:
        """A sign in a list is what the last one of the list is."""
        if at > limit or self._is_stated_until(at):
            return None
        endings = [end for end in {at, *self._ends["link"].get(at, ())} if not self._is_stated_until(end)]
        for end in sorted({each for ending in endings for each in self._ends["listing"].get(ending, ())}, reverse=True):
            places = self._ends["place"].get(end, ())
            is_list_of_words = self._text[end - 1] != ","
            if is_list_of_words and any(self._after(place, limit, set()) == "denied" for place in places):
                return "denied"
            for place in (end, *places):
                for _ in range(3):
                    place = self._behind_link(place)
                for sign_end in self._signs.get(place, ()):
                    found = self._after(sign_end, limit, set()) or self._in_list(sign_end, limit)
                    if found:
                        return found
        return None

    def _is_stated_until(self, at: int) -> bool:
        """Whether a statement ends here, before a pause."""
        return self._text[at : at + 1] == "," and at in self._stated_until

    def _behind_link(self, at: int) -> int:
        """The position behind one linking word, when no sign begins here."""
        if at in self._signs:
            return at
        return max(self._ends["link"].get(at, ()), default=at)

    def _turned_round(self, at: int, limit: int) -> Said:
        """A denial, unless a second one takes it back."""
        for end in self._ends["twice"].get(at, ()):
            if self._after(end, limit, set()) == "denied":
                return "stated"
        return "denied"

    def _is_denied_before(self, start: int) -> bool:
        begins = max(self._sentence_start(start), start - _FARTHEST)
        denials = [end for _, end in self._hits.between("{denial_before}", begins, start) if end <= start]
        if not denials:
            return False
        last = max(denials)
        stops = (*self._starts["affirming"], *self._starts["contrast"])
        return not any(last <= at < start for at in stops)

    def _is_asked(self, end: int) -> bool:
        """Whether the rest of the sentence makes a question of a sign."""
        stop = self._sentence_end(end)
        asked = self._text[stop : stop + 1] == "?" or any(
            last >= stop for _, last in self._hits.between("{question}", end, stop)
        )
        # What stands before a pause is told; what is asked comes behind it.
        return (
            asked and "," not in self._text[end:stop] and not any(end <= at < stop for at in self._starts["contrast"])
        )

    def _sentence_end(self, at: int) -> int:
        return min((end for mark in ".?" if (end := self._text.find(mark, at)) != -1), default=len(self._text))

    def _sentence_start(self, at: int) -> int:
        return max(self._text.rfind(".", 0, at), self._text.rfind("?", 0, at)) + 1


def _by_start(hits: Hits, name: str) -> dict[int, list[int]]:
    ends: dict[int, list[int]] = {}
    for start, end in hits.of(f"{{{name}}}"):
        ends.setdefault(start, []).append(end)
    for each in ends.values():
        each.sort(reverse=True)
    return ends
