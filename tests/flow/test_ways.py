"""How a guard can come to hold: what it needs, and what takes it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.broken import TOY
from support.strategies import some_facts

from bot.desk import read_folder
from bot.flow.findings import Value
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
from bot.flow.loader import load_flow
from bot.flow.schema import Flow
from bot.flow.ways import Way, facts_of, negated, ways_to

FLOW = load_flow(read_folder(TOY / "flows"))


def one(finding: str, *values: str) -> OneOf:
    """A guard about a finding of the toy flow."""
    return OneOf(finding, frozenset(values or ("yes",)))


HOT, TIRED, BREATHLESS = one("hot"), one("tired"), one("breathless")
CALF, KNEE, STRONG, YOUNG = (
    one("swollen", "calf"),
    one("swollen", "knee"),
    Between("pain", 7, 10),
    one("age_band", "young"),
)

WAYS = [
    pytest.param(HOT, [Way((HOT,))], id="one finding"),
    pytest.param(
        one("swollen", "knee", "calf"), [Way((CALF,)), Way((KNEE,))], id="each value is a way, as they are listed"
    ),
    pytest.param(STRONG, [Way((STRONG,))], id="a number"),
    pytest.param(AllOf((HOT, TIRED)), [Way((HOT, TIRED))], id="all"),
    pytest.param(AnyOf((HOT, TIRED)), [Way((HOT,)), Way((TIRED,))], id="any"),
    pytest.param(
        AnyOf((HOT, TIRED, STRONG), 2),
        [Way((HOT, TIRED)), Way((HOT, STRONG)), Way((TIRED, STRONG))],
        id="two of three are pairs",
    ),
    pytest.param(AnyOf((AllOf((HOT, TIRED)), HOT)), [Way((HOT,))], id="a longer form of another way is none"),
    pytest.param(AllOf((HOT, Not(TIRED))), [Way((HOT,), (TIRED,))], id="not is an exception"),
    pytest.param(AllOf((HOT, Not(AnyOf((TIRED, CALF))))), [Way((HOT,), (TIRED, CALF))], id="not any: two exceptions"),
    pytest.param(Not(AllOf((HOT, TIRED))), [Way((), (AllOf((HOT, TIRED)),))], id="not all: one exception of two parts"),
    pytest.param(
        AllOf((HOT, AnyOf((Not(TIRED), CALF)))),
        [Way((HOT,), (AllOf((TIRED, Not(CALF))),))],
        id="what holds with nothing known is an exception",
    ),
    pytest.param(Not(Not(HOT)), [Way((HOT,))], id="not not"),
    pytest.param(AllOf((YOUNG, Not(one("age_band", "old")))), [Way((YOUNG,))], id="an exception that cannot be"),
    pytest.param(AllOf((YOUNG, one("age_band", "old"))), [], id="nobody has two ages"),
    pytest.param(AllOf((YOUNG, Not(YOUNG))), [], id="always an exception"),
    pytest.param(
        AllOf((YOUNG, Not(AllOf((YOUNG, TIRED))))),
        [Way((YOUNG,), (TIRED,))],
        id="of an exception what is not there yet",
    ),
]


@pytest.mark.parametrize(("guard", "ways"), WAYS)
def test_the_ways_to_a_guard(guard: Guard, ways: list[Way]) -> None:
    assert list(ways_to(FLOW, guard)) == ways


def test_the_facts_of_a_way_join_lists_and_take_the_higher_number() -> None:
    needs = (CALF, KNEE, HOT, STRONG, Between("pain", 8, 10))
    assert facts_of(FLOW, needs) == {"swollen": frozenset({"calf", "knee"}), "hot": "yes", "pain": 8}


def test_nobody_has_a_number_below_and_above() -> None:
    assert facts_of(FLOW, (STRONG, Between("pain", 0, 3))) is None


def guards(flow: Flow) -> st.SearchStrategy[Guard]:
    """Any guard on the findings of the toy flow."""
    simple: list[Guard] = [HOT, TIRED, BREATHLESS, CALF, KNEE, STRONG, YOUNG, one("swollen", "calf", "knee")]
    assert all(guard.findings() <= set(flow.findings) for guard in simple)

    def larger(parts: st.SearchStrategy[Guard]) -> st.SearchStrategy[Guard]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        counted = several.flatmap(lambda some: st.integers(1, len(some)).map(lambda count: AnyOf(some, count)))
        return st.one_of(several.map(AllOf), counted, parts.map(Not))

    return st.recursive(st.sampled_from(simple), larger, max_leaves=6)


@given(guards(FLOW), some_facts(FLOW))
def test_a_guard_holds_for_whoever_comes_one_of_its_ways(guard: Guard, facts: dict[str, Value]) -> None:
    assert any(way.holds(facts) for way in ways_to(FLOW, guard)) == guard.holds(facts)


@given(guards(FLOW), some_facts(FLOW))
def test_the_opposite_holds_when_the_guard_does_not(guard: Guard, facts: dict[str, Value]) -> None:
    assert negated(guard).holds(facts) is not guard.holds(facts)
