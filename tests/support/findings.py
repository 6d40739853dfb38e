"""Findings of a patient, written shortly: ``having("redness", onset="gradual", skin_change={"pale"}, pain_nrs=8)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.flow.findings import NO, YES, Facts, Value
from bot.flow.schema import Flow

HARMLESS_VALUES: Mapping[str, Value] = {
    "onset": "gradual",
    "laterality": "both_legs",
    "duration": "m3p",
    "course": "improving",
    "age_band": "a30_44",
    "morning_stiffness": "none",
    "pain_nrs": 0,
}
"""For findings that are neither yes/no nor lists: the value that speaks for no danger."""

_LONG_AGO = ("w2_6", "w6_12", "m3p")
"""Durations that speak for no danger; a shorter one is taken away by putting a long one in its place."""


def having(*present: str, **values: str | int | set[str]) -> dict[str, Value]:
    """Facts: yes/no findings by name, all others with their value; a list finding with a set of options."""
    facts: dict[str, Value] = dict.fromkeys(present, YES)
    facts.update({id: frozenset(value) if isinstance(value, set) else value for id, value in values.items()})
    return facts


def without_one(facts: Facts) -> Iterator[tuple[str, dict[str, Value]]]:
    """The same patient with one thing less, once for each thing; what is harmless already stays."""
    for id, value in facts.items():
        if isinstance(value, frozenset):
            for option in sorted(value):
                yield f"{id}.{option}", {**facts, id: value - {option}}
        elif value == YES:
            yield id, {**facts, id: NO}
        elif value != HARMLESS_VALUES[id] and value not in _LONG_AGO:
            yield f"{id}.{value}", {**facts, id: HARMLESS_VALUES[id]}


def with_presupposed(flow: Flow, facts: Facts) -> dict[str, Value]:
    """A lump that pulsates is a lump: what the findings presuppose is added, so that it is asked about."""
    complete = dict(facts)
    for id in facts:
        presupposed, _, option = (flow.findings[id].presupposes or "").partition(".")
        if presupposed:
            before = complete.get(presupposed, frozenset())
            assert isinstance(before, frozenset)
            complete[presupposed] = before | {option}
    return complete


def described(facts: Facts) -> str:
    """Facts as the name of a test case."""
    parts = []
    for id, value in facts.items():
        shown = "+".join(sorted(value)) if isinstance(value, frozenset) else str(value)
        parts.append(id if value == YES else f"{id}={shown}")
    return ",".join(parts)
