"""What a condition of flows/ means: a finding that is not known meets no condition about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.findings import having

from bot.faults import Fault
from bot.flow.conversation import merged
from bot.flow.findings import NO, UNKNOWN, YES, Facts, Finding, FindingType, Value
from bot.flow.guard_parser import GuardParser
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
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


# While findings are still open


@st.composite
def guards(draw: st.DrawFn, depth: int = 3) -> Guard:
    """Any guard about the findings above."""
    finding = draw(st.sampled_from(list(FINDINGS.values())))
    kind = draw(st.sampled_from(["leaf", "leaf", "all", "any", "not"])) if depth else "leaf"
    match kind:
        case "all" | "any":
            parts = tuple(draw(st.lists(guards(depth=depth - 1), min_size=1, max_size=3)))
            return AllOf(parts) if kind == "all" else AnyOf(parts, draw(st.integers(1, len(parts))))
        case "not":
            return Not(draw(guards(depth=depth - 1)))
    match finding.type:
        case FindingType.NUMBER:
            bounds = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
            return Between(finding.id, bounds[0], bounds[1])
        case FindingType.BOOL:
            return OneOf(finding.id, frozenset({draw(st.sampled_from([YES, NO]))}))
    return OneOf(finding.id, draw(st.frozensets(st.sampled_from(finding.options), min_size=1)))


def values(finding: Finding) -> list[Value | None]:
    """Every value that a finding can have, and that nobody asks about it."""
    match finding.type:
        case FindingType.BOOL:
            return [None, YES, NO]
        case FindingType.SINGLE:
            return [None, *finding.options]
        case FindingType.NUMBER:
            return [None, 0, 1, 2, 3]
    sizes = range(len(finding.options) + 1)
    return [None, *(frozenset(some) for size in sizes for some in combinations(finding.options, size))]


@st.composite
def known_and_open(draw: st.DrawFn) -> tuple[dict[str, Value], frozenset[str]]:
    """What is known, and what may still be asked; of a list some options may be known while the rest is open."""
    facts: dict[str, Value] = {}
    for finding in FINDINGS.values():
        value = draw(st.sampled_from(values(finding)))
        if value is not None:
            facts[finding.id] = value
    may_be_open = [id for id, finding in FINDINGS.items() if id not in facts or finding.type is FindingType.MULTI]
    return facts, draw(st.frozensets(st.sampled_from(may_be_open))) if may_be_open else frozenset()


def completions(facts: Facts, open: Iterable[str]) -> Iterator[dict[str, Value]]:
    """Everything that may be known in the end: each open finding answered in any way, or not asked after all."""
    ids = sorted(open)
    for chosen in product(*(values(FINDINGS[id]) for id in ids)):
        yield merged({id: value for id, value in zip(ids, chosen, strict=True) if value is not None}, facts)


def test_what_is_certain_holds_however_the_open_findings_turn_out_and_what_is_impossible_never_does() -> None:
    @settings(max_examples=200)
    @given(guards(), known_and_open())
    def is_so(guard: Guard, known: tuple[dict[str, Value], frozenset[str]]) -> None:
        facts, open = known
        truth = guard.truth(facts, open)
        if truth is not None:
            assert all(guard.holds(complete) is truth for complete in completions(facts, open))

    is_so()


def test_only_undecided_findings_decide_whether_it_holds() -> None:
    @settings(max_examples=200)
    @given(guards(), known_and_open())
    def is_so(guard: Guard, known: tuple[dict[str, Value], frozenset[str]]) -> None:
        facts, open = known
        undecided = guard.undecided(facts, open)
        assert undecided <= open
        assert bool(undecided) is (guard.truth(facts, open) is None)
        for decided in completions(facts, undecided):
            assert {guard.holds(complete) for complete in completions(decided, open - undecided)} == {
                guard.holds(decided)
            }

    is_so()


def test_with_nothing_open_a_guard_is_certain_or_impossible() -> None:
    @given(guards(), known_and_open())
    def is_so(guard: Guard, known: tuple[dict[str, Value], frozenset[str]]) -> None:
        facts, _ = known
        assert guard.truth(facts, frozenset()) is guard.holds(facts)
        assert guard.undecided(facts, frozenset()) == frozenset()

    is_so()
