"""Which entries belong to a condition: derived from the links that entries carry, so that each link is written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.library.library import Library


def related_topics(library: Library, condition: str) -> Mapping[str, Sequence[str]]:
    """Kind of list (``treatments``, ``tips``, ``answers``) to the topics of it that belong to a condition."""
    topic = f"condition.{condition}"
    return {
        "treatments": [f"treatment.{id}" for id, entry in library.treatments.items() if condition in entry.conditions],
        "tips": [f"tip.{id}" for id in library.conditions[condition].tips],
        "answers": _answers(library, topic),
    }


def _answers(library: Library, topic: str) -> list[str]:
    """Questions on a topic: those that name it first come first."""
    found = [(entry.topics.index(topic), id) for id, entry in library.answers.items() if topic in entry.topics]
    return [f"answer.{id}" for _, id in sorted(found, key=lambda place: place[0])]
