"""The red-flag rules as clinical.md §3 states them: every way in which each of them is met.

Written from that text and not from flows/red_flags.yaml. Each case is a smallest one: with any one thing less the rule
is not met.
"""

from __future__ import annotations

from itertools import product

from bot.flow.findings import Facts
from support.findings import having

Case = tuple[str, Facts]

LEVELS = {"E": "emergency_now", "S": "same_day", "W": "soon_2w"}
"""First letter of a rule to its urgency."""

NOT_ASKED = frozenset({"pain_trigger.sprint_jump"})
"""What no question offers; only typed words and ``triage`` bring it up."""

_IMMOBILITY = ("travel_4h", "bed_3d", "cast_or_paralysis", "shelter_or_car")
_CLOT_RISK = ("surgery_12w", "cancer", "prior_vte", "pregnant_or_postpartum", "oestrogen")
_INJURY = ("high_energy_trauma", "twist_or_fall")
_NOT_GRADUAL = (*_INJURY, "snap_on_effort", "sudden_no_injury")

EMERGENCY: tuple[Case, ...] = (
    ("E1", having("dyspnoea")),
    ("E1", having("chest_pain")),
    ("E1", having("haemoptysis_or_faint")),
    *(("E2", having("cold_pale_foot", onset=onset)) for onset in _NOT_GRADUAL),
    ("E2", having("cold_pale_foot", "numbness_leg", onset="gradual")),
    ("E2", having("cold_pale_foot", "toes_cannot_move", onset="gradual")),
    *(("E2", having(skin_change={"pale"}, onset=onset, pain_nrs=7)) for onset in _NOT_GRADUAL),
    *(
        ("E3", having(cauda_equina_signs={sign}))
        for sign in ("saddle_numb", "urine_retention_or_leak", "bowel_leak", "both_legs_weak", "sexual_change")
    ),
    *(
        case
        for skin in ("fast_spread", "blister_black")
        for case in (
            ("E4", having("fever_chills", skin_change={skin})),
            ("E4", having("very_unwell", skin_change={skin})),
            ("E4", having(skin_change={skin}, pain_nrs=8)),
        )
    ),
    ("E5", having("very_unwell", "fever_chills")),
    ("E5", having("very_unwell", "redness")),
    ("E5", having("very_unwell", "warmth")),
    ("E6", having("deformity")),
    ("E6", having("giving_way", onset="high_energy_trauma")),
    ("E6", having("numbness_leg", onset="high_energy_trauma")),
    ("E6", having("cold_pale_foot", onset="high_energy_trauma")),
    *(("E7", having("tense_calf_severe_pain", onset=onset)) for onset in (*_INJURY, "snap_on_effort")),
    ("E7", having("tense_calf_severe_pain", "recent_overuse")),
    ("E7", having("tense_calf_severe_pain", pain_trigger={"sprint_jump"})),
    ("E7", having("tense_calf_severe_pain", "numbness_leg")),
    ("E8", having("toes_cannot_move")),
)

_SWELLINGS = ("whole_leg", "calf", "lump_behind_knee", "knee_joint", "both_ankles")
_LOCAL_SIGNS: tuple[Facts, ...] = (
    having("calf_tender"),
    having("warmth"),
    having("redness"),
    having("veins_visible"),
    having(pain_trigger={"at_rest"}),
)
_CLOT_BACKGROUND: tuple[Facts, ...] = (
    *(having(immobility_recent={kind}) for kind in _IMMOBILITY),
    *(having(vte_risk={kind}) for kind in _CLOT_RISK),
)
_TWO_POINTS_OF_WELLS: tuple[Facts, ...] = (
    having(vte_risk={"cancer", "prior_vte"}),
    having(vte_risk={"cancer", "surgery_12w"}),
    having(vte_risk={"prior_vte", "surgery_12w"}),
    having(vte_risk={"cancer"}, immobility_recent={"cast_or_paralysis"}),
    having(vte_risk={"cancer"}, immobility_recent={"bed_3d"}),
    having(vte_risk={"prior_vte"}, immobility_recent={"cast_or_paralysis"}),
    having(vte_risk={"prior_vte"}, immobility_recent={"bed_3d"}),
    having(vte_risk={"surgery_12w"}, immobility_recent={"cast_or_paralysis"}),
    having(immobility_recent={"bed_3d", "cast_or_paralysis"}),
    having("calf_tender", "veins_visible"),
)

