"""Everything that the renderer can say with the shipped flow and content, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.assessment import Assessment, FiredRule, OfferedTip, WithheldTip
from bot.flow.conversation import AnswerValue, Pending
from bot.flow.findings import UNKNOWN, Finding, FindingType
from bot.flow.matching import OTHER, MatchedCondition
from bot.flow.replay import shown_options
from bot.flow.schema import NONE, URGENCIES, Question, QuestionType
from bot.library.messages import REQUIRED
from bot.line.browsing import list_rows
from bot.line.cards import condition_card
from bot.line.limits.report import json_size

CONVERSATION = "01JDAB7Z5T0000000000000000"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PROMOTING = ("soon_2w", "self_care_watch")

Sample = tuple[str, tuple[do.Effect, ...]]


def all_samples(desk: Desk) -> Iterator[Sample]:
    yield from questions(desk)
    yield from confirmations(desk)
    yield from shows(desk)
    yield from explanations(desk)
    yield from outcomes(desk)


def asks(desk: Desk) -> Iterator[tuple[str, do.Ask]]:
    """Every question: nothing and everything selected, said simply or not, after going back or not."""
    for question in desk.flow.questions.values():
        selections: tuple[tuple[str, ...], ...] = ((),)
        if question.type is QuestionType.CHECKLIST:
            selections = ((), question.options[:1], question.options)
        for selected in selections:
            shown = shown_options(question, {}, selected)
            for previous in (None, longest_answer(question), UNKNOWN if question.unsure else None):
                yield (
                    f"{question.id} {len(selected)} {previous}",
                    do.Ask(question.id, shown, selected, 30, "normal", previous),
                )
                yield f"{question.id} {len(selected)} simpler", do.Ask(question.id, shown, selected, 0, "simpler")


def questions(desk: Desk) -> Iterator[Sample]:
    for name, ask in asks(desk):
        yield f"ask {name}", (ask,)
        yield f"why {name}", (do.ExplainQuestion(ask.question), ask)


def longest_answer(question: Question) -> AnswerValue:
    if question.type is QuestionType.NUMBER:
        return question.asks[0].maximum
    return question.options if question.type is QuestionType.CHECKLIST else question.options[0]


def confirmations(desk: Desk) -> Iterator[Sample]:
    yield "confirm resume", (do.Confirm(Pending("resume")),)
    for reference in desk.library.danger_words.findings:
        yield f"confirm danger {reference}", (do.Confirm(Pending("danger", reference)),)
    for question in desk.flow.questions.values():
        for option in shown_options(question, {}, ()):
            pending = Pending("change", question.id, option)
            yield f"confirm change {question.id} {option}", (do.Confirm(pending, longest_answer(question)),)
        nothing: AnswerValue = () if question.type is QuestionType.CHECKLIST else longest_answer(question)
        yield f"confirm change {question.id} nothing", (do.Confirm(Pending("change", question.id, NONE), nothing),)


def shows(desk: Desk) -> Iterator[Sample]:
    """Every message, whether the engine shows it now or only could."""
    everything = tuple(desk.library.danger_words.findings)
    longest: dict[str, int | str | tuple[str, ...]] = {
        "minimum": 0,
        "maximum": 100,
        "findings": everything,
        "count": 30,
        "outcome": "soon_2w",
    }
    for id, placeholders in REQUIRED.items():
        values: dict[str, str | int | tuple[str, ...]] = {name: longest.get(name, "膝" * 100) for name in placeholders}
        yield f"show {id}", (do.Show(id, values),)
    for id in ("emergency_help", "danger_before_consent"):
        yield f"emergency {id}", (do.Emergency(id),)
    yield "staff", (do.HandOver(),)
    yield "forget", (do.Forget(), do.Show("data_deleted"))


def explanations(desk: Desk) -> Iterator[Sample]:
    for topic in topics(desk):
        yield f"topic {topic} open", (do.ExplainTopic(topic),)
        hidden = do.ExplainTopic(topic, withheld=topic.startswith("tip."), hidden=frozenset(desk.flow.tips))
        yield f"topic {topic} hidden", (hidden,)
    for level in URGENCIES:
        yield f"why {level}", (do.ExplainOutcome(assessment(desk, level, rules=True)),)
        yield f"why {level} without a rule", (do.ExplainOutcome(assessment(desk, level)),)


def topics(desk: Desk) -> list[str]:
    """The menu, every list, every entry of a list, and topics that there are not."""
    lists = list_rows(desk.library)
    pages = [f"list.{kind}{page}" for kind in lists for page in ("", ".1", ".2", ".99", ".x")]
    entries = [row.topic for rows in lists.values() for row in rows]
    return ["menu", *desk.library.menu, *pages, *entries, "condition.unknown", "list.unknown", "nothing", ""]


def outcomes(desk: Desk) -> Iterator[Sample]:
    """Every level, with the least and the most that an outcome can hold."""
    for level in URGENCIES:
        yield f"finish {level} bare", (do.Finish(assessment(desk, level)),)
        most = assessment(desk, level, rules=True, conditions=longest_conditions(desk))
        yield f"finish {level} full", (do.Finish(most),)
        yield f"finish {level} after words", (do.Show("greeting_short"), do.Show("answers_expired"), do.Finish(most))
        for tip in desk.flow.tips:
            yield f"finish {level} without {tip}", (do.Finish(assessment(desk, level, withheld=(tip,))),)


def assessment(
    desk: Desk,
    urgency: str,
    *,
    rules: bool = False,
    conditions: Iterable[str] = (OTHER,),
    withheld: Iterable[str] | None = None,
) -> Assessment:
    """An assessment, full of everything unless told otherwise.

    Args:
        rules: whether every rule has fired on every answer that it looks at.
        withheld: tips to withhold, the others being offered; None withholds and offers all at once, which is more
            than any patient gets.
    """
    tips = tuple(desk.flow.tips)
    refused = tips if withheld is None else tuple(withheld)
    offered = tips if withheld is None else tuple(tip for tip in tips if tip not in refused)
    return Assessment(
        urgency=urgency,
        rules=fired_rules(desk) if rules else (),
        conditions=tuple(matched(desk, id) for id in conditions),
        tips=tuple(OfferedTip(tip, caution=True) for tip in offered) if urgency in PROMOTING else (),
        withheld=tuple(WithheldTip(tip, reasons_to_withhold(desk, tip)) for tip in refused),
        unanswered=desk.flow.danger_findings,
    )


def fired_rules(desk: Desk) -> tuple[FiredRule, ...]:
    return tuple(FiredRule(rule.id, rule.urgency, looked_at(desk, rule.when.findings())) for rule in desk.flow.rules)


def reasons_to_withhold(desk: Desk, tip: str) -> tuple[str, ...]:
    """Every reason that this tip could ever have."""
    gate = desk.flow.tips[tip]
    levels = tuple(f"urgency.{level}" for level in URGENCIES)
    findings = [finding for guard in gate.withhold_if for finding in guard.findings()]
    return (*levels, *findings, *looked_at(desk, findings), *(f"unanswered.{id}" for id in gate.needs))


def looked_at(desk: Desk, findings: Iterable[str]) -> tuple[str, ...]:
    return tuple(ref for id in sorted(findings) for ref in references(desk.flow.findings[id]))


def references(finding: Finding) -> tuple[str, ...]:
    """Every way in which a finding can be referred to."""
    match finding.type:
        case FindingType.BOOL:
            return (finding.id,)
        case FindingType.NUMBER:
            return (f"{finding.id}.{finding.maximum}",)
        case _:
            return tuple(f"{finding.id}.{option}" for option in finding.options)


def matched(desk: Desk, id: str) -> MatchedCondition:
    """A condition that a rule names and that shares every published feature: the longest card it can have."""
    return MatchedCondition(id, tuple(desk.flow.conditions[id].supporting), desk.flow.rules[0].id)


def longest_conditions(desk: Desk) -> tuple[str, ...]:
    sizes = {id: json_size(condition_card(desk.library, matched(desk, id))) for id in desk.flow.conditions}
    return tuple(sorted(sizes, key=lambda id: -sizes[id])[:3])
