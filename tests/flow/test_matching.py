"""Which conditions are explained: those that a rule names, then those whose published features the answers share."""

from __future__ import annotations

import pytest
from support.clinical_rules import ALL
from support.findings import having

from bot.desk import Desk
from bot.flow.assessment import assess
from bot.flow.findings import NO, UNKNOWN, Facts
from bot.flow.matching import MatchedCondition


def matched(desk: Desk, facts: Facts) -> list[str]:
    """Ids of the conditions explained, best first."""
    return [condition.id for condition in assess(desk.flow, facts).conditions]


TYPICAL = {
    "knee_osteoarthritis": having(
        "crepitus",
        onset="gradual",
        age_band="a60_74",
        duration="m3p",
        pain_trigger={"first_steps", "stairs", "walk"},
        morning_stiffness="under_30min",
    ),
    "meniscal_tear": having(
        "catching_clicking", "giving_way", onset="twist_or_fall", pain_trigger={"squat"}, age_band="a30_44"
    ),
    "bakers_cyst": having(
        swelling_kind={"lump_behind_knee"},
        lump_feature={"softens_when_bent"},
        pain_trigger={"bend_deep"},
        pain_quality={"tight"},
    ),
    "rheumatoid_arthritis": having("hand_joints_both_sides", morning_stiffness="over_60min", laterality="both_legs"),
    "popliteus_hamstring_strain": having(
        "recent_overuse", onset="snap_on_effort", pain_site={"back_thigh"}, pain_quality={"twinge"}
    ),
    "lumbar_radiculopathy_sciatica": having(
        "radiates_below_knee", "numbness_leg", pain_site={"buttock_low_back"}, pain_quality={"electric"}
    ),
    "lymphatic_congestion": having(
        "evening_heaviness", swelling_kind={"both_ankles"}, laterality="both_legs", pain_quality={"dull"}
    ),
    "genu_recurvatum": having("hyperextension", pain_trigger={"long_standing", "arch_back"}, age_band="a15_29"),
    "deep_vein_thrombosis": having("calf_tender", swelling_kind={"calf"}, laterality="one_leg"),
    "septic_arthritis": having("warmth", "redness", "fever_chills", swelling_kind={"knee_joint"}, duration="h48"),
    "popliteal_artery_aneurysm": having(lump_feature={"pulsating"}, age_band="a75p", sex="male"),
    "lumbar_spinal_stenosis": having(
        claudication={"eases_sitting_forward"}, pain_trigger={"long_standing"}, age_band="a75p"
    ),
}


@pytest.mark.parametrize(("condition", "facts"), TYPICAL.items(), ids=TYPICAL)
def test_a_typical_patient_reads_about_the_condition_first(desk: Desk, condition: str, facts: Facts) -> None:
    assert matched(desk, facts)[0] == condition


@pytest.mark.parametrize(("rule", "facts"), ALL)
def test_conditions_that_a_rule_names_come_first_and_at_most_three_in_all(desk: Desk, rule: str, facts: Facts) -> None:
    assessment = assess(desk.flow, facts)
    by_rule = [condition.rule is not None for condition in assessment.conditions]
    assert by_rule == sorted(by_rule, reverse=True)
    assert 1 <= len(assessment.conditions) <= 3
    assert rule in {fired.id for fired in assessment.rules}


def test_each_condition_says_which_rule_named_it_and_which_answers_it_shares(desk: Desk) -> None:
    first = assess(desk.flow, having("calf_tender", swelling_kind={"calf"}, laterality="one_leg")).conditions[0]
    assert first.rule == "S1"
    assert set(first.shared) == {"swelling_kind.calf", "calf_tender", "laterality.one_leg"}


def test_in_an_emergency_only_its_own_conditions_stand_for_a_rule(desk: Desk) -> None:
    conditions = assess(desk.flow, having("dyspnoea", "locked_knee")).conditions
    (emergency,) = (rule for rule in desk.flow.rules if rule.id == "E1")
    assert [condition.id for condition in conditions if condition.rule] == list(emergency.conditions)


