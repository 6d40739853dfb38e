"""The vignettes are sound, and nobody among them is advised worse than the report says."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest
import yaml

from bot.flow.matching import OTHER
from bot.flow.schema import URGENCIES, Flow
from tests.vignettes.cases import HALVES, HERE, Vignette, load_vignettes
from tests.vignettes.measuring import Measures, Share, measure
from tests.vignettes.playing import Outcome
from tests.vignettes.report import REPORT, outcomes, report, shipped_flow

FIELDS = {"id", "group", "changed", "age", "sex", "story", "findings", "urgency", "conditions", "harmful"}
FIELDS |= {"source", "disagree"}


@pytest.fixture(scope="module")
def flow() -> Flow:
    return shipped_flow()


@pytest.fixture(scope="module")
def vignettes(flow: Flow) -> tuple[Vignette, ...]:
    return load_vignettes(flow)


@pytest.fixture(scope="module")
def played(flow: Flow) -> tuple[Outcome, ...]:
    return outcomes(flow)


@pytest.fixture(scope="module", params=HALVES)
def measures(request: pytest.FixtureRequest, played: tuple[Outcome, ...]) -> Measures:
    return measure([outcome for outcome in played if outcome.vignette.half == request.param])


@pytest.mark.parametrize("path", sorted(HERE.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_vignette_says_everything(path: Path) -> None:
    for case in yaml.safe_load(path.read_text(encoding="utf-8")):
        assert set(case) == FIELDS, case["id"]
        assert set(case["source"]) == {"title", "address", "seen", "used"}, case["id"]
        assert case["source"]["seen"] in ("text", "abstract", "memory"), case["id"]
        assert case["source"]["title"]
        assert case["source"]["used"]
        assert {"age_band", "sex", "duration", "onset"} <= set(case["findings"]), case["id"]


def test_there_are_enough_of_them_and_of_all_kinds(flow: Flow, vignettes: tuple[Vignette, ...]) -> None:
    assert len(vignettes) >= 150
    assert len({vignette.id for vignette in vignettes}) == len(vignettes)
    assert {condition for vignette in vignettes for condition in vignette.conditions} == set(flow.conditions)
    for half in HALVES:
        of_half = [vignette for vignette in vignettes if vignette.half == half]
        assert {vignette.urgency for vignette in of_half} == set(URGENCIES)
        assert {vignette.facts["age_band"] for vignette in of_half} == set(flow.age_bands)
        assert {"female", "male"} <= {vignette.facts["sex"] for vignette in of_half}


def test_a_patient_and_the_same_patient_with_one_answer_changed_stand_in_one_half(
    vignettes: tuple[Vignette, ...],
) -> None:
    groups: dict[str, list[Vignette]] = defaultdict(list)
    for vignette in vignettes:
        groups[vignette.group].append(vignette)
    pairs = [group for group in groups.values() if len(group) > 1]
    assert len(pairs) >= 30
    assert all(len({vignette.half for vignette in pair}) == 1 for pair in pairs)


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263.
    low, high = Share(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_no_emergency_is_left_for_days(measures: Measures) -> None:
    assert measures.emergencies_left_for_days.hits == 0
    assert measures.emergencies_found.value >= 0.97


def test_an_emergency_is_found_within_six_questions_with_few_exceptions(measures: Measures) -> None:
    asked = measures.questions_to_emergency
    assert sum(count <= 6 for count in asked) >= 0.9 * len(asked)
    assert asked[-1] <= 7


def test_nobody_is_offered_a_tip_that_could_harm_them(measures: Measures) -> None:
    assert measures.harmed.hits == 0


def test_how_soon_is_right_for_nine_in_ten(measures: Measures) -> None:
    assert measures.exact.value >= 0.9
    assert measures.under.value <= 0.01
    assert measures.over.value <= 0.1


def test_what_it_is_stands_among_the_three_as_often_as_it_did(measures: Measures) -> None:
    assert measures.top_3.value >= 0.87


def test_half_of_the_patients_are_asked_at_most_twelve_questions(played: tuple[Outcome, ...]) -> None:
    assert median(len(outcome.asked) for outcome in played) <= 12


def test_nothing_is_explained_rather_than_something_forced(played: tuple[Outcome, ...]) -> None:
    assert any(outcome.shown == (OTHER,) for outcome in played)


def test_the_report_is_what_the_program_says_today(played: tuple[Outcome, ...]) -> None:
    assert REPORT.read_text(encoding="utf-8") == report(played), "Run: make vignettes"
