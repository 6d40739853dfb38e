"""Self-care tips are offered only where clinical.md §6 allows them, and a withheld one says why."""

from __future__ import annotations

import pytest
from support.findings import described, having
from support.patient import Patient

from bot.desk import Desk
from bot.flow.assessment import Assessment, assess
from bot.flow.findings import NO, Facts, FindingType, Value

SHORTLY_AFTER = {"onset": "snap_on_effort", "duration": "h48"}
ANY_INJURY = [having(onset="high_energy_trauma"), having(onset="twist_or_fall")]
SWOLLEN_LEG = [having(swelling_kind={"whole_leg"}), having(swelling_kind={"calf"})]
LIKELY_CLOT = [
    having(swelling_kind={"calf"}, laterality="one_leg"),
    having("calf_diff_3cm"),
    having("pitting_one_leg"),
    having("calf_tender", immobility_recent={"travel_4h"}),
    having(vte_risk={"cancer", "prior_vte"}),
]

WITHHELD: dict[str, list[dict[str, Value]]] = {
    "massage": [
        *SWOLLEN_LEG,
        having("calf_diff_3cm"),
        having("pitting_one_leg"),
        having("calf_tender"),
        having("redness"),
        having("warmth"),
        having("veins_visible"),
        *(
            having(skin_change={change})
            for change in ("pale", "blue_purple", "blister_black", "fast_spread", "ankle_bruise", "band_of_blisters")
        ),
        *(having(immobility_recent={kind}) for kind in ("travel_4h", "bed_3d", "cast_or_paralysis", "shelter_or_car")),
        *(
            having(vte_risk={risk})
            for risk in ("surgery_12w", "cancer", "prior_vte", "pregnant_or_postpartum", "oestrogen")
        ),
        having("fever_chills"),
        *(having(lump_feature={kind}) for kind in ("softens_when_bent", "pulsating", "hard_or_growing", "over_5cm")),
        having("cold_pale_foot"),
        having(swelling_kind={"lump_behind_knee"}),
        *(
            having(advice_gate={kind})
            for kind in ("anticoagulant", "bleeding_disorder", "pregnant", "heart_failure", "ckd")
        ),
        *ANY_INJURY,
        SHORTLY_AFTER,
    ],
    "heat": [
        having(artery_risk={"known_pad"}),
        having("warmth"),
        having("redness"),
        having("fever_chills"),
        having(swelling_kind={"knee_joint"}),
        *SWOLLEN_LEG,
        SHORTLY_AFTER,
        having(onset="twist_or_fall", duration="h48"),
        having("cold_pale_foot"),
        having("numbness_leg"),
        having(skin_change={"ankle_bruise"}),
        having(skin_change={"blue_purple"}),
    ],
    "stretch": [
        having("felt_pop"),
        SHORTLY_AFTER,
        *ANY_INJURY,
        having("locked_knee"),
        having("giving_way"),
        having("fever_chills"),
        having("cold_pale_foot"),
        having("cannot_bear_weight"),
        having("hyperextension"),
        having("night_pain"),
        having("radiates_below_knee"),
        having(lump_feature={"pulsating"}),
        having(skin_change={"ankle_bruise"}),
        having(onset="sudden_no_injury", age_band="a60_74"),
        *LIKELY_CLOT,
    ],
    "tape_support": [
        *SWOLLEN_LEG,
        *LIKELY_CLOT,
        having(skin_change={"ankle_bruise"}),
        having("tense_calf_severe_pain"),
        having("cold_pale_foot"),
        having("numbness_leg"),
        having(artery_risk={"known_pad"}),
        having(lump_feature={"pulsating"}),
    ],
    "cold_pack": [having("cold_pale_foot"), having(artery_risk={"known_pad"}), having("numbness_leg")],
    "rest_elevate": [
        having("cold_pale_foot"),
        having("tense_calf_severe_pain"),
        having(artery_risk={"known_pad"}),
        having(claudication={"calf_eases_standing"}),
    ],
    "ankle_movement": [
        *SWOLLEN_LEG,
        *LIKELY_CLOT,
        *ANY_INJURY,
        having("calf_tender"),
        having("cold_pale_foot"),
        having("tense_calf_severe_pain"),
        having(skin_change={"ankle_bruise"}),
    ],
    "compression_stocking": [
        having(artery_risk={"known_pad"}),
        having("cold_pale_foot"),
        having("numbness_leg"),
        *SWOLLEN_LEG,
        *LIKELY_CLOT,
        having(advice_gate={"heart_failure"}),
        having(infection_risk={"skin_wound"}),
    ],
    "otc_nsaid_oral": [
        *(
            having(advice_gate={kind})
            for kind in (
                "pregnant",
                "ckd",
                "ulcer_history",
                "nsaid_asthma",
                "heart_failure",
                "anticoagulant",
                "bleeding_disorder",
                "nsaid_allergy",
            )
        ),
        having(vte_risk={"pregnant_or_postpartum"}),
        having(swelling_kind={"both_ankles"}),
        having(age_band="u15"),
    ],
    "nsaid_patch": [
        *(having(advice_gate={kind}) for kind in ("pregnant", "nsaid_asthma", "nsaid_allergy")),
        having(vte_risk={"pregnant_or_postpartum"}),
        having(age_band="u15"),
        having(infection_risk={"skin_wound"}),
    ],
}
"""Tip to what withholds it, from clinical.md §5 self_care_gates and §6."""

