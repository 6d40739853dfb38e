"""The front desk: flow, content and rendering joined. What the server, the terminal chat and the tests all talk to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.agreement import check_agreement
from bot.errors import FaultsFound
from bot.faults import Fault
from bot.flow.conversation import Conversation, from_data, to_data
from bot.flow.effects import Effect, ExplainTopic, Forget
from bot.flow.events import Event
from bot.flow.loader import load_flow
from bot.flow.replay import Memory
from bot.flow.schema import Flow
from bot.flow.step import step
from bot.flow.vocabulary import Vocabulary
from bot.library.library import Library
from bot.library.loader import load_library
from bot.line.gallery import check_limits
from bot.line.rendering import Renderer
from bot.links import Links
from bot.vocabulary_builder import build_vocabulary

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
    """

    conversation: Conversation
    effects: tuple[Effect, ...]
    written: str

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
class Desk:
    """Everything loaded; safe to share between threads.

    Args:
        memory: what was worked out lately for this flow; another desk begins with nothing.
    """

    flow: Flow
    library: Library
    vocabulary: Vocabulary
    renderer: Renderer
    memory: Memory = field(init=False, repr=False, compare=False, default_factory=lambda: Memory(_MOST_REMEMBERED))

    def answer(self, state: Mapping[str, Any] | None, event: Event, now: datetime) -> Reply:
        """Answer one event.

        Args:
            state: the stored conversation, None when there is none.
            event: what happened.
            now: timezone-aware.
        """
        return self.go_on(from_data(state) if state else None, event, now)

    def go_on(self, before: Conversation | None, event: Event, now: datetime) -> Reply:
        """The same, from a conversation that is read already."""
        conversation, effects = step(self.flow, self.vocabulary, before, event, now, self.memory)
        return Reply(conversation, effects, self.renderer.written(conversation.id, effects, now))


def booklet_messages(desk: Desk, guidebook: str, now: datetime) -> list[dict[str, Any]]:
    """A guidebook as the messages of a push: what a patient gets who opens it, without quick replies."""
    messages = desk.renderer.render("", (ExplainTopic(f"guidebook.{guidebook}"),), now)
    return [{key: value for key, value in message.items() if key != "quickReply"} for message in messages]


def load_desk(flows_dir: Path, content_dir: Path, zone: tzinfo = DEFAULT_ZONE, links: Links | None = None) -> Desk:
    """Read flows/ and content/.

    Args:
        zone: where the clinic is.
        links: addresses of this server; without them nothing leads to its pages.

    Raises:
        FaultsFound: with all faults of both folders.
    """
    faults: list[Fault] = []
    flow = library = None
    try:
        flow = load_flow(read_folder(flows_dir), flows_dir.name)
    except FaultsFound as found:
        faults.extend(found.faults)
    try:
        files = read_folder(content_dir / DEFAULT_LANGUAGE)
        library = load_library(files, DEFAULT_LANGUAGE, content_dir.name)
    except FaultsFound as found:
        faults.extend(found.faults)
    if flow and library:
        faults.extend(check_agreement(flow, library))
    if faults or flow is None or library is None:
        raise FaultsFound(tuple(faults))
    # The flow names the common conditions first, and so shall every list.
    library = replace(library, conditions={id: library.conditions[id] for id in flow.conditions})
    renderer = Renderer(flow, library, zone, links)
    refused = tuple(check_limits(renderer, datetime.now(zone)))
    if refused:
        raise FaultsFound(refused)
    return Desk(flow, library, build_vocabulary(flow, library), renderer)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every YAML file of a folder, by path below it; those that end in .yml too, so that they are found misplaced."""
    # Not every name is a file: Emacs leaves a link to nowhere beside what is being edited.
    found = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