SAME_DAY: tuple[Case, ...] = (
    ("S1", having(swelling_kind={"whole_leg"}, laterality="one_leg")),
    ("S1", having(swelling_kind={"calf"}, laterality="one_leg")),
    ("S1", having("calf_diff_3cm")),
    ("S1", having("pitting_one_leg")),
    *(("S1", {**sign, **background}) for sign, background in product(_LOCAL_SIGNS, _CLOT_BACKGROUND)),
    *(("S1", facts) for facts in _TWO_POINTS_OF_WELLS),
    *(
        ("S2", having(heat, swelling_kind={"knee_joint"}, duration=duration))
        for heat in ("warmth", "redness")
        for duration in ("h48", "d3_14")
    ),
    ("S2", having("fever_chills")),
    ("S2", having(infection_risk={"joint_prosthesis"}, duration="h48")),
    ("S2", having(infection_risk={"joint_prosthesis"}, duration="d3_14")),
    *(("S3", having("cannot_bear_weight", onset=onset)) for onset in _INJURY),
    *(("S3", having("cannot_flex_90", onset=onset)) for onset in _INJURY),
    *(("S3", having(onset=onset, age_band=age)) for onset in _INJURY for age in ("a60_74", "a75p")),
    ("S4", having("locked_knee")),
    ("S5", having(skin_change={"fast_spread"})),
    ("S6", having("weakness_leg")),
    ("S7", having(lump_feature={"pulsating"}, course="worse_in_hours")),
    ("S7", having(lump_feature={"pulsating"}, course="worse_in_days")),
    ("S7", having(lump_feature={"pulsating"}, claudication={"calf_eases_standing"})),
    *(("S8", having(age_band="u15", swelling_kind={kind})) for kind in _SWELLINGS),
    ("S8", having("night_pain", age_band="u15")),
    ("S8", having("night_pain", age_band="a15_29")),
    *(
        ("S9", {**sign, **having(vte_risk={risk}, laterality="one_leg")})
        for risk in ("pregnant_or_postpartum", "surgery_12w")
        for sign in (*_LOCAL_SIGNS, having(swelling_kind={"calf"}), having(swelling_kind={"whole_leg"}))
    ),
)

SOON: tuple[Case, ...] = (
    ("W1", having("hand_joints_both_sides")),
    ("W1", having(morning_stiffness="over_30min")),
    ("W1", having(morning_stiffness="over_60min")),
    ("W2", having(lump_feature={"pulsating"})),
    ("W2", having(lump_feature={"hard_or_growing"})),
    ("W2", having(lump_feature={"over_5cm"})),
    ("W2", having("night_pain", "weight_loss")),
    ("W2", having("night_pain", course="worse_in_hours")),
    ("W2", having("night_pain", course="worse_in_days")),
    ("W2", having(vte_risk={"cancer"}, duration="h48")),
    ("W2", having(vte_risk={"cancer"}, duration="d3_14")),
    ("W3", having("giving_way")),
    ("W3", having("catching_clicking")),
    ("W3", having(claudication={"calf_eases_standing"})),
    ("W3", having(claudication={"eases_sitting_forward"})),
    ("W3", having("numbness_leg")),
    *(("W3", having(duration=duration, course="steady")) for duration in ("w2_6", "w6_12", "m3p")),
    ("W3", having("night_pain")),
    ("W3", having("cannot_bear_weight")),
    ("W3", having(pain_nrs=7)),
)

ALONE_OF_AN_EMERGENCY: tuple[Case, ...] = (
    ("S10", having("cold_pale_foot", onset="gradual")),
    ("S10", having(skin_change={"pale"})),
    ("S11", having("tense_calf_severe_pain")),
    ("S12", having("very_unwell")),
    ("S12", having(skin_change={"blister_black"})),
)
"""One sign of a rule that asks for two. Not in clinical.md: the flow never leaves such a sign for another day."""

