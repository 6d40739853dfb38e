"""What patients of the shipped flow answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.flow.findings import UNKNOWN, YES, FindingType, Value
from bot.flow.schema import NONE, Question, QuestionType

HARMLESS: Mapping[str, str | int] = {
    "consent": "agree",
    "chest": NONE,
    "onset": "gradual",
    "leg_danger": NONE,
    "overuse": "no",
    "skin": NONE,
    "whole_body": NONE,
    "cauda_equina": NONE,
    "pain_in_danger": 0,
    "injury": NONE,
    "swelling": NONE,
    "laterality": "one_leg",
    "calf": NONE,
    "lump": NONE,
    "duration": "d3_14",
    "immobility": NONE,
    "clot_risk": NONE,
    "infection_risk": NONE,
    "age_band": "a30_44",
    "nerve": NONE,
    "pain_trigger": NONE,
    "pain_site": NONE,
    "walking": NONE,
    "joint": NONE,
    "stiffness": "none",
    "whole_person": NONE,
    "course": "improving",
    "pain": 2,
    "known_disease": NONE,
    "advice_gate": NONE,
    "artery_risk": NONE,
}
"""For each question of the shipped flow an answer with which nothing is the matter."""


def options_that_hold(
    question: Question, has: Mapping[str, Value], shown: Collection[str]
) -> str | int | tuple[str, ...]:
    """What somebody who has these findings answers: everything that is not among them is harmless."""
    if question.type is QuestionType.CHECKLIST and len(question.asks) > 1:
        if any(has.get(id) == UNKNOWN for id in question.unsure):
            return UNKNOWN
        return tuple(option for option in shown if has.get(option) == YES)
    finding = question.asks[0]
    value = has.get(finding.id)
    if value is None:
        return HARMLESS[question.id]
    if finding.type is FindingType.MULTI and isinstance(value, frozenset):
        return tuple(sorted(value & set(shown)))
    return value if isinstance(value, int) else str(value)