CAUTION: dict[str, list[dict[str, Value]]] = {
    "heat": [having(infection_risk={"diabetes"}), having(age_band="a75p")],
    "stretch": [having("numbness_leg")],
    "tape_support": [
        having(infection_risk={"diabetes"}),
        having(infection_risk={"skin_wound"}),
        having(age_band="a75p"),
    ],
    "cold_pack": [having(infection_risk={"diabetes"})],
    "rest_elevate": [having(vte_risk={"oestrogen"}), having(duration="m3p")],
}


def everything_harmless(desk: Desk) -> dict[str, Value]:
    """Somebody who answered every question, and has nothing but a little pain."""
    facts: dict[str, Value] = {}
    for finding in desk.flow.findings.values():
        if finding.type is FindingType.BOOL:
            facts[finding.id] = NO
        elif finding.type is FindingType.MULTI:
            facts[finding.id] = frozenset()
    return facts | having(onset="gradual", duration="d3_14", age_band="a30_44", laterality="both_legs", pain_nrs=2)


def assessed(desk: Desk, facts: Facts) -> Assessment:
    """The assessment of somebody harmless but for these findings, at the mildest level that they allow."""
    return assess(desk.flow, everything_harmless(desk) | dict(facts))


def by_tip(table: dict[str, list[dict[str, Value]]]) -> list[object]:
    """The rows of a table, as test cases with names to read."""
    return [pytest.param(tip, facts, id=f"{tip}-{described(facts)}") for tip, rows in table.items() for facts in rows]


def test_the_harmless_are_offered_every_tip_without_caution(desk: Desk) -> None:
    assessment = assessed(desk, {})
    assert {tip.id for tip in assessment.tips} == set(desk.flow.tips)
    assert not any(tip.caution for tip in assessment.tips)
    assert assessment.withheld == ()


def test_so_are_the_harmless_at_the_end_of_a_conversation(desk: Desk) -> None:
    assert {tip.id for tip in Patient(desk).finishes().outcome.tips} == set(desk.flow.tips)


def test_every_tip_that_can_be_withheld_is_tried_here(desk: Desk) -> None:
    assert set(WITHHELD) == {gate.id for gate in desk.flow.tips.values() if gate.withhold_if}


@pytest.mark.parametrize(("tip", "facts"), by_tip(WITHHELD))
def test_these_findings_withhold_the_tip(desk: Desk, tip: str, facts: Facts) -> None:
    assessment = assessed(desk, facts)
    assert tip not in {offered.id for offered in assessment.tips}
    reasons = next(withheld.reasons for withheld in assessment.withheld if withheld.id == tip)
    assert reasons