_SOON_AFTER = ("h48", "d3_14")
_LEG_WITH_NARROW_ARTERIES: tuple[Facts, ...] = (
    having(artery_risk={"known_pad"}),
    having(claudication={"calf_eases_standing"}),
)

BEYOND: tuple[Case, ...] = (
    *(
        ("E9", {**vessel, **sign})
        for vessel in (having(lump_feature={"pulsating"}), having(artery_risk={"aneurysm_history"}))
        for sign in (having("cold_pale_foot"), having(skin_change={"pale"}))
    ),
    *(
        ("E10", {**having("numbness_leg", onset="sudden_no_injury"), **vessel})
        for vessel in (
            *(having(artery_risk={risk}) for risk in ("atrial_fibrillation", "aneurysm_history", "known_pad")),
            having(claudication={"calf_eases_standing"}),
        )
    ),
    *(("S1", {**having(skin_change={"blue_purple"}), **background}) for background in _CLOT_BACKGROUND),
    *(("S2", having(sign, infection_risk={"joint_prosthesis"}, duration="m3p")) for sign in ("warmth", "redness")),
    ("S2", having(infection_risk={"joint_prosthesis"}, swelling_kind={"knee_joint"}, duration="m3p")),
    *(
        ("S2", having(infection_risk={risk}, swelling_kind={"knee_joint"}, duration=duration))
        for risk in ("immunosuppressed", "joint_injection_or_surgery")
        for duration in _SOON_AFTER
    ),
    *(
        ("S3", {**having(onset=onset, duration="h48", swelling_kind={"knee_joint"}), **sign})
        for onset in _INJURY
        for sign in (having("felt_pop"), having("giving_way"), having(pain_nrs=7))
        if onset == "twist_or_fall"
    ),
    ("S3", having(onset="high_energy_trauma", duration="h48", swelling_kind={"knee_joint"})),
    ("E12", having(swelling_kind={"whole_leg"}, skin_change={"blue_purple"}, laterality="one_leg")),
    *(
        ("E13", {**having("tense_calf_severe_pain"), **cause})
        for cause in (
            having(immobility_recent={"cast_or_paralysis"}),
            having(advice_gate={"anticoagulant"}),
            having(advice_gate={"bleeding_disorder"}),
        )
    ),
    ("E11", having("giving_way", "cannot_bear_weight", "numbness_leg", onset="twist_or_fall")),
    *(
        ("S3", {**having(onset="twist_or_fall", age_band="a45_59"), **sign})
        for sign in (having("felt_pop"), having(swelling_kind={"knee_joint"}))
    ),
    ("S3", having(onset="high_energy_trauma", age_band="a45_59")),
    *(("S5", having("redness", "warmth", duration=duration)) for duration in _SOON_AFTER),
    *(
        ("S5", having("redness", infection_risk={risk}, duration=duration))
        for risk in ("diabetes", "immunosuppressed", "skin_wound")
        for duration in _SOON_AFTER
    ),
    ("S7", having(lump_feature={"pulsating"}, pain_nrs=7)),
    ("S7", having(lump_feature={"pulsating"}, claudication={"eases_sitting_forward"})),
    ("S7", having("numbness_leg", lump_feature={"pulsating"})),
    ("S7", having("cold_pale_foot", lump_feature={"pulsating"})),
    ("S8", having(age_band="a15_29", swelling_kind={"knee_joint"})),
    *(
        ("S8", having(age_band=age, lump_feature={feature}))
        for age in ("u15", "a15_29")
        for feature in ("hard_or_growing", "over_5cm")
    ),
    *(("S13", having("cannot_bear_weight", duration=duration)) for duration in _SOON_AFTER),
    *(("S13", having("cannot_bear_weight", age_band=age)) for age in ("a60_74", "a75p")),
    ("S14", having(skin_change={"band_of_blisters"})),
    *(("S15", having("veins_visible", sign)) for sign in ("redness", "warmth", "calf_tender")),
    *(
        ("S16", {**having(advice_gate={"anticoagulant"}, onset="sudden_no_injury", duration=duration), **sign})
        for duration in _SOON_AFTER
        for sign in (
            *(having(swelling_kind={kind}) for kind in ("knee_joint", "calf", "whole_leg")),
            *(having(skin_change={colour}) for colour in ("ankle_bruise", "blue_purple")),
        )
    ),
    *(("S16", having(advice_gate={"bleeding_disorder"}, duration=duration)) for duration in _SOON_AFTER),
    *(
        ("S17", {**arteries, **sign})
        for arteries in _LEG_WITH_NARROW_ARTERIES
        for sign in (
            having(pain_trigger={"at_rest"}),
            having("night_pain"),
            having(infection_risk={"skin_wound"}),
            having(skin_change={"blue_purple"}),
            having(skin_change={"blister_black"}),
        )
    ),
    *(("S18", having(sign, age_band="u15")) for sign in ("limping", "hip_groin_pain", "cannot_bear_weight")),
    ("S18", having("limping", "hip_groin_pain", age_band="a15_29")),
    *(("S19", having("radiates_below_knee", laterality="both_legs", duration=duration)) for duration in _SOON_AFTER),
    *(
        ("S20", {**having(swelling_kind={"knee_joint"}, duration=duration), **sign})
        for duration in _SOON_AFTER
        for sign in (having("cannot_flex_90"), having(pain_nrs=7))
    ),
    *(
        ("S19", having("radiates_below_knee", "numbness_leg", laterality="both_legs", course=course))
        for course in ("worse_in_hours", "worse_in_days")
    ),
    *(
        ("S23", having(immobility_recent={"shelter_or_car"}, duration=duration, laterality="one_leg"))
        for duration in _SOON_AFTER
    ),
    *(("S21", having(sign, age_band="u15")) for sign in ("malaise_appetite", "weight_loss")),
    *(("S22", having(sign, vte_risk={"cancer"})) for sign in ("radiates_below_knee", "numbness_leg")),
    *(
        ("W5", {**having(onset="twist_or_fall"), **sign})
        for sign in (
            having("felt_pop"),
            having(age_band="a45_59"),
            *(having(swelling_kind={kind}) for kind in _SWELLINGS),
        )
    ),
    ("W5", having(onset="high_energy_trauma")),
    ("W5", having("felt_pop", onset="snap_on_effort")),
    ("W6", having(swelling_kind={"knee_joint"})),
    ("W6", having(swelling_kind={"lump_behind_knee"})),
    ("W6", having("warmth")),
    ("W6", having("redness")),
    ("W7", having(lump_feature={"hard_or_growing"})),
    ("W7", having(lump_feature={"over_5cm"})),
    ("W8", having(lump_feature={"pulsating"})),
    ("W9", having("weight_loss")),
    ("W10", having("similar_attacks")),
    ("W11", having(age_band="u15", laterality="one_leg")),
)
"""What clinical.md §3 leaves open and its §2 or the sources of flows/red_flags.yaml ask for."""

