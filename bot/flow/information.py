"""What an answer would tell about the conditions: expected information, in bits. Chooses questions, decides nothing.

Information here is Shannon's mutual information between an answer and the condition, with the weights of
flows/conditions.yaml as likelihoods (https://doi.org/10.1002/j.1538-7305.1948.tb01338.x).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cached_property
from math import log2

from bot.flow.findings import Facts, Finding, FindingType
from bot.flow.matching import likelihood, likely_conditions
from bot.flow.schema import ConditionFeatures, Flow, Question


class Information:
    """What the answers to questions promise, given what is known.

    Args:
        flow: the published features.
        facts: what is known; unsure is no feature.
        closed: findings about which nothing more is asked.
    """

    def __init__(self, flow: Flow, facts: Facts, closed: Set[str]) -> None:
        self._flow = flow
        self._facts = facts
        self._closed = closed
        self._bits: dict[str, float] = {}

    def bits(self, question: Question) -> float:
        """The sum over everything that the question asks about."""
        if question.id not in self._bits:
            self._bits[question.id] = sum(
                _mutual_information([(share, likelihood(condition, reference)) for condition, share in self._likely])
                for finding in question.asks
                if finding.id not in self._closed
                for reference in _references(question, finding)
            )
        return self._bits[question.id]

    @cached_property
    def _likely(self) -> tuple[tuple[ConditionFeatures, float], ...]:
        return likely_conditions(self._flow, self._facts)


def _references(question: Question, finding: Finding) -> Iterator[str]:
    if finding.type is FindingType.BOOL:
        yield finding.id
    elif finding.id in question.options:
        yield from (f"{finding.id}.{option}" for option in finding.options)
    elif finding.type is not FindingType.NUMBER:
        yield from (f"{finding.id}.{option}" for option in question.options if option in finding.options)


def _mutual_information(cases: list[tuple[float, float]]) -> float:
    """Bits that yes or no tells about which case it is, each given as its share and how likely yes is in it."""
    if all(yes == cases[0][1] for _, yes in cases):
        return 0.0
    overall = sum(share * yes for share, yes in cases)
    return sum(
        share * (yes * log2(yes / overall) + (1 - yes) * log2((1 - yes) / (1 - overall))) for share, yes in cases
    )
