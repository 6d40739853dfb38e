"""Every message that the content can lead to, each with the entry that it comes from; and what LINE would refuse in it.

What is checked at load cannot be refused by LINE when a patient waits for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.faults import Fault
from bot.flow import effects as do
from bot.flow.assessment import Assessment, FiredRule, OfferedTip, WithheldTip
from bot.flow.conversation import Conversation, Finished, Pending
from bot.flow.findings import FindingType
from bot.flow.matching import OTHER, MatchedCondition
from bot.flow.replay import shown_options
from bot.flow.schema import ASSESSMENT, URGENCIES, Flow, QuestionType
from bot.library.library import Library
from bot.library.messages import REQUIRED
from bot.line import browsing
from bot.line.limits.messages import message_problems
from bot.line.rendering import Renderer
from bot.links import Links
from bot.strict_yaml import Path

_CONVERSATION = "0" * 32
"""As long as the id of a conversation is."""
_LONGEST_ADDRESS = f"https://{'a' * 63}.{'b' * 40}.example"
"""The first part of a name has at most 63 letters (RFC 1035); few have more than two such parts."""
_MOST_QUESTIONS = 30
_LONGEST: dict[str, int | str] = {"minimum": 0, "maximum": 100, "count": _MOST_QUESTIONS, "outcome": "self_care_watch"}
_FOLDERS = {
    "condition": "conditions",
    "treatment": "treatments",
    "tip": "self_care",
    "answer": "answers",
    "guidebook": "guidebooks",
    "clinic": "clinics",
}
_SIZE = re.compile(r"Size|Length|larger")


@dataclass(frozen=True, slots=True)
class Picture:
    """What one step can say.

    Args:
        file: file below the language folder.
        path: the entry inside it.
        written: LINE message objects as a JSON list.
        gathers: whether it shows other entries, which may be at fault for what is wrong with it.
    """

    file: str
    path: Path
    written: str
    gathers: bool = False

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The message objects."""
        messages: list[dict[str, Any]] = json.loads(self.written)
        return messages


def gallery(renderer: Renderer, now: datetime) -> Iterator[Picture]:
    """Everything that stands in the content, rendered at its longest.

    Args:
        now: timezone-aware; the card of a clinic depends on it.
    """
    everything = somebody_with_everything(renderer.flow, now)
    for file, path, effect in (*_effects(renderer), ("memo.yaml", (), do.Memo(everything))):
        gathers = isinstance(effect, do.Finish) or (file == "menu.yaml" and bool(path))
        yield Picture(file, path, renderer.written(_CONVERSATION, (effect,), now), gathers)


def somebody_with_everything(flow: Flow, now: datetime) -> Conversation:
    """A conversation of somebody who has every finding there is: no patient does, and no memo is longer.

    Args:
        now: timezone-aware.
    """
    references: list[str] = []
    for finding in flow.findings.values():
        if finding.id in flow.questions and flow.questions[finding.id].has_own_options:
            continue
        if finding.type is FindingType.BOOL:
            references.append(finding.id)
        options = finding.options if finding.type is FindingType.MULTI else finding.options[-1:]
        references += [f"{finding.id}.{option}" for option in options]
    finished = Finished(ASSESSMENT, URGENCIES[-1], now, flow.version)
    return Conversation(
        _CONVERSATION, flow.id, flow.version, now, now, volunteered=tuple(references), finished=finished, greeted=True
    )


def check_limits(renderer: Renderer, now: datetime) -> list[Fault]:
    """LINE001 for every entry of which LINE would refuse a message (Messaging API reference, "Message objects").

    Outcomes and lists are named only when none of the entries in them is at fault by itself. Cards are looked at with
    pictures and links, their address as long as any clinic's: what passes on an author's machine passes on every
    server. Without links a card is the same with less in it.
    """
    passed: set[str] = set()
    return _faults(replace(renderer, links=longest_links(renderer.links)), now, passed)


def longest_links(links: Links | None = None) -> Links:
    """Addresses that are as long as those of any clinic, and not shorter than `links`."""
    if links and len(links.base_url) > len(_LONGEST_ADDRESS):
        return links
    return Links(_LONGEST_ADDRESS, "signs nothing that anybody gets")


def _faults(renderer: Renderer, now: datetime, passed: set[str]) -> list[Fault]:
    """What is wrong with messages that have not `passed` before."""
    pictures = sorted(gallery(renderer, now), key=lambda picture: picture.gathers)
    for _, same in groupby(pictures, key=lambda picture: picture.gathers):
        faults = list(_problems(renderer.library, same, passed))
        if faults:
            return faults
    return []