def test_a_condition_named_by_two_rules_is_explained_once(desk: Desk) -> None:
    conditions = matched(desk, having("cold_pale_foot", "toes_cannot_move"))
    assert len(conditions) == len(set(conditions))


@pytest.mark.parametrize("facts", [{}, having(pain_nrs=3), having(crepitus=NO), having(age_band="a75p", sex="female")])
def test_when_nothing_fits_it_is_some_other_condition(desk: Desk, facts: Facts) -> None:
    assert assess(desk.flow, facts).conditions == (MatchedCondition("other_or_unspecified", ()),)


def test_age_and_sex_alone_are_no_common_feature(desk: Desk) -> None:
    for condition in assess(desk.flow, having("crepitus", age_band="a75p", sex="female", onset="gradual")).conditions:
        assert not {reference.partition(".")[0] for reference in condition.shared} & {"age_band", "sex"}


def test_one_weak_feature_is_not_enough(desk: Desk) -> None:
    assert matched(desk, having(pain_trigger={"squat"})) == ["other_or_unspecified"]


def test_what_speaks_against_a_condition_can_outweigh_it(desk: Desk) -> None:
    for_it = having(onset="gradual", pain_trigger={"stairs"})
    assert "knee_osteoarthritis" in matched(desk, for_it)
    assert "knee_osteoarthritis" not in matched(desk, for_it | having(age_band="u15", morning_stiffness="over_60min"))


def test_unsure_is_no_feature(desk: Desk) -> None:
    unsure = dict.fromkeys(("crepitus", "pain_trigger", "morning_stiffness", "onset", "giving_way"), UNKNOWN)
    assert not any(condition.shared for condition in assess(desk.flow, unsure).conditions)


def test_conditions_for_rules_only_are_never_matched_by_features(desk: Desk) -> None:
    facts = having("numbness_leg", "weakness_leg", course="worse_in_hours", artery_risk={"atrial_fibrillation"})
    for condition in assess(desk.flow, facts).conditions:
        assert condition.rule or not desk.flow.conditions[condition.id].rule_only


@pytest.mark.parametrize("laterality", ["one_leg", "alternating", None])
def test_swelling_of_one_leg_is_never_first_explained_as_congestion(desk: Desk, laterality: str | None) -> None:
    facts = having("evening_heaviness", "veins_visible", swelling_kind={"both_ankles"}, vte_risk={"oestrogen"})
    facts |= having(pain_quality={"dull"}, pain_trigger={"long_sitting"})
    facts |= {"laterality": laterality} if laterality else {}
    conditions = matched(desk, facts)
    if "lymphatic_congestion" in conditions:
        assert conditions.index("deep_vein_thrombosis") < conditions.index("lymphatic_congestion")


def test_without_a_rule_congestion_still_never_stands_above_a_clot_in_one_leg(desk: Desk) -> None:
    facts = having("evening_heaviness", laterality="one_leg", vte_risk={"cancer"}, pain_trigger={"long_sitting"})
    facts |= having(pain_quality={"dull"}, immobility_recent={"travel_4h"})
    assert not any(condition.rule for condition in assess(desk.flow, facts).conditions)
    conditions = matched(desk, facts)
    assert conditions.index("deep_vein_thrombosis") < conditions.index("lymphatic_congestion")


def test_in_both_legs_it_may(desk: Desk) -> None:
    facts = having("evening_heaviness", laterality="both_legs", swelling_kind={"both_ankles"}, vte_risk={"cancer"})
    assert matched(desk, facts)[0] == "lymphatic_congestion"


def test_the_order_never_changes_how_urgent_it_is(desk: Desk) -> None:
    facts = TYPICAL["knee_osteoarthritis"]
    assert assess(desk.flow, facts).urgency == assess(desk.flow, facts | having("hyperextension")).urgency
