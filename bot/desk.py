"""The front desk: flow, content and rendering joined. What the server, the terminal chat and the tests all talk to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.agreement import check_agreement, check_same_entries
from bot.errors import FaultsFound
from bot.faults import Fault
from bot.flow.conversation import Conversation, from_data, to_data
from bot.flow.effects import Effect, ExplainTopic, Forget, Speak
from bot.flow.events import Event
from bot.flow.loader import load_flow
from bot.flow.replay import Memory
from bot.flow.schema import Flow
from bot.flow.step import step
from bot.flow.vocabulary import Vocabulary
from bot.library.library import Library
from bot.library.loader import LANGUAGE_FILE, load_library
from bot.library.path_words import PathWords
from bot.line.gallery import check_limits
from bot.line.rendering import Renderer
from bot.links import Links
from bot.vocabulary_builder import build_foreign_words, build_reader, build_vocabulary

DEFAULT_LANGUAGE = "ja"
ENDINGS = (".yaml", ".yml")
"""Of the files that are read, in small letters or capitals; all but .yaml are found misplaced."""
DEFAULT_ZONE = ZoneInfo("Asia/Tokyo")
_MOST_REMEMBERED = 500
"""Conversations, about 5 MB."""


@dataclass(frozen=True)
class Reply:
    """What one event leads to.

    Args:
        conversation: as it is afterwards.
        effects: what the engine wanted.
        written: the messages as a JSON list, as they are stored and sent.
        language: that the patient is spoken to from here on.
    """

    conversation: Conversation
    effects: tuple[Effect, ...]
    written: str
    language: str = DEFAULT_LANGUAGE

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """LINE message objects, one to five."""
        messages: list[dict[str, Any]] = json.loads(self.written)
        return messages

    @property
    def state(self) -> dict[str, Any]:
        """The conversation as it is stored."""
        return to_data(self.conversation)

    @property
    def forgets(self) -> bool:
        """Whether the patient asked to have everything deleted."""
        return any(isinstance(effect, Forget) for effect in self.effects)


@dataclass(frozen=True, slots=True)
class Tongue:
    """Everything that is said and understood in one language."""

    library: Library
    vocabulary: Vocabulary
    renderer: Renderer


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything loaded; safe to share between threads.

    Args:
        library, vocabulary, renderer: of the language that everybody begins in.
        others: further languages, each of them complete.
        not_offered: languages that are not, and why.
        memory: what was worked out lately for this flow; another desk begins with nothing.
    """

    flow: Flow
    library: Library
    vocabulary: Vocabulary
    renderer: Renderer
    others: Mapping[str, Tongue] = field(default_factory=dict)
    not_offered: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    memory: Memory = field(init=False, repr=False, compare=False, default_factory=lambda: Memory(_MOST_REMEMBERED))

    def tongue(self, language: str) -> Tongue:
        """One language; the first one in place of one that is not offered."""
        return self.others.get(language) or Tongue(self.library, self.vocabulary, self.renderer)

    def answer(
        self, state: Mapping[str, Any] | None, event: Event, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> Reply:
        """Answer one event.

        Args:
            state: the stored conversation, None when there is none.
            event: what happened.
            now: timezone-aware.
            language: that the patient is spoken to.
        """
        return self.go_on(from_data(state) if state else None, event, now, language)

    def go_on(
        self, before: Conversation | None, event: Event, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> Reply:
        """The same, from a conversation that is read already."""
        vocabulary = self.tongue(language).vocabulary
        conversation, effects = step(self.flow, vocabulary, before, event, now, self.memory)
        asked_for = (effect.language for effect in effects if isinstance(effect, Speak))
        tongue = self.tongue(next(asked_for, language))
        written = tongue.renderer.written(conversation.id, effects, now)
        return Reply(conversation, effects, written, tongue.library.language)


def booklet_messages(renderer: Renderer, guidebook: str, now: datetime) -> list[dict[str, Any]]:
    """A guidebook as the messages of a push: what a patient gets who opens it, without quick replies."""
    messages = renderer.render("", (ExplainTopic(f"guidebook.{guidebook}"),), now)
    return [{key: value for key, value in message.items() if key != "quickReply"} for message in messages]


def load_desk(flows_dir: Path, content_dir: Path, zone: tzinfo = DEFAULT_ZONE, links: Links | None = None) -> Desk:
    """Read flows/ and content/.

    Args:
        zone: where the clinic is.
        links: addresses of this server; without them nothing leads to its pages.

    Raises:
        FaultsFound: with all faults of flows/ and of the language that everybody begins in. Another language that has
            faults is not offered.
    """
    faults: list[Fault] = []
    flow = _load_flow(flows_dir, faults)
    library = _load_library(content_dir, DEFAULT_LANGUAGE, flow, faults)
    if faults or flow is None or library is None:
        raise FaultsFound(tuple(faults))
    faults += check_limits(Renderer(flow, library, zone, links), datetime.now(zone))
    if faults:
        raise FaultsFound(tuple(faults))
    others: dict[str, Library] = {}
    not_offered: dict[str, tuple[Fault, ...]] = {}
    for language in _other_languages(content_dir):
        other = _load_other(content_dir, language, flow, library, faults)
        if other:
            faults += check_limits(Renderer(flow, other, zone, links), datetime.now(zone))
        if other and not faults:
            others[language] = other
        else:
            not_offered[language] = tuple(faults)
            faults.clear()
    spoken = (library, *others.values())
    tongues = dict(_tongues(flow, spoken, zone, links))
    first = tongues.pop(library.language)
    return Desk(flow, first.library, first.vocabulary, first.renderer, tongues, not_offered)


def _load_flow(flows_dir: Path, faults: list[Fault]) -> Flow | None:
    try:
        return load_flow(read_folder(flows_dir), flows_dir.name)
    except FaultsFound as found:
        faults.extend(found.faults)
        return None


def _load_library(
    content_dir: Path, language: str, flow: Flow | None, faults: list[Fault], sheet: PathWords | None = None
) -> Library | None:
    """The words of one language, agreed with the flow when there is one."""
    try:
        library = load_library(read_folder(content_dir / language), language, content_dir.name, sheet)
    except FaultsFound as found:
        faults.extend(found.faults)
        return None
    if flow is None:
        return library
    disagreed = check_agreement(flow, library)
    faults.extend(disagreed)
    if disagreed:
        return None
    # The flow names the common conditions first, and so shall every list.
    return replace(library, conditions={id: library.conditions[id] for id in flow.conditions})


def _other_languages(content_dir: Path) -> list[str]:
    named = (path.parent.name for path in sorted(content_dir.glob(f"*/{LANGUAGE_FILE}")))
    return [language for language in named if language != DEFAULT_LANGUAGE]


def _load_other(content_dir: Path, language: str, flow: Flow, library: Library, faults: list[Fault]) -> Library | None:
    """A further language, which must hold every entry that the first one holds."""
    other = _load_library(content_dir, language, flow, faults, library.paths)
    if other:
        faults.extend(check_same_entries(library, other, content_dir.name))
    return other


def _tongues(flow: Flow, spoken: Sequence[Library], zone: tzinfo, links: Links | None) -> Iterator[tuple[str, Tongue]]:
    readers = {each.language: build_reader(flow, each) for each in spoken}
    foreign = build_foreign_words(spoken)
    for library in spoken:
        others = tuple(each for each in spoken if each is not library)
        renderer = Renderer(flow, library, zone, links, {each.language: each.language_words.name for each in others})
        yield library.language, Tongue(library, build_vocabulary(flow, library, others, readers, foreign), renderer)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every YAML file of a folder, by path below it; those that end in .yml too, so that they are found misplaced."""
    # Not every name is a file: Emacs leaves a link to nowhere beside what is being edited.
    found = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
