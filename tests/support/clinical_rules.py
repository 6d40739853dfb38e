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
    *(("E2", having(skin_change={"pale"}, onset=onset, pain_nrs=8)) for onset in _NOT_GRADUAL),
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
    *(
        ("S8", having(age_band="u15", swelling_kind={kind}))
        for kind in ("whole_leg", "calf", "lump_behind_knee", "knee_joint", "both_ankles")
    ),
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
    ("S10", having("tense_calf_severe_pain")),
    ("S10", having("very_unwell")),
    ("S10", having(skin_change={"pale"})),
    ("S10", having(skin_change={"blister_black"})),
)
"""One sign of a rule that asks for two. Not in clinical.md: the flow never leaves such a sign for another day."""

BOTH_LEGS: tuple[Case, ...] = (("W4", having(swelling_kind={"both_ankles"})),)
"""Swelling of both legs without breathlessness: a level of the table of serious conditions, not of the protocol."""

ALL: tuple[Case, ...] = (*EMERGENCY, *SAME_DAY, *ALONE_OF_AN_EMERGENCY, *SOON, *BOTH_LEGS)

NEAR_MISSES: tuple[Case, ...] = (
    ("E2", having("cold_pale_foot", onset="gradual")),
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
    ("S5", having(skin_change={"ankle_bruise"})),
    ("S7", having(lump_feature={"hard_or_growing"}, course="worse_in_hours")),
    ("S7", having(lump_feature={"pulsating"}, course="steady")),
    ("S8", having(age_band="u15", onset="twist_or_fall", swelling_kind={"knee_joint"})),
    ("S8", having("night_pain", age_band="a30_44")),
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
