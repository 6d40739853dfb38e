"""What a condition of flows/ means: a finding that is not known meets no condition about it."""

from __future__ import annotations

import pytest
from support.findings import having

from bot.faults import Fault
from bot.flow.findings import NO, UNKNOWN, Facts, Finding, FindingType
from bot.flow.guard_parser import GuardParser
from bot.flow.guards import Guard
from bot.strict_yaml import Document, read_document

FINDINGS = {
    finding.id: finding
    for finding in (
        Finding("hot", FindingType.BOOL),
        Finding("red", FindingType.BOOL),
        Finding("side", FindingType.SINGLE, ("left", "right", "both")),
        Finding("swollen", FindingType.MULTI, ("calf", "knee", "foot")),
        Finding("pain", FindingType.NUMBER, minimum=0, maximum=10),
    )
}


def guard(text: str) -> Guard:
    """A guard as it is written in a file."""
    faults: list[Fault] = []
    file = f"named: {{both: {{all: [{{hot: yes}}, {{red: yes}}]}}}}\nwhen: {text}"
    document = read_document("file.yaml", file.encode(), faults)
    assert isinstance(document, Document)
    named = document.data["named"]
    assert isinstance(named, dict)
    parser = GuardParser(
        FINDINGS,
        faults,
        {
            "both": (document, ("named", "both"), named["both"]),
            "S1": (document, ("when",), {"swollen": "calf"}),
            "E1": (document, ("when",), {"hot": "yes"}),
        },
        {"S1": "same_day", "E1": "emergency_now"},
    )
    parsed = parser.parse(document, ("when",), document.data["when"])
    assert faults == []
    return parsed


@pytest.mark.parametrize(
    ("text", "facts", "holds"),
    [
        ("{hot: yes}", having("hot"), True),
        ("{hot: yes}", {"hot": NO}, False),
        ("{hot: yes}", {}, False),
        ("{hot: no}", {"hot": NO}, True),
        ("{hot: no}", {}, False),
        ("{hot: yes}", {"hot": UNKNOWN}, False),
        ("{side: left}", having(side="left"), True),
        ("{side: [left, both]}", having(side="both"), True),
        ("{side: [left, both]}", having(side="right"), False),
        ("{swollen: calf}", having(swollen={"calf", "foot"}), True),
        ("{swollen: [calf, knee]}", having(swollen={"knee"}), True),
        ("{swollen: [calf, knee]}", having(swollen={"foot"}), False),
        ("{swollen: any}", having(swollen={"foot"}), True),
        ("{swollen: any}", having(swollen=set()), False),
        ("{swollen: any}", {"swollen": UNKNOWN}, False),
        ("{pain: {at_least: 7}}", having(pain=7), True),
        ("{pain: {at_least: 7}}", having(pain=6), False),
        ("{pain: {at_most: 3}}", having(pain=0), True),
        ("{pain: {at_most: 3}}", having(pain=3), True),
        ("{pain: {at_most: 3}}", {}, False),
        ("{pain: {at_least: 2, at_most: 3}}", having(pain=4), False),
        ("{pain: {at_least: 0}}", {"pain": UNKNOWN}, False),
        ("{all: [{hot: yes}, {red: yes}]}", having("hot", "red"), True),
        ("{all: [{hot: yes}, {red: yes}]}", having("hot"), False),
        ("{any: [{hot: yes}, {red: yes}]}", having("red"), True),
        ("{any: [{hot: yes}, {red: yes}]}", {}, False),
        ("{not: {hot: yes}}", {"hot": NO}, True),
        ("{not: {hot: yes}}", {}, True),
        ("{not: {hot: yes}}", having("hot"), False),
        ("{at_least: 2, of: [{hot: yes}, {red: yes}, {side: left}]}", having("hot", side="left"), True),
        ("{at_least: 2, of: [{hot: yes}, {red: yes}, {side: left}]}", having("hot", side="right"), False),
        ("{matches: both}", having("hot", "red"), True),
        ("{matches: both}", having("hot"), False),
        ("{matches: S1}", having(swollen={"calf"}), True),
        ("{urgency_at_least: same_day}", having("hot"), True),
        ("{urgency_at_least: same_day}", having(swollen={"calf"}), True),
        ("{urgency_at_least: emergency_now}", having(swollen={"calf"}), False),
    ],
)
def test_when_a_condition_is_met(text: str, facts: Facts, holds: bool) -> None:
    assert guard(text).holds(facts) is holds


@pytest.mark.parametrize(
    ("text", "facts", "evidence"),
    [
        ("{hot: yes}", having("hot"), ("hot",)),
        ("{hot: no}", {"hot": NO}, ()),
        ("{side: [left, both]}", having(side="both"), ("side.both",)),
        ("{swollen: [calf, knee]}", having(swollen={"knee", "foot", "calf"}), ("swollen.calf", "swollen.knee")),
        ("{pain: {at_least: 7}}", having(pain=8), ("pain.8",)),
        ("{pain: {at_least: 7}}", having(pain=6), ()),
        ("{all: [{hot: yes}, {red: yes}]}", having("hot"), ()),
        ("{any: [{hot: yes}, {red: yes}]}", having("hot"), ("hot",)),
        ("{any: [{hot: yes}, {matches: both}]}", having("hot", "red"), ("hot", "red")),
        ("{not: {hot: yes}}", {}, ()),
    ],
)
def test_what_made_it_so(text: str, facts: Facts, evidence: tuple[str, ...]) -> None:
    assert guard(text).evidence(facts) == evidence


def test_a_condition_knows_every_finding_that_it_looks_at() -> None:
    text = (
        "{any: [{all: [{hot: yes}, {not: {side: left}}]}, {at_least: 2, of: [{swollen: any}, {pain: {at_most: 1}}]}]}"
    )
    assert guard(text).findings() == {"hot", "side", "swollen", "pain"}