_TIRED_ANKLES = having("evening_heaviness", swelling_kind={"both_ankles"}, duration="h48", course="on_and_off")
_LIKE_GROWING_PAINS = having("night_pain", age_band="u15", laterality="both_legs", course="on_and_off")

NOT_EXPLAINED_AWAY: tuple[Case, ...] = (
    *(
        ("S8", {**_LIKE_GROWING_PAINS, **sign})
        for sign in (
            having(laterality="one_leg"),
            having(course="worse_in_days"),
            having("limping"),
            having("weight_loss"),
            having("malaise_appetite"),
            *(having("recent_overuse", swelling_kind={kind}) for kind in _SWELLINGS),
        )
    ),
    ("S8", having("night_pain", age_band="a15_29", onset="twist_or_fall", duration="w2_6")),
    ("W3", {**_LIKE_GROWING_PAINS, **having(age_band="a30_44")}),
    ("W3", {**_LIKE_GROWING_PAINS, **having("limping")}),
    ("W4", having(swelling_kind={"both_ankles"}, duration="h48", course="steady")),
    ("W4", {**_TIRED_ANKLES, **having(duration="w2_6")}),
    *(
        ("W4", {**_TIRED_ANKLES, **background})
        for background in (
            having(course="worse_in_days"),
            having(advice_gate={"ckd"}),
            having(advice_gate={"heart_failure"}),
        )
    ),
)
"""What looks harmless – growing pains, an old fall, ankles after a long day – and is not. Not the smallest cases."""

