"""How well a set of vignettes was advised, with 95 % intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from bot.flow.schema import URGENCIES, urgency_rank
from tests.vignettes.playing import Outcome

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's 95 % interval (doi:10.1080/01621459.1927.10502953)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 when there is nothing to share."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound."""
        if not self.of:
            return 0.0, 1.0
        centre = self.value + _Z**2 / (2 * self.of)
        spread = _Z * sqrt(self.value * (1 - self.value) / self.of + _Z**2 / (4 * self.of**2))
        scale = 1 + _Z**2 / self.of
        return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({100 * low:.0f}–{100 * high:.0f}), {self.hits}/{self.of}"


@dataclass(frozen=True, slots=True)
class Measures:
    """All figures of one set of outcomes."""

    exact: Share
    under: Share
    over: Share
    emergencies_found: Share
    emergencies_left_for_days: Share
    urgent_found: Share
    top_1: Share
    top_3: Share
    harmed: Share
    questions: tuple[int, ...]
    questions_to_emergency: tuple[int, ...]
    confusion: Counter[tuple[str, str]]


def measure(outcomes: Sequence[Outcome]) -> Measures:
    """Measure a set of outcomes."""

    def share(holds: Callable[[Outcome], bool], among: Sequence[Outcome] = outcomes) -> Share:
        return Share(sum(map(holds, among)), len(among))

    emergencies = [outcome for outcome in outcomes if outcome.vignette.urgency == "emergency_now"]
    urgent = [outcome for outcome in outcomes if urgency_rank(outcome.vignette.urgency) >= urgency_rank("same_day")]
    return Measures(
        exact=share(lambda o: misjudged_by(o) == 0),
        under=share(lambda o: misjudged_by(o) < 0),
        over=share(lambda o: misjudged_by(o) > 0),
        emergencies_found=share(lambda o: misjudged_by(o) == 0, emergencies),
        emergencies_left_for_days=share(lambda o: misjudged_by(o) < -1, emergencies),
        urgent_found=share(lambda o: urgency_rank(o.assessment.urgency) >= urgency_rank("same_day"), urgent),
        top_1=share(lambda o: o.shown[0] in o.vignette.conditions),
        top_3=share(is_explained),
        harmed=share(lambda o: bool(o.harmful)),
        questions=tuple(sorted(len(o.asked) for o in outcomes)),
        questions_to_emergency=tuple(sorted(len(o.asked) for o in emergencies if misjudged_by(o) == 0)),
        confusion=Counter((o.vignette.urgency, o.assessment.urgency) for o in outcomes),
    )


def misjudged_by(outcome: Outcome) -> int:
    """Levels above (positive) or below the label."""
    return urgency_rank(outcome.assessment.urgency) - urgency_rank(outcome.vignette.urgency)


def is_explained(outcome: Outcome) -> bool:
    """Whether what it is stands among the conditions that are explained."""
    return not set(outcome.shown).isdisjoint(outcome.vignette.conditions)


def levels() -> tuple[str, ...]:
    """The four levels, most urgent first, as the rows of a table."""
    return tuple(reversed(URGENCIES))