@pytest.mark.parametrize(("tip", "facts"), by_tip(WITHHELD))
def test_the_reason_names_the_finding_or_how_urgent_it_is(desk: Desk, tip: str, facts: Facts) -> None:
    assessment = assessed(desk, facts)
    reasons = next(withheld.reasons for withheld in assessment.withheld if withheld.id == tip)
    if reasons != (f"urgency.{assessment.urgency}",):
        assert {reason.partition(".")[0] for reason in reasons} <= set(facts)


@pytest.mark.parametrize(("tip", "facts"), by_tip(WITHHELD))
def test_the_finding_withholds_the_tip_by_itself_and_not_only_through_the_level(
    desk: Desk, tip: str, facts: Facts
) -> None:
    gate = desk.flow.tips[tip]
    complete = everything_harmless(desk) | dict(facts)
    assert any(guard.holds(complete) for guard in gate.withhold_if)


@pytest.mark.parametrize(("tip", "facts"), by_tip(CAUTION))
def test_these_findings_add_the_caution(desk: Desk, tip: str, facts: Facts) -> None:
    offered = {offered.id: offered.caution for offered in assessed(desk, facts).tips}
    assert offered[tip]


def test_every_tip_with_a_caution_has_words_for_it(desk: Desk) -> None:
    for gate in desk.flow.tips.values():
        assert not gate.caution_if or desk.library.tips[gate.id].caution


def test_an_old_strain_may_be_stretched_and_warmed(desk: Desk) -> None:
    offered = {
        tip.id for tip in assessed(desk, having(onset="snap_on_effort", duration="w2_6", course="improving")).tips
    }
    assert {"stretch", "heat", "massage"} <= offered


def test_the_diabetic_are_offered_cold_and_warmth_with_caution(desk: Desk) -> None:
    offered = {tip.id: tip.caution for tip in assessed(desk, having(infection_risk={"diabetes"})).tips}
    assert offered["cold_pack"]
    assert offered["heat"]
    assert not offered["environment"]


def test_massage_is_offered_to_nobody_who_should_see_a_doctor_soon(desk: Desk) -> None:
    assessment = assessed(desk, having("hand_joints_both_sides"))
    assert assessment.urgency == "soon_2w"
    withheld = {tip.id: tip.reasons for tip in assessment.withheld}
    assert withheld["massage"] == ("urgency.soon_2w",)


@pytest.mark.parametrize("facts", [having("dyspnoea"), having("locked_knee"), having("fever_chills")], ids=described)
def test_at_the_two_urgent_levels_there_is_no_tip_at_all(desk: Desk, facts: Facts) -> None:
    assessment = assessed(desk, facts)
    assert assessment.urgency in ("emergency_now", "same_day")
    assert assessment.tips == ()
    assert {tip.reasons for tip in assessment.withheld} == {(f"urgency.{assessment.urgency}",)}


def test_what_was_not_asked_withholds_a_tip_that_needs_it(desk: Desk) -> None:
    facts = everything_harmless(desk)
    del facts["advice_gate"]
    withheld = {tip.id: tip.reasons for tip in assess(desk.flow, facts).withheld}
    assert set(withheld) == {gate.id for gate in desk.flow.tips.values() if "advice_gate" in gate.needs}
    assert withheld["massage"] == ("unanswered.advice_gate",)


def test_unsure_about_medicines_withholds_massage(desk: Desk) -> None:
    assert "massage" not in {tip.id for tip in Patient(desk).finishes(advice_gate="unknown").outcome.tips}


def test_warmth_is_replaced_by_cold_where_cold_is_safe(desk: Desk) -> None:
    warm = {tip.id: tip.instead for tip in assessed(desk, having("warmth")).withheld}
    assert warm["heat"] == ("cold_pack",)
    numb = {tip.id: tip.instead for tip in assessed(desk, having("numbness_leg")).withheld}
    assert numb["heat"] == ()


def test_what_takes_the_place_of_a_tip_is_itself_offered(desk: Desk) -> None:
    for rows in WITHHELD.values():
        for facts in rows:
            assessment = assessed(desk, facts)
            offered = {tip.id for tip in assessment.tips}
            assert all(set(tip.instead) <= offered for tip in assessment.withheld)
