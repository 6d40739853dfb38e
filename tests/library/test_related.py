"""Which entries belong to a condition: each link is written once, at the entry that leads to the condition."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken import copy_toy

from bot.desk import Desk, load_desk
from bot.library.library import Library
from bot.library.related import related_topics


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """The words of the toy desk, where a sprain has a treatment, a tip and an answer."""
    toy = copy_toy(tmp_path)
    return load_desk(toy / "flows", toy / "content").library


def test_treatments_tips_and_answers_belong_to_a_condition(library: Library) -> None:
    assert related_topics(library, "sprain") == {
        "treatments": ["treatment.bandage"],
        "tips": ["tip.rest"],
        "answers": ["answer.parking"],
    }


def test_nothing_may_belong_to_it(library: Library) -> None:
    assert related_topics(library, "clot") == {"treatments": [], "tips": [], "answers": []}


def test_each_shipped_link_is_found_from_its_other_end(desk: Desk) -> None:
    library = desk.library
    found = {id: related_topics(library, id) for id in library.conditions}
    for id, treatment in library.treatments.items():
        assert all(f"treatment.{id}" in found[condition]["treatments"] for condition in treatment.conditions)
    for id, answer in library.answers.items():
        conditions = [topic.partition(".")[2] for topic in answer.topics if topic.startswith("condition.")]
        assert all(f"answer.{id}" in found[condition]["answers"] for condition in conditions)
    for id, condition in library.conditions.items():
        assert found[id]["tips"] == [f"tip.{tip}" for tip in condition.tips]
