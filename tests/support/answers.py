"""What patients of the shipped flow answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.flow.findings import NO, UNKNOWN, YES, FindingType, Value
from bot.flow.replay import ticked
from bot.flow.schema import NONE, Flow, Question, QuestionType

Answer = str | int | Collection[str]
"""An option, a number, or the options of a list."""

HARMLESS: Mapping[str, str | int] = {
    "onset": "gradual",
    "duration": "d3_14",
    "course": "improving",
    "laterality": "one_leg",
    "age_band": "a30_44",
    "morning_stiffness": "none",
    "pain_nrs": 2,
}
"""For findings that are neither yes/no nor lists: the value with which nothing is the matter."""

LEADS_TO: Mapping[str, Mapping[str, str]] = {
    "leg_arteries": {"leg_danger": "cold_pale_foot"},
    "leg_lump": {"leg_danger": "cold_pale_foot"},
    "leg_walking": {"onset": "sudden_no_injury", "leg_danger": "numbness_leg"},
    "blue_leg": {"skin": "blue_purple"},
    "injury": {"onset": "high_energy_trauma"},
    "overuse": {"leg_danger": "tense_calf_severe_pain"},
    "hard_calf_medicine": {"leg_danger": "tense_calf_severe_pain"},
    "hard_calf_cast": {"leg_danger": "tense_calf_severe_pain"},
    "pain_in_danger": {"skin": "fast_spread"},
    "calf": {"swelling": "both_ankles"},
    "lump": {"swelling": "lump_behind_knee"},
    "laterality": {"swelling": "calf"},
    "child": {"age_band": "u15"},
    "artery_risk": {"pain_trigger": "at_rest"},
    "walking": {"pain_trigger": "walk"},
    "course": {"duration": "w6_12"},
}
"""For each question that not everybody is asked: answers of somebody who is, all others being harmless.

Left out are the questions that a list leads to by an option of its own, which `answer_to` ticks.
"""


def harmless(question: Question) -> str | int:
    """The answer with which nothing is the matter."""
    if question.has_own_options:
        return question.options[0]
    if question.type is QuestionType.CHECKLIST:
        return NONE
    return HARMLESS.get(question.asks[0].id, NO)


def answer_to(question: Question, as_told: Mapping[str, Answer], flow: Flow) -> Answer:
    """The answer that somebody is told to give, otherwise the harmless one.

    A list that asks for the past as a whole (「病気がある」) is ticked where the question what exactly has an answer.
    """
    if question.id in as_told:
        return as_told[question.id]
    told = {finding.id for id in as_told if id in flow.questions for finding in flow.questions[id].asks}
    several = [finding.id for finding in question.asks if finding.type is not FindingType.BOOL]
    ticks = [id for id in several if id in question.options and id in told]
    return ticks or harmless(question)


def options_that_hold(
    question: Question, has: Mapping[str, Value], shown: Collection[str]
) -> str | int | tuple[str, ...]:
    """What somebody who has these findings answers: everything that is not among them is harmless."""
    if question.type is QuestionType.CHECKLIST:
        if any(has.get(id) == UNKNOWN for id in question.unsure):
            return UNKNOWN
        return tuple(option for option in ticked(question, has) if option in shown)
    value = has.get(question.asks[0].id) if question.asks else None
    if value is None:
        return harmless(question)
    if question.asks[0].type is FindingType.BOOL:
        return YES if value == YES else NO
    return value if isinstance(value, int) else str(value)
