"""A stored conversation in words: answers, outcome with its reasons, what was said, answered and sent to many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any

from bot.desk import Desk
from bot.flow.assessment import assess_conversation
from bot.flow.conversation import ABSENT, AnswerValue, Conversation, from_data
from bot.flow.replay import outdated_answers, replay
from bot.line.plain_text import plain_text
from bot.storage.campaigns import Campaign
from bot.storage.exchanges import Exchange
from bot.storage.receipts import Received


@dataclass(frozen=True, slots=True)
class Given:
    """One answer in words.

    Args:
        is_none: none of what was offered applies.
        is_outdated: too old or to a question that has changed since: it is asked again.
    """

    question: str
    answer: str
    is_none: bool
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that fired, and the answers that made it fire."""

    rule: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interview:
    """A stored conversation.

    Args:
        started_at: timezone-aware.
        given: in the order of the flow.
        volunteered: what the patient brought up in typed words.
        denied: what these words said is not there.
        urgency: level that it ended at, None when it has not ended or ended without one.
        reasons: most urgent first; by the rules as they are now.
        is_changed: the rules as they are now lead to another level.
        unanswered: danger signs that are not known.
    """

    started_at: datetime
    given: tuple[Given, ...]
    volunteered: tuple[str, ...]
    denied: tuple[str, ...]
    urgency: str | None
    reasons: tuple[Reason, ...]
    is_changed: bool
    unanswered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange, or a campaign that reached the patient, as the page shows it.

    Args:
        texts: what was answered, as plain text, one per message.
        messages: the same as JSON, for the scripts that draw it.
        by: name of staff who wrote it.
        campaign_id: of a campaign.
        title: what the campaign is called.
    """

    id: str
    at: int
    kind: str
    said: str | None
    texts: tuple[str, ...]
    messages: str
    by: str | None = None
    campaign_id: int | None = None
    title: str | None = None


def interview(desk: Desk, stored: str | None, now: datetime) -> Interview | None:
    """The stored conversation in words; None when there is none that can be read.

    Args:
        stored: JSON as it was stored.
        now: timezone-aware.
    """
    if stored is None:
        return None
    try:
        conversation = from_data(json.loads(stored))
    except (ValueError, KeyError, TypeError):
        return None
    finished = conversation.finished
    urgency = finished.urgency if finished else None
    # Answers that have expired since were good when the outcome was told.
    facts = replay(desk.flow, conversation, finished.at if finished else now).facts
    assessment = assess_conversation(desk.flow, facts)
    reasons = tuple(
        Reason(desk.library.rules[rule.id], tuple(desk.library.reads(reference) for reference in rule.evidence))
        for rule in assessment.rules
    )
    return Interview(
        conversation.started_at,
        tuple(_given(desk, conversation, now)),
        tuple(_reads(desk, said) for said in conversation.volunteered if not said.endswith(ABSENT)),
        tuple(_reads(desk, said.removesuffix(ABSENT)) for said in conversation.volunteered if said.endswith(ABSENT)),
        urgency,
        reasons if urgency else (),
        urgency is not None and urgency != assessment.urgency,
        tuple(desk.library.findings[id].label for id in assessment.unanswered) if urgency else (),
    )


def turns(
    found: Sequence[Exchange], received: Sequence[Received], names: dict[int, str], title: Callable[[Campaign], str]
) -> list[Turn]:
    """Exchanges, and the campaigns that came between them, as the page shows them.

    Args:
        received: oldest first.
        names: staff id to name.
        title: what a campaign is called.
    """
    said = [_turn(exchange, names) for exchange in found]
    sent = [_campaign_turn(each, title(each.campaign)) for each in received]
    return list(merge(said, sent, key=lambda turn: turn.at))


def text_of(message: dict[str, Any]) -> str:
    """A message as plain text; of a kind that has no words, its description."""
    try:
        return plain_text(message)
    except (KeyError, TypeError):
        return str(message.get("altText", ""))


def _turn(exchange: Exchange, names: dict[int, str]) -> Turn:
    by = names.get(exchange.staff_id) if exchange.staff_id is not None else None
    drawn = _drawn(exchange.answered)
    return Turn(str(exchange.id), exchange.at, exchange.kind, exchange.said, *drawn, by)


def _campaign_turn(received: Received, title: str) -> Turn:
    campaign, drawn = received.campaign, _drawn(received.messages)
    return Turn(f"campaign-{campaign.id}", received.at, "campaign", None, *drawn, campaign_id=campaign.id, title=title)


def _drawn(messages: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], str]:
    """Messages as plain text, one each, and as JSON for the scripts that draw them."""
    shown = [_without_data(message) for message in messages]
    return tuple(text_of(message) for message in messages), json.dumps(shown, ensure_ascii=False)


def _without_data(part: Any) -> Any:
    """A message without what its buttons send and without quick replies: the page shows it and does nothing."""
    if isinstance(part, dict):
        return {key: _without_data(value) for key, value in part.items() if key not in ("data", "quickReply")}
    if isinstance(part, list):
        return [_without_data(each) for each in part]
    return part


def _given(desk: Desk, conversation: Conversation, now: datetime) -> Iterator[Given]:
    """The answers in the order of the flow; those to questions that are no longer there come last, by their ids."""
    outdated = dict(outdated_answers(desk.flow, conversation, now))
    known = [id for id in desk.flow.questions if id in conversation.answers]
    for id in [*known, *(id for id in conversation.answers if id not in desk.flow.questions)]:
        answer = conversation.answers[id]
        words = desk.library.questions.get(id)
        text = words.text if words else id
        is_outdated = id in outdated or id not in desk.flow.questions
        yield Given(text, _label(desk, id, answer.value), answer.value == (), is_outdated)


def _label(desk: Desk, id: str, value: AnswerValue) -> str:
    question = desk.flow.questions.get(id)
    try:
        if question:
            return desk.renderer.answer_label(question, value)
    except KeyError:
        # An option that the question no longer has.
        pass
    return desk.library.listed(value) if isinstance(value, tuple) else str(value)


def _reads(desk: Desk, reference: str) -> str:
    try:
        return desk.library.reads(reference)
    except KeyError:
        return reference
