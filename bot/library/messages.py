"""The messages that the program needs, with the placeholders that each may use."""

from __future__ import annotations

from collections.abc import Mapping

from bot.library.clinic import WEEKDAYS

_PLAIN = """
welcome welcome_back greeting_short consent_declined restarted went_back nothing_to_go_back stopped data_deleted
help emergency_help danger_before_consent danger_denied reprompt_first reprompt_second old_button
old_conversation_button answer_kept answer_changed resume_question resumed answers_expired questions_changed
unsupported_sticker unsupported_image unsupported_audio unsupported_video unsupported_file unsupported_location
unsupported_other choose_all typing_hint yes no unsure none done reasons_title answers_title when_title where_title
do_now_title safety_net_title outcome_title memo_button guidebook_button
conditions_intro no_conditions matched_title named_by_rule department_title
hurry_title self_care_intro self_care_caution_title steps_title how_long_title stop_title withheld_title
booking_title hours_title address_title bring_title not_a_diagnosis details_button call_119_button
call_clinic_button booking_button map_button restart_button closed topic_return nothing_to_explain error_sorry
what_it_is_title when_it_hurts_title course_title examination_title until_then_title sources_title change_title
danger_title resume_title menu_title list_empty more_button tips_after_questions tips_withheld more_tips_title
when_used_title treatment_title treatment_course_title risks_title cost_title visits_title self_pay_risks_title
approval_title contact_title related_title chapters_title features_title unanswered_reason urgency_reason
special_days_title online_title language_changed finder_title location_button follow_up_title follow_up_question
thanks follow_up_off follow_up_better follow_up_same follow_up_worse follow_up_nothing news_on news_off
public_holidays closed_now
"""

REQUIRED: Mapping[str, frozenset[str]] = {
    **{id: frozenset() for id in _PLAIN.split()},
    **{f"day_{day}": frozenset() for day in WEEKDAYS},
    "finished_hint": frozenset({"outcome"}),
    "follow_up_on": frozenset({"days"}),
    "distance": frozenset({"km"}),
    "distance_near": frozenset(),
    "alt_finder": frozenset({"names"}),
    "urgent_clinic": frozenset({"outcome"}),
    "list_separator": frozenset(),
    "named_value": frozenset({"name", "value"}),
    "point": frozenset({"text"}),
    "shift": frozenset({"opens", "closes"}),
    "open_now": frozenset({"closes"}),
    "opens_today": frozenset({"opens"}),
    "opens_next": frozenset({"day", "opens"}),
    "date": frozenset({"month", "day", "weekday"}),
    "span": frozenset({"first", "last"}),
    "special_days": frozenset({"days", "hours", "reason"}),
    "monthly_closure": frozenset({"weeks", "day"}),
    "treatment_not_ready": frozenset({"phone"}),
    "alt_list": frozenset({"title", "names"}),
    "staff": frozenset({"phone", "phone_hours"}),
    "reprompt_third": frozenset({"phone"}),
    "number_out_of_range": frozenset({"minimum", "maximum"}),
    "number_hint": frozenset({"minimum", "maximum"}),
    "change_question": frozenset({"question", "old", "new"}),
    "confirm_danger": frozenset({"finding"}),
    "noted": frozenset({"findings"}),
    "noted_absent": frozenset({"findings"}),
    "taken_back": frozenset({"findings"}),
    "heard": frozenset(),
    "about_others": frozenset(),
    "distress": frozenset({"phone"}),
    "crisis_suicide": frozenset(),
    "crisis_overdose": frozenset(),
    "how_to_delete": frozenset(),
    "calm_answer": frozenset({"phone"}),
    "off_topic": frozenset({"phone"}),
    "selected": frozenset({"labels"}),
    "previous_answer": frozenset({"label"}),
    "progress": frozenset({"count"}),
    "withheld_because": frozenset({"reasons"}),
    "withheld_because_among_others": frozenset({"reasons"}),
    "alt_question": frozenset({"question", "options"}),
    "alt_picture": frozenset({"alt"}),
    "alt_outcome": frozenset({"name", "headline", "when"}),
    "alt_conditions": frozenset({"names"}),
    "alt_self_care": frozenset({"names"}),
    "alt_clinic": frozenset({"name"}),
}
"""Message id to placeholders: a message may leave one out, and may use no other."""
