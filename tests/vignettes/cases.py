"""Invented patients, each written from a published source: what they have, and how they should be advised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BadInput
from bot.flow.findings import Facts, Value
from bot.flow.schema import Flow
from bot.report import read_facts

HERE = Path(__file__).parent
HALVES = ("development", "reported")
"""The rules may be improved by looking at the first half; the second is only reported."""


@dataclass(frozen=True, slots=True)
class Vignette:
    """One invented patient.

    Args:
        half: one of `HALVES`.
        group: patients who differ in one answer share it.
        story: what they would type.
        facts: what they have; everything else they would answer with no or none.
        urgency: how soon they should be seen.
        conditions: what it is; the best answer first, others are equally right.
        harmful: tips that could harm them.
        source: title, address, how far it was read, what was taken from it.
        disagree: who could label it otherwise, and why.
    """

    id: str
    half: str
    group: str
    story: str
    facts: Mapping[str, Value]
    urgency: str
    conditions: tuple[str, ...]
    harmful: frozenset[str]
    source: Mapping[str, str | None]
    disagree: str | None


def load_vignettes(flow: Flow) -> tuple[Vignette, ...]:
    """All vignettes, in the order of their files.

    Raises:
        BadInput: naming everything that is not in the vocabulary.
    """
    faults: list[str] = []
    found = [
        _vignette(flow, half, raw, faults)
        for half in HALVES
        for path in sorted((HERE / half).glob("*.yaml"))
        for raw in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    if faults:
        raise BadInput("Correct the vignettes: " + "; ".join(faults) + ".")
    return tuple(found)


def _vignette(flow: Flow, half: str, raw: Mapping[str, Any], faults: list[str]) -> Vignette:
    facts: Facts = read_facts(flow, raw["findings"], raw["id"], faults)
    unknown = [*(set(raw["conditions"]) - set(flow.conditions)), *(set(raw["harmful"]) - set(flow.tips))]
    faults.extend(f"{raw['id']}: there is no {name}" for name in unknown)
    return Vignette(
        id=raw["id"],
        half=half,
        group=raw["group"],
        story=raw["story"],
        facts=facts,
        urgency=raw["urgency"],
        conditions=tuple(raw["conditions"]),
        harmful=frozenset(raw["harmful"]),
        source=raw["source"],
        disagree=raw["disagree"],
    )
