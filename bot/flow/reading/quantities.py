"""Numbers in a text that say something: since when, how old, how strong the pain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flow.reading.form import spoken_form
from bot.flow.reading.lexicon import Hits

DURATION_DAYS = (("h48", 2.9), ("d3_14", 14.9), ("w2_6", 42.9), ("w6_12", 89.9))
"""Options of the finding `duration` and the days up to which each holds (flows/findings.yaml, questions.yaml)."""
LONGEST_DURATION = "m3p"

_THIRTY = 30
"""Degrees that people leave out of a temperature."""
LOWEST_BODY, FEVER, HIGHEST_BODY = 34.5, 37.5, 42.0
"""Degrees Celsius: what a body can have, and from when on it is the fever of the finding `fever_chills`."""

AGE_BANDS = ((14, "u15"), (29, "a15_29"), (44, "a30_44"), (59, "a45_59"), (74, "a60_74"))
OLDEST = "a75p"

_HALF = "half"
_SHORTEST = 0.5
"""Days: what lasts for minutes or hours is no time since when, unless it is said how long ago."""
_LONGEST_WORD = 20


@dataclass(frozen=True, slots=True)
class QuantityWords:
    """Words around numbers, of one language.

    Args:
        units: unit to days.
        moments: word such as "yesterday" to how many days ago that is, at least and at most.
        numerals: word to number; `several` and `half` by their values.
        since: right behind a time (perhaps after `about`): it began then.
        since_before: right before a time: it began then.
        about: may stand between a number and what follows it.
        ago: behind a time, when it says how long ago something happened.
        years_old: behind a number: an age.
        decades: behind a number: an age in tens.
        age_before: right before a number: an age.
        scale: behind a number that is the end of a scale, not a score.
        degrees: behind a number: a temperature of the body.
        tenths: behind a number behind these: tenths of a degree.
        of_ten: behind a number: a score of pain.
        score_before: before a number: a score of pain.
    """

    units: Mapping[str, float]
    moments: Mapping[str, tuple[float, float]]
    numerals: Mapping[str, float]
    since: Sequence[str]
    since_before: Sequence[str] = ()
    about: Sequence[str] = ()
    ago: Sequence[str] = ()
    years_old: Sequence[str] = ()
    decades: Sequence[str] = ()
    age_before: Sequence[str] = ()
    scale: Sequence[str] = ()
    degrees: Sequence[str] = ()
    tenths: Sequence[str] = ()
    of_ten: Sequence[str] = ()
    score_before: Sequence[str] = ()


class Quantities:
    """Reads the numbers of one language. Immutable once made."""

    def __init__(self, words: QuantityWords) -> None:
        self._units = {spoken_form(word): days for word, days in words.units.items()}
        self._moments = {spoken_form(word): span for word, span in words.moments.items()}
        self._numerals = {spoken_form(word): value for word, value in words.numerals.items()}
        number = rf"(?P<number>[0-9]{{1,4}}(?:_[0-9])?|(?:{_any(self._numerals)}){{1,4}})"
        about = rf"(?:{_any(words.about)}|[ ,]){{0,4}}"
        self._span = re.compile(
            rf"{number} ?(?:-(?P<upto>[0-9]{{1,3}}))?"
            rf"(?P<about>{about})(?P<unit>{_any(self._units)})(?P<{_HALF}>{_half(words)})?"
        )
        self._moment = re.compile(_any(self._moments))
        self._since = re.compile(rf"{about}(?:{_any(words.since)})")
        self._since_before = re.compile(rf"(?:{_any(words.since_before)}) ?$")
        self._ago = re.compile(rf"{about}(?:{_any(words.ago)})")
        self._only_about = re.compile(rf"(?:{about}|{_any(words.ago)})*$")
        self._years_old = re.compile(rf"{number} ?(?:{_any(words.years_old)})")
        self._decades = re.compile(rf"{number}(?:{_any(words.decades)})")
        self._age_before = re.compile(rf"(?:{_any(words.age_before)}) ?{number}(?![0-9_/])")
        tenths = rf"(?:(?P<tenths>[0-9]|{_any(self._numerals)})(?:{_any(words.tenths)}))?"
        self._degrees = re.compile(
            rf"{number}[ ,]?(?:{_any(words.degrees)}){tenths}|(?<![0-9_])(?P<bare>(?:3[4-9]|4[0-2])_[0-9])(?![0-9_a-z])"
        )
        self._of_ten = re.compile(rf"{number} ?(?!{_any(words.scale)})(?:/10(?![0-9/])|{_any(words.of_ten)})")
        self._score_before = re.compile(
            rf"(?:{_any(words.score_before)}){about}{number}(?![0-9]|{_any(self._units)}|{_any(words.scale)})"
        )

    def read(self, hits: Hits, began: Sequence[int], events: Sequence[int] = ()) -> Iterator[tuple[str, int]]:
        """References of `duration`, `age_band` and `pain_nrs`, each with where it stands.

        Args:
            hits: of the text.
            began: positions at which the text says that something began or hurt; a time ago counts for them only.
            events: positions of what somebody had or underwent: a time ago that stands before it is its own.
        """
        text = hits.text
        fevers = [(start, end) for _, start, end in self.temperatures(hits)]
        yield from self._durations(text, began, events, fevers)
        yield from self._ages(text)
        yield from self._scores(text)

    def temperatures(self, hits: Hits) -> Iterator[tuple[float, int, int]]:
        """Temperatures of a body in degrees Celsius, each with where it stands.

        With tenths the thirty may be left out, as people say it; a number with one decimal needs no unit.
        """
        for match in self._degrees.finditer(hits.text):
            degrees = self._value(match["number"] or match["bare"])
            if match["tenths"]:
                degrees += self._value(match["tenths"]) / 10 + (_THIRTY if degrees < _THIRTY else 0)
            if LOWEST_BODY <= degrees <= HIGHEST_BODY:
                yield degrees, match.start(), match.end()

    def _durations(
        self, text: str, began: Sequence[int], events: Sequence[int], fevers: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[str, int]]:
        for match in self._span.finditer(text):
            if any(start < match.start() < end for start, end in fevers):
                continue
            days = self._value(match["upto"] or match["number"]) * self._units[match["unit"]]
            if match[_HALF]:
                days += self._units[match["unit"]] / 2
            is_long_enough = days >= _SHORTEST or bool(self._ago.match(text, match.end()))
            if is_long_enough and self._is_since(text, match.start(), match.end(), began, events):
                yield f"duration.{duration_option(days)}", match.start()
        for match in self._moment.finditer(text):
            least, most = self._moments[match[0]]
            if duration_option(least) == duration_option(most) and self._is_since(
                text, match.start(), match.end(), began, events
            ):
                yield f"duration.{duration_option(most)}", match.start()

    def _is_since(self, text: str, start: int, end: int, began: Sequence[int], events: Sequence[int]) -> bool:
        """Whether a time says since when."""
        if self._since.match(text, end) or (start == 0 and self._only_about.match(text, end)):
            return True
        if self._since_before.search(text, max(0, start - _LONGEST_WORD), start):
            return True
        stop = min((at for mark in ".?" if (at := text.find(mark, end)) != -1), default=len(text))
        first = min((at for at in began if end <= at <= stop), default=None)
        if first is None or not self._ago.match(text, end):
            return False
        return not any(end <= at <= first for at in events)

    def _ages(self, text: str) -> Iterator[tuple[str, int]]:
        for pattern in (self._years_old, self._age_before):
            for match in pattern.finditer(text):
                years = self._value(match["number"])
                if 1 <= years <= 120:
                    yield f"age_band.{age_band(years)}", match.start()
        for match in self._decades.finditer(text):
            tens = self._value(match["number"])
            if tens in (20, 30, 50, 60, 80, 90):
                yield f"age_band.{age_band(tens)}", match.start()

    def _scores(self, text: str) -> Iterator[tuple[str, int]]:
        for pattern in (self._of_ten, self._score_before):
            for match in pattern.finditer(text):
                score = self._value(match["number"])
                if score == int(score) and 0 <= score <= 10:
                    yield f"pain_nrs.{int(score)}", match.start()

    def _value(self, written: str) -> float:
        """A number in digits, or in numerals: tens before ones, or digit by digit."""
        if written[0].isascii() and written[0].isdigit():
            return float(written.replace("_", "."))
        total = 0.0
        for each in re.findall(_any(self._numerals), written):
            value = self._numerals[each]
            if value == 10:
                total = (total or 1) * 10
            elif total >= 10 and value < 10:
                total += value
            else:
                total = total * 10 + value
        return total


def duration_option(days: float) -> str:
    """The option of `duration` for so many days."""
    return next((option for option, most in DURATION_DAYS if days <= most), LONGEST_DURATION)


def age_band(years: float) -> str:
    """The option of `age_band` for so many years."""
    return next((band for most, band in AGE_BANDS if years <= most), OLDEST)


def _half(words: QuantityWords) -> str:
    return _any([word for word, value in words.numerals.items() if value == 0.5])


def _any(words: Sequence[str] | Mapping[str, object]) -> str:
    """A pattern for any of some words; for none, one that never matches."""
    forms = sorted({spoken_form(word) for word in words} - {""}, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, forms)) + ")" if forms else r"(?!)"