BOTH_LEGS: tuple[Case, ...] = (("W4", having(swelling_kind={"both_ankles"})),)
"""Swelling of both legs without breathlessness: a level of the table of serious conditions, not of the protocol."""

ALL: tuple[Case, ...] = (*EMERGENCY, *SAME_DAY, *ALONE_OF_AN_EMERGENCY, *SOON, *BOTH_LEGS, *BEYOND)

NEAR_MISSES: tuple[Case, ...] = (
    ("E2", having("cold_pale_foot", onset="gradual")),
    ("E9", having("cold_pale_foot", artery_risk={"smoker"}, onset="gradual")),
    ("E9", having(skin_change={"blue_purple"}, lump_feature={"pulsating"})),
    ("E10", having("numbness_leg", onset="sudden_no_injury", artery_risk={"smoker"})),
    ("E10", having("numbness_leg", onset="sudden_no_injury", artery_risk={"known_pad"}, duration="m3p")),
    ("E12", having(swelling_kind={"whole_leg"}, skin_change={"blue_purple"}, laterality="both_legs")),
    ("E12", having(swelling_kind={"calf"}, skin_change={"blue_purple"}, laterality="one_leg", pain_nrs=9)),
    ("E12", having(swelling_kind={"whole_leg"}, skin_change={"ankle_bruise"}, laterality="one_leg", pain_nrs=9)),
    ("E10", having("numbness_leg", onset="snap_on_effort", artery_risk={"known_pad"})),
    *(("W4", {**_TIRED_ANKLES, **having(duration=duration)}) for duration in _SOON_AFTER),
    *(("W4", {**_TIRED_ANKLES, **having(course=course)}) for course in ("steady", "improving")),
    ("E2", having(skin_change={"pale"}, onset="gradual", pain_nrs=10)),
    ("E2", having(skin_change={"pale"}, onset="sudden_no_injury", pain_nrs=6)),
    ("E2", having(skin_change={"blue_purple"}, onset="sudden_no_injury", pain_nrs=10)),
    ("E4", having(skin_change={"fast_spread"}, pain_nrs=7)),
    ("E4", having("fever_chills", skin_change={"ankle_bruise"})),
    ("E6", having("giving_way", "numbness_leg", onset="twist_or_fall")),
    ("E7", having("tense_calf_severe_pain", onset="sudden_no_injury")),
    ("S1", having(swelling_kind={"calf", "whole_leg"}, laterality="both_legs")),
    ("S1", having(swelling_kind={"both_ankles"}, laterality="one_leg")),
    ("S1", having(vte_risk={"surgery_12w"}, immobility_recent={"bed_3d"})),
    ("S1", having(vte_risk={"cancer"}, immobility_recent={"travel_4h"})),
    ("S1", having("calf_tender", "warmth", "redness")),
    ("S2", having("warmth", swelling_kind={"knee_joint"}, duration="w2_6")),
    ("S2", having("warmth", swelling_kind={"both_ankles"}, duration="h48")),
    ("S2", having(infection_risk={"joint_prosthesis"}, duration="w2_6")),
    ("S3", having("cannot_bear_weight", "cannot_flex_90", onset="snap_on_effort", age_band="a75p")),
    ("S3", having(onset="twist_or_fall", age_band="a30_44")),
    ("S3", having(onset="twist_or_fall", duration="h48", swelling_kind={"knee_joint"}, pain_nrs=6)),
    ("S5", having(skin_change={"ankle_bruise"})),
    ("S7", having(lump_feature={"hard_or_growing"}, course="worse_in_hours")),
    ("S7", having(lump_feature={"pulsating"}, course="steady", pain_nrs=6)),
    ("S8", having(age_band="u15", onset="twist_or_fall", swelling_kind={"knee_joint"})),
    ("S8", having("night_pain", age_band="a30_44")),
    *(("S8", {**_LIKE_GROWING_PAINS, **having(course=course)}) for course in ("on_and_off", "steady", "improving")),
    ("S8", {**_LIKE_GROWING_PAINS, **having(laterality="alternating")}),
    ("S8", having(age_band="u15", swelling_kind={"lump_behind_knee"}, lump_feature={"softens_when_bent"})),
    ("S8", having("recent_overuse", age_band="a15_29", swelling_kind={"knee_joint"})),
    ("S8", having("recent_overuse", age_band="u15", swelling_kind={"knee_joint"})),
    ("S8", having("night_pain", age_band="u15", onset="twist_or_fall", duration="h48")),
    ("S13", having("cannot_bear_weight", duration="w2_6", age_band="a45_59")),
    ("S13", having("cannot_bear_weight", onset="twist_or_fall", duration="h48")),
    ("S16", having(advice_gate={"anticoagulant"}, swelling_kind={"knee_joint"}, duration="h48", onset="gradual")),
    ("S17", having("night_pain", artery_risk={"smoker"}, claudication={"eases_sitting_forward"})),
    ("S18", having("limping", age_band="a15_29")),
    ("S18", having("limping", age_band="u15", onset="snap_on_effort")),
    ("S19", having("radiates_below_knee", laterality="both_legs", duration="m3p")),
    ("S19", having("radiates_below_knee", laterality="one_leg", duration="h48")),
    ("S19", having("radiates_below_knee", "numbness_leg", laterality="both_legs", duration="m3p", course="steady")),
    ("S20", having("cannot_flex_90", swelling_kind={"knee_joint"}, duration="h48", onset="twist_or_fall")),
    ("S20", having(swelling_kind={"knee_joint"}, duration="h48", pain_nrs=6, course="worse_in_days")),
    ("S20", having("cannot_flex_90", swelling_kind={"knee_joint"}, duration="h48", onset="snap_on_effort")),
    ("S20", having("cannot_flex_90", swelling_kind={"knee_joint"}, duration="h48", onset="high_energy_trauma")),
    ("S21", having("malaise_appetite", age_band="a15_29")),
    ("S23", having(immobility_recent={"shelter_or_car"}, duration="h48", laterality="both_legs")),
    ("S23", having(immobility_recent={"shelter_or_car"}, duration="m3p", laterality="one_leg")),
    ("W3", _LIKE_GROWING_PAINS),
    ("W3", {**_LIKE_GROWING_PAINS, **having(duration="m3p")}),
    ("W4", having(swelling_kind={"both_ankles"}, duration="d3_14", course="improving")),
    ("S22", having("numbness_leg", vte_risk={"prior_vte"})),
    ("W5", having(onset="snap_on_effort", swelling_kind={"calf"})),
    ("W5", having(onset="twist_or_fall", age_band="a30_44")),
    ("W6", having(swelling_kind={"both_ankles"})),
    ("W11", having(age_band="u15", laterality="one_leg", onset="twist_or_fall")),
    ("W11", having("recent_overuse", age_band="u15", laterality="one_leg")),
    ("S9", having("warmth", vte_risk={"pregnant_or_postpartum"}, laterality="both_legs")),
    ("W1", having(morning_stiffness="under_30min")),
    ("W2", having(lump_feature={"softens_when_bent"})),
    ("W2", having(vte_risk={"cancer"}, duration="m3p")),
    ("W3", having(duration="d3_14", course="worse_in_days")),
    ("W3", having(duration="m3p", course="improving")),
    ("W3", having(pain_nrs=6)),
)
"""Almost the rule, and not the rule."""


def level_of(rule: str) -> str:
    """The urgency of a rule, by its name."""
    return LEVELS[rule[0]]
