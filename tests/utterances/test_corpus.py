"""The corpus is well labelled, and two thirds of it bind the reader. The other third is only reported."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.desk import Desk
from bot.flow.findings import FindingType
from bot.flow.reading.reader import INTENTS
from bot.reading_command import reading_of
from tests.utterances.corpus import Utterance, utterances
from tests.utterances.score import Score, score

CORPUS = utterances()


@pytest.fixture(scope="module")
def worked_on(desk: Desk) -> Score:
    binding = [utterance for utterance in CORPUS if not utterance.is_only_reported]
    return score(binding, {utterance.id: reading_of(utterance.text, desk) for utterance in binding})


def test_ids_and_texts_are_unique() -> None:
    assert not [id for id, count in Counter(u.id for u in CORPUS).items() if count > 1]
    assert not [text for text, count in Counter(u.text for u in CORPUS).items() if count > 1]


@pytest.mark.parametrize("utterance", CORPUS, ids=lambda utterance: utterance.id)
def test_labels_speak_of_what_there_is(desk: Desk, utterance: Utterance) -> None:
    assert utterance.intent in INTENTS
    for label in utterance.findings | utterance.maybe:
        reference, _, polarity = label.rpartition(":")
        id, _, option = reference.partition(".")
        finding = desk.flow.findings[id]
        assert polarity in "+-"
        if finding.type is FindingType.NUMBER:
            assert finding.minimum <= int(option) <= finding.maximum
        elif option:
            assert option in finding.options
        else:
            assert finding.type is FindingType.BOOL or label.endswith(":-")


def test_every_intent_and_every_finding_is_in_it(desk: Desk) -> None:
    assert {utterance.intent for utterance in CORPUS} == set(INTENTS)
    labelled = {label.partition(":")[0].partition(".")[0] for u in CORPUS for label in u.findings}
    assert labelled == {id for id in desk.flow.findings if id not in desk.flow.questions or id in desk.library.findings}


def test_danger_is_seen(worked_on: Score) -> None:
    assert worked_on.danger_recall >= 0.98
    assert worked_on.false_alarms <= 0.05


def test_intents_and_findings_are_read(worked_on: Score) -> None:
    assert worked_on.intent >= 0.9
    assert worked_on.precision >= 0.9
    assert worked_on.recall >= 0.8
