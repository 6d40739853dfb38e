"""Findings: what is known about a patient, in the vocabulary of flows/findings.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

UNKNOWN = "unknown"
YES = "yes"
NO = "no"

Value = str | int | frozenset[str]
"""bool: yes, no or unknown; single: an option or unknown; multi: the options that hold, or unknown; number."""

Facts = Mapping[str, Value]
"""Finding id to value. A finding that is left out is not known."""


class FindingType(StrEnum):
    """How a finding can be answered."""

    BOOL = "bool"
    SINGLE = "single"
    MULTI = "multi"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of the vocabulary.

    Args:
        id: id as in flows/findings.yaml.
        type: how it is answered.
        options: values of a single or multi finding.
        unsure_counts_as: what an unsure answer counts as for safety, None when it counts as nothing.
        danger: no conversation ends in self-care while this is unanswered.
        minimum, maximum: bounds of a number, inclusive.
        presupposes: reference of a finding that must be present for this one to be.
    """

    id: str
    type: FindingType
    options: tuple[str, ...] = ()
    unsure_counts_as: Value | None = None
    danger: bool = False
    minimum: int = 0
    maximum: int = 0
    presupposes: str | None = None

    def accepts(self, value: Value) -> bool:
        """Whether `value` is one that this finding can have."""
        if value == UNKNOWN:
            return True
        match self.type:
            case FindingType.BOOL:
                return value in (YES, NO)
            case FindingType.SINGLE:
                return value in self.options
            case FindingType.MULTI:
                return isinstance(value, frozenset) and value <= set(self.options)
            case FindingType.NUMBER:
                return isinstance(value, int) and self.minimum <= value <= self.maximum


def counted_for_safety(findings: Mapping[str, Finding], facts: Facts) -> dict[str, Value]:
    """The same facts with every unsure answer replaced by what it counts as, or left out."""
    counted: dict[str, Value] = {}
    for id, value in facts.items():
        safer = findings[id].unsure_counts_as if value == UNKNOWN else value
        if safer is not None:
            counted[id] = safer
    return counted


def references(facts: Facts) -> Iterable[str]:
    """The facts as references: ``finding`` for yes, ``finding.option`` for the rest; nothing for no and unknown."""
    for id, value in facts.items():
        if value == YES:
            yield id
        elif isinstance(value, frozenset):
            yield from (f"{id}.{option}" for option in sorted(value))
        elif value not in (NO, UNKNOWN):
            yield f"{id}.{value}"