def _problems(library: Library, pictures: Iterable[Picture], passed: set[str]) -> Iterator[Fault]:
    for picture in pictures:
        if picture.written in passed:
            continue
        problems = message_problems(picture.messages)
        if not problems:
            passed.add(picture.written)
            continue
        first = problems[0]
        too_long = any(_SIZE.search(problem["message"]) for problem in problems)
        hint = "Shorten the entry, or divide it into two." if too_long else "Correct the entry."
        message = f"LINE would refuse the message: {first['property']}: {first['message']}"
        yield library.documents[picture.file].fault(picture.path, "LINE001", message, hint)


def _effects(renderer: Renderer) -> Iterator[tuple[str, Path, do.Effect]]:
    yield from _questions(renderer)
    yield from _messages(renderer.library)
    yield "messages.yaml", ("follow_up_question",), do.AskFollowUp()
    for language in renderer.library.other_languages:
        for is_emergency in (True, False):
            yield "other_languages.yaml", (language,), do.TellInLanguage(language, is_emergency)
    yield from _topics(renderer.library)
    yield from _outcomes(renderer)


def _questions(renderer: Renderer) -> Iterator[tuple[str, Path, do.Effect]]:
    for question in renderer.flow.questions.values():
        file, path = "questions.yaml", (question.id,)
        shown = shown_options(question, {}, ())
        all_of_it = question.options if question.type is QuestionType.CHECKLIST else ()
        yield file, path, do.Ask(question.id, shown, all_of_it, _MOST_QUESTIONS)
        yield file, path, do.Ask(question.id, shown, (), _MOST_QUESTIONS, "simpler")
        yield file, path, do.ExplainQuestion(question.id)
        yield file, path, do.Confirm(Pending("change", question.id, shown[0]), shown[-1])
    for reference in renderer.library.danger_words.findings:
        yield "danger_words.yaml", ("findings", reference), do.Confirm(Pending("danger", reference))


def _messages(library: Library) -> Iterator[tuple[str, Path, do.Effect]]:
    findings = tuple(library.danger_words.findings)[:20]
    for id, placeholders in REQUIRED.items():
        values: dict[str, str | int | tuple[str, ...]] = {
            name: findings if name == "findings" else _LONGEST.get(name, "...") for name in placeholders
        }
        yield "messages.yaml", (id,), do.Show(id, values)


def _topics(library: Library) -> Iterator[tuple[str, Path, do.Effect]]:
    yield "menu.yaml", (), do.ExplainTopic(browsing.MENU)
    for kind, rows in browsing.list_rows(library).items():
        topic = f"{browsing.LIST}.{kind}"
        per_page = browsing.ROWS_PER_CARD * browsing.CARDS_PER_PAGE
        for page in range(1, -(-len(rows) // per_page) + 1):
            yield "menu.yaml", (topic,), do.ExplainTopic(f"{topic}.{page}")
        for row in rows:
            entry_kind, _, id = row.topic.partition(".")
            folder = _FOLDERS.get(entry_kind)
            file, path = (f"{folder}/{id}.yaml", ()) if folder else ("resources.yaml", (id,))
            yield file, path, do.ExplainTopic(row.topic)
    for id in library.tips:
        yield f"self_care/{id}.yaml", ("withheld",), do.ExplainTopic(f"tip.{id}", withheld=True, urgency="same_day")


def _outcomes(renderer: Renderer) -> Iterator[tuple[str, Path, do.Effect]]:
    """Every level with all its rules, and every condition and tip on the cards of an outcome."""
    flow = renderer.flow
    tips = tuple(flow.tips)
    withheld = tuple(WithheldTip(tip, tuple(f"urgency.{level}" for level in URGENCIES[2:])) for tip in tips)
    for urgency in URGENCIES:
        fired = tuple(FiredRule(rule.id, urgency, ()) for rule in flow.rules if rule.urgency == urgency)
        offered = tuple(OfferedTip(tip, caution=True) for tip in tips)
        assessment = Assessment(urgency, fired, (MatchedCondition(OTHER, ()),), offered, withheld, ())
        yield "outcomes.yaml", (urgency,), do.Finish(assessment)
        yield "outcomes.yaml", (urgency,), do.ExplainOutcome(assessment)
    for id, condition in flow.conditions.items():
        match = MatchedCondition(id, tuple(condition.supporting), None)
        yield f"conditions/{id}.yaml", (), do.Finish(Assessment("same_day", (), (match,) * 3, (), (), ()))
