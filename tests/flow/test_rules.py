"""Every red-flag rule of clinical.md §3: what fires it, and what is one step short of it."""

from __future__ import annotations

import pytest
from support.clinical_rules import ALL, EMERGENCY, NEAR_MISSES, NOT_EXPLAINED_AWAY, SAME_DAY, SOON, level_of
from support.findings import described, having, without_one

from bot.desk import Desk
from bot.flow.assessment import assess
from bot.flow.findings import Facts
from bot.flow.schema import urgency_rank


def named(cases: tuple[tuple[str, Facts], ...]) -> list[object]:
    """Test cases with names to read."""
    return [pytest.param(rule, facts, id=f"{rule}-{described(facts)}") for rule, facts in cases]


def fired(desk: Desk, facts: Facts) -> dict[str, str]:
    """Rules that hold, with their urgency."""
    return {rule.id: rule.urgency for rule in assess(desk.flow, facts).rules}


@pytest.mark.parametrize(("rule", "facts"), named(ALL))
def test_these_findings_fire_the_rule(desk: Desk, rule: str, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    assert fired(desk, facts).get(rule) == level_of(rule)
    assert urgency_rank(assessment.urgency) >= urgency_rank(level_of(rule))


@pytest.mark.parametrize(("rule", "facts"), named(ALL))
def test_the_rule_names_the_findings_that_made_it_fire(desk: Desk, rule: str, facts: Facts) -> None:
    evidence = next(fired.evidence for fired in assess(desk.flow, facts).rules if fired.id == rule)
    assert evidence
    assert {reference.partition(".")[0] for reference in evidence} <= set(facts)


@pytest.mark.parametrize(("rule", "facts"), named(ALL))
def test_with_one_finding_less_the_rule_does_not_fire(desk: Desk, rule: str, facts: Facts) -> None:
    for taken_away, fewer in without_one(facts):
        assert rule not in fired(desk, fewer), f"without {taken_away}"


@pytest.mark.parametrize(("rule", "facts"), named(NOT_EXPLAINED_AWAY))
def test_what_looks_harmless_and_is_not_fires_the_rule(desk: Desk, rule: str, facts: Facts) -> None:
    assert rule in fired(desk, facts)


@pytest.mark.parametrize(("rule", "facts"), named(NEAR_MISSES))
def test_a_near_miss_does_not_fire_the_rule(desk: Desk, rule: str, facts: Facts) -> None:
    assert rule not in fired(desk, facts)


def test_the_tables_cover_every_rule_of_the_flow(desk: Desk) -> None:
    assert {rule.id for rule in desk.flow.rules} == {rule for rule, _ in ALL}


def test_the_tables_cover_every_rule_of_the_clinical_protocol() -> None:
    assert {rule for rule, _ in EMERGENCY} == {f"E{i}" for i in range(1, 9)}
    assert {rule for rule, _ in SAME_DAY} == {f"S{i}" for i in range(1, 10)}
    assert {rule for rule, _ in SOON} == {f"W{i}" for i in range(1, 4)}


def test_a_middle_aged_knee_counts_as_a_possible_fracture_with_a_second_sign(desk: Desk) -> None:
    # The Ottawa rule begins at 55, inside this age band.
    assert "S3" not in fired(desk, having(onset="twist_or_fall", age_band="a45_59"))
    assert "S3" in fired(desk, having(onset="high_energy_trauma", age_band="a45_59"))
    assert "S3" in fired(desk, having("felt_pop", onset="twist_or_fall", age_band="a45_59"))
    assert "S3" in fired(desk, having(onset="twist_or_fall", age_band="a45_59", swelling_kind={"knee_joint"}))


def test_a_swelling_that_nothing_explains_is_seen_today_in_teenagers_too(desk: Desk) -> None:
    # clinical.md §3 S8; the age band reaches from 15 to 29, and the younger half of it decides.
    assert "S8" in fired(desk, having(age_band="u15", onset="gradual", swelling_kind={"knee_joint"}))
    assert "S8" in fired(desk, having(age_band="a15_29", onset="gradual", swelling_kind={"knee_joint"}))


def test_the_two_points_that_only_a_clinician_may_subtract_are_never_subtracted(desk: Desk) -> None:
    likely_cyst = having("calf_tender", "veins_visible", swelling_kind={"lump_behind_knee"}, known_knee_disease={"oa"})
    assert "S1" in fired(desk, likely_cyst)


def test_the_most_urgent_rule_decides_and_stands_first(desk: Desk) -> None:
    assessment = assess(desk.flow, having("giving_way", "locked_knee", "dyspnoea"))
    assert assessment.urgency == "emergency_now"
    assert [rule.id for rule in assessment.rules] == ["E1", "S4", "W3"]


def test_without_a_finding_there_is_no_rule(desk: Desk) -> None:
    assessment = assess(desk.flow, {})
    assert assessment.urgency == "self_care_watch"
    assert assessment.rules == ()
