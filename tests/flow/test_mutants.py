"""Every part of every red-flag rule is there for a reason: take one out or bend it, and a case of the tables shows it.

The mutants are the usual ones (https://doi.org/10.1109/TSE.2010.62): a rule milder, a part of a list left out, all and
any exchanged, a `not` dropped, a bound moved by one, a value left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.clinical_rules import ALL, NEAR_MISSES, NOT_EXPLAINED_AWAY, level_of
from support.findings import without_one

from bot.desk import Desk
from bot.faults import Fault
from bot.flow.findings import Finding, FindingType
from bot.flow.guard_parser import GuardParser
from bot.flow.guards import Guard
from bot.flow.schema import URGENCIES
from bot.strict_yaml import Document, read_document

RED_FLAGS = Path(__file__).parent.parent.parent / "flows" / "red_flags.yaml"
USED_BY_NO_RULE = {"artery_may_be_closed", "over_72_hours"}
"""Named guards that only questions and tips look at."""

Place = tuple[str | int, ...]


def red_flags() -> Document:
    document = read_document("flows/red_flags.yaml", RED_FLAGS.read_bytes(), [])
    assert document is not None
    return document


def guards_of(document: Document, data: dict[str, Any], desk: Desk) -> dict[str, tuple[str, Guard]]:
    """Rule id to level and guard, as the loader reads them."""
    faults: list[Fault] = []
    named: dict[str, tuple[Document, Place, object]] = {
        name: (document, ("named", name), raw) for name, raw in data["named"].items()
    }
    parser = GuardParser(desk.flow.findings, faults, named)
    rules = {
        rule["id"]: (rule["urgency"], parser.parse(document, ("rules", 0), rule["when"])) for rule in data["rules"]
    }
    assert not faults, faults
    return rules


def is_noticed(rules: dict[str, tuple[str, Guard]]) -> bool:
    """Whether a case of the tables comes out otherwise than it should."""
    for id, facts in ALL:
        urgency, when = rules[id]
        if urgency != level_of(id) or not when.holds(facts):
            return True
        if any(when.holds(fewer) for _, fewer in without_one(facts)):
            return True
    if not all(rules[id][1].holds(facts) for id, facts in NOT_EXPLAINED_AWAY):
        return True
    return any(rules[id][1].holds(facts) for id, facts in NEAR_MISSES)


def mutants(data: dict[str, Any], findings: dict[str, Finding]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every file that differs in one thing, and what that is."""
    for i, rule in enumerate(data["rules"]):
        milder = URGENCIES[URGENCIES.index(rule["urgency"]) - 1]
        yield f"{rule['id']} is {milder}", _with(data, ("rules", i, "urgency"), milder)
        for place, bent, what in bends(("rules", i, "when"), rule["when"], findings):
            yield f"{rule['id']}: {what} at {place[3:]}", _with(data, place, bent)
    for name, raw in data["named"].items():
        if name in USED_BY_NO_RULE:
            continue
        for place, bent, what in bends(("named", name), raw, findings):
            yield f"{name}: {what} at {place[2:]}", _with(data, place, bent)


def bends(place: Place, guard: dict[str, Any], findings: dict[str, Finding]) -> Iterator[tuple[Place, Any, str]]:
    """Where a guard can be bent, and to what."""
    if set(guard) == {"at_least", "of"}:
        for count in (int(guard["at_least"]) - 1, int(guard["at_least"]) + 1):
            yield place, {"at_least": str(count), "of": guard["of"]}, f"at least {count}"
        yield from _bent_list((*place, "of"), guard["of"], findings)
        return
    ((key, value),) = guard.items()
    match key:
        case "all" | "any":
            if len(value) > 1:
                other = "any" if key == "all" else "all"
                yield place, {other: value}, f"{key} is {other}"
            yield from _bent_list((*place, key), value, findings)
        case "not":
            yield place, value, "no `not`"
            yield from bends((*place, "not"), value, findings)
        case "matches":
            return
        case _:
            yield from _bent_value((*place, key), value, findings[key])


def _bent_list(place: Place, parts: list[Any], findings: dict[str, Finding]) -> Iterator[tuple[Place, Any, str]]:
    for i, part in enumerate(parts):
        if len(parts) > 1:
            yield place, parts[:i] + parts[i + 1 :], f"without part {i}"
        yield from bends((*place, i), part, findings)


def _bent_value(place: Place, value: Any, finding: Finding) -> Iterator[tuple[Place, Any, str]]:
    if isinstance(value, dict):
        for bound in (int(value["at_least"]) - 1, int(value["at_least"]) + 1):
            yield place, {"at_least": str(bound)}, f"from {bound}"
    elif value == "any" or isinstance(value, list):
        values = list(finding.options) if value == "any" else value
        for left_out in values:
            yield place, [option for option in values if option != left_out], f"without {left_out}"
    elif finding.type is FindingType.BOOL:
        yield place, "no", "asks for no"


def _with(data: dict[str, Any], place: Place, value: object) -> dict[str, Any]:
    changed = deepcopy(data)
    inner: Any = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


@pytest.fixture(scope="module")
def document() -> Document:
    return red_flags()


def test_the_tables_find_nothing_wrong_with_the_file_as_it_is(desk: Desk, document: Document) -> None:
    assert isinstance(document.data, dict)
    assert not is_noticed(guards_of(document, document.data, desk))


def test_every_mutant_is_noticed(desk: Desk, document: Document) -> None:
    assert isinstance(document.data, dict)
    all_of_them = list(mutants(document.data, dict(desk.flow.findings)))
    survivors = [what for what, data in all_of_them if not is_noticed(guards_of(document, data, desk))]
    assert len(all_of_them) > 300
    assert not survivors
