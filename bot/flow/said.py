"""Findings that a message brings up in words: taken over, told back, and taken back when that was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.flow.assessment import assess_conversation
from bot.flow.conversation import ABSENT, Conversation, merged, volunteered_facts
from bot.flow.effects import Effect, Emergency, Show
from bot.flow.findings import Facts, FindingType, references
from bot.flow.reading.reader import Reading
from bot.flow.replay import Position
from bot.flow.schema import Flow, urgency_rank
from bot.flow.turn import Step, Turn


def has_consent(turn: Turn, conversation: Conversation) -> bool:
    """Whether the patient has agreed that answers are kept: the first question is answered and led on."""
    position = turn.position(conversation)
    return bool(position.path) and (position.question is not None or len(position.path) > 1 or bool(position.emergency))


def volunteer(turn: Turn, conversation: Conversation, stated: tuple[str, ...]) -> Step:
    """Danger signs brought up in words. Without consent they are answered and not kept."""
    if not has_consent(turn, conversation):
        return conversation, (Emergency("danger_before_consent"),)
    conversation = _with_said(turn, conversation, stated)
    conversation, effects = turn.go_on(replace(conversation, failed_attempts=0, stopped=False))
    if conversation.finished:
        return conversation, effects
    return conversation, (Show("noted", {"findings": stated}), *effects)


def take_over(
    turn: Turn, conversation: Conversation, position: Position, reading: Reading
) -> tuple[Conversation, tuple[Effect, ...]]:
    """What a message says, as far as it is new and may be taken from words.

    What is denied settles no danger finding: those are asked. Before the patient has agreed it is held until the answer
    to that question, and forgotten with a refusal. After an outcome only what makes it more urgent is taken. What the
    message before said otherwise is taken back first: whoever writes again corrects themselves.

    Returns:
        The conversation with it, and what is told back; both as they were when there is nothing new.
    """
    otherwise = () if conversation.finished else _said_otherwise(turn.flow, conversation, reading)
    if otherwise:
        conversation = _without(conversation, otherwise)
        position = turn.position(conversation)
    present = new_findings(turn, position, reading)
    absent = tuple(
        reference
        for reference in reading.absent
        if reference not in position.facts and _may_be_denied_in_words(turn.flow, reference)
    )
    if conversation.finished:
        absent = ()
        if not _is_more_urgent(turn.flow, conversation, position, present):
            return conversation, ()
    undone = _bare(otherwise)
    told: list[Effect] = [Show("taken_back", {"findings": undone})] if undone else []
    if not present and not absent:
        return conversation, tuple(told)
    taken = _with_said(turn, conversation, (*present, *(reference + ABSENT for reference in absent)))
    if present:
        told.append(Show("noted", {"findings": tuple(r for r in reading.present if r in present)}))
    if absent:
        told.append(Show("noted_absent", {"findings": absent}))
    return replace(taken, failed_attempts=0, stopped=False), tuple(told)


def new_findings(turn: Turn, position: Position, reading: Reading) -> tuple[str, ...]:
    """References that a message states and that are not known yet, each with what it presupposes."""
    return tuple(dict.fromkeys(_new(turn.flow, reading.present, position.facts)))


def take_back(conversation: Conversation) -> Conversation:
    """The conversation without what the last message brought up in words."""
    return replace(_without(conversation, conversation.last_said), finished=None)


def _without(conversation: Conversation, said: tuple[str, ...]) -> Conversation:
    return replace(
        conversation,
        volunteered=tuple(reference for reference in conversation.volunteered if reference not in said),
        last_said=tuple(reference for reference in conversation.last_said if reference not in said),
        selected=(),
    )


def _bare(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(reference.removesuffix(ABSENT) for reference in said)


def _said_otherwise(flow: Flow, conversation: Conversation, reading: Reading) -> tuple[str, ...]:
    """What the last message brought up and this one contradicts, with what presupposes that."""
    contradicted = {said for said in conversation.last_said if _contradicts(flow, said, reading)}
    presupposing = (
        said
        for said in conversation.last_said
        if flow.findings[said.removesuffix(ABSENT).partition(".")[0]].presupposes in contradicted
    )
    contradicted.update(presupposing)
    return tuple(said for said in conversation.last_said if said in contradicted)


def _contradicts(flow: Flow, said: str, reading: Reading) -> bool:
    reference = said.removesuffix(ABSENT)
    id = reference.partition(".")[0]
    if said != reference:
        return reference in reading.present
    if flow.findings[id].type in (FindingType.BOOL, FindingType.MULTI):
        return bool({reference, id} & set(reading.absent))
    return any(other != reference and other.partition(".")[0] == id for other in reading.present)


def _with_said(turn: Turn, conversation: Conversation, said: tuple[str, ...]) -> Conversation:
    return replace(
        conversation,
        volunteered=tuple(dict.fromkeys((*conversation.volunteered, *said))),
        volunteered_at=turn.now,
        last_said=tuple(reference for reference in said if reference not in conversation.volunteered),
        pending=None,
        finished=None,
    )


def _new(flow: Flow, stated: Iterable[str], known: Facts) -> Iterator[str]:
    """References that are not known yet, each with what it presupposes."""
    there = set(references(known))
    for reference in stated:
        finding = flow.findings.get(reference.partition(".")[0])
        if finding is None or reference in there or (finding.type is not FindingType.MULTI and finding.id in known):
            continue
        if not volunteered_facts(flow.findings, (reference,)):
            continue
        if finding.presupposes and finding.presupposes not in there:
            yield finding.presupposes
        yield reference


def _may_be_denied_in_words(flow: Flow, reference: str) -> bool:
    finding = flow.findings.get(reference)
    return finding is not None and finding.type is FindingType.BOOL and not finding.danger


def _is_more_urgent(flow: Flow, conversation: Conversation, position: Position, present: tuple[str, ...]) -> bool:
    finished = conversation.finished
    if finished is None or finished.urgency is None or not present:
        return False
    facts = merged(volunteered_facts(flow.findings, present), position.facts)
    assessment = assess_conversation(flow, facts, finished.urgency)
    return urgency_rank(assessment.urgency) > urgency_rank(finished.urgency)
