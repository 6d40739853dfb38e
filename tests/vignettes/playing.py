"""A vignette in conversation: the questions that it is asked, and what it is told at the end."""

from __future__ import annotations

from dataclasses import dataclass

from bot.flow.assessment import Assessment, assess_conversation
from bot.flow.checks import mildest_answers
from bot.flow.conversation import AnswerValue
from bot.flow.findings import NO, UNKNOWN, YES, FindingType
from bot.flow.replay import ticked, walk
from bot.flow.schema import Flow, Question, QuestionType
from tests.vignettes.cases import Vignette


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one vignette went.

    Args:
        asked: questions about the patient, in order; the consent is none.
    """

    vignette: Vignette
    asked: tuple[str, ...]
    assessment: Assessment

    @property
    def shown(self) -> tuple[str, ...]:
        """Conditions that are explained, in order."""
        return tuple(condition.id for condition in self.assessment.conditions)

    @property
    def harmful(self) -> frozenset[str]:
        """Tips that are offered and could harm this patient."""
        return self.vignette.harmful & {tip.id for tip in self.assessment.tips}


def play(flow: Flow, vignette: Vignette) -> Outcome:
    """Answer every question as this patient would, to the end."""
    mildest = mildest_answers(flow)
    position = walk(flow, lambda question: _answer(question, vignette, mildest), {})
    asked = tuple(id for id in position.path if not flow.questions[id].has_own_options)
    return Outcome(vignette, asked, assess_conversation(flow, position.facts))


def _answer(question: Question, vignette: Vignette, mildest: dict[str, str]) -> AnswerValue:
    if question.has_own_options:
        return question.options[0]
    facts = vignette.facts
    if question.type is QuestionType.CHECKLIST:
        return ticked(question, facts) or _unsure(question, vignette)
    finding = question.asks[0]
    value = facts.get(finding.id)
    if value == UNKNOWN and question.unsure:
        return UNKNOWN
    match finding.type:
        case FindingType.NUMBER:
            return value if isinstance(value, int) else finding.minimum
        case FindingType.SINGLE:
            return str(value) if value in question.options else mildest[finding.id]
        case _:
            return YES if value == YES else NO


def _unsure(question: Question, vignette: Vignette) -> AnswerValue:
    """A list in which nothing is certain is answered with unsure when that is offered for what they do not know."""
    return UNKNOWN if any(vignette.facts.get(id) == UNKNOWN for id in question.unsure) else ()
