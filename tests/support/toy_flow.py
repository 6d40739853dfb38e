"""Small flows to be read at a glance: the toy desk's, with some of its files changed or written anew."""

from __future__ import annotations

from collections.abc import Mapping

from bot.flow.conversation import AnswerValue
from bot.flow.findings import NO, FindingType
from bot.flow.loader import load_flow
from bot.flow.replay import Position, walk
from bot.flow.schema import Flow, Question, QuestionType
from support.broken import TOY


def toy_flow(changes: Mapping[str, str] | None = None, **files: str) -> Flow:
    """The flow of the toy desk.

    Args:
        changes: text of toy.yaml that stands in it exactly once, to the text that takes its place.
        files: whole files, named without their ending, that take the place of others.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (TOY / "flows").glob("*.yaml")} | files
    for old, new in (changes or {}).items():
        assert texts["toy"].count(old) == 1, f"{old!r} stands {texts['toy'].count(old)} times"
        texts["toy"] = texts["toy"].replace(old, new)
    return load_flow({f"{name}.yaml": text.encode() for name, text in texts.items()})


def lives(flow: Flow, **answers: AnswerValue) -> Position:
    """Where somebody ends up who answers as told, and otherwise with the first option, no, none or 0."""

    def answer_of(question: Question) -> AnswerValue:
        if question.id in answers:
            return answers[question.id]
        if question.type is QuestionType.CHECKLIST:
            return ()
        if question.type is QuestionType.NUMBER:
            return 0
        return NO if question.asks[0].type is FindingType.BOOL else question.options[0]

    return walk(flow, answer_of, {})


def asked(flow: Flow, **answers: AnswerValue) -> list[str]:
    """What somebody is asked who answers so, in order, without the consent."""
    return [id for id in lives(flow, **answers).path if id != "consent"]
