"""The corpus is well labelled, and two thirds of it bind the reader. The other third is only reported."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.desk import Desk
from bot.flow.findings import FindingType
from bot.flow.reading.reader import INTENTS
from bot.reading_command import reading_of
from tests.utterances.corpus import utterances
from tests.utterances.score import Score, score

CORPUS = utterances()


@pytest.fixture(scope="module")
def worked_on(desk: Desk) -> Score:
    binding = [utterance for utterance in CORPUS if not utterance.is_only_reported]
    return score(binding, {utterance.id: reading_of(utterance.text, desk) for utterance in binding})


def test_ids_and_texts_are_unique() -> None:
    assert not [id for id, count in Counter(u.id for u in CORPUS).items() if count > 1]
    assert not [text for text, count in Counter(u.text for u in CORPUS).items() if count > 1]


def test_labels_speak_of_what_there_is(desk: Desk) -> None:
    assert {utterance.intent for utterance in CORPUS} <= set(INTENTS)
    labels = {label for utterance in CORPUS for label in utterance.findings | utterance.maybe}
    assert not [label for label in sorted(labels) if not is_label(label, desk)]


def is_label(label: str, desk: Desk) -> bool:
    """Whether a label names a finding, an option of it where it has some, and a polarity."""
    reference, _, polarity = label.rpartition(":")
    id, _, option = reference.partition(".")
    finding = desk.flow.findings.get(id)
    if finding is None or polarity not in ("+", "-"):
        return False
    if finding.type is FindingType.NUMBER:
        return finding.minimum <= int(option) <= finding.maximum
    if option:
        return option in finding.options
    return finding.type is FindingType.BOOL or polarity == "-"


def test_every_intent_and_every_finding_is_in_it(desk: Desk) -> None:
    assert {utterance.intent for utterance in CORPUS} == set(INTENTS)
    labelled = {label.partition(":")[0].partition(".")[0] for u in CORPUS for label in u.findings}
    assert labelled == {id for id in desk.flow.findings if id not in desk.flow.questions or id in desk.library.findings}


def test_danger_is_seen(worked_on: Score) -> None:
    assert worked_on.danger_recall >= 0.98
    assert worked_on.false_alarms <= 0.05


def test_intents_and_findings_are_read(worked_on: Score) -> None:
    assert worked_on.intent >= 0.9
    assert worked_on.precision >= 0.88
    assert worked_on.recall >= 0.8
