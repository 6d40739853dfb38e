"""Faults that hide: read as something else, reported in the wrong place, or not looked for at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.broken import copy_toy, faults_of, places

from bot.faults import Fault

CLINIC = "content/ja/clinics/toy.yaml"
KNEE = "content/ja/guidebooks/knee.yaml"
SPRAIN = "content/ja/conditions/sprain.yaml"
WARNINGS = "content/ja/warnings.yaml"

Faults = Callable[[str, str, str], tuple[Fault, ...]]


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """What is wrong with the toy desk after one change."""
    desk = copy_toy(tmp_path)

    def faults(file: str, old: str, new: str) -> tuple[Fault, ...]:
        text = (desk / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (desk / file).write_text(text.replace(old, new), encoding="utf-8")
        return faults_of(desk)

    return faults


@pytest.mark.parametrize("time", ["09:00Z", "09:00+09:00"])
def test_a_time_with_a_zone_is_a_fault_and_no_crash(faults: Faults, time: str) -> None:
    (fault,) = faults(CLINIC, 'opens: "09:00"', f'opens: "{time}"')
    assert (fault.file, fault.line) == (CLINIC, 9)


def test_a_day_is_written_as_a_day(faults: Faults) -> None:
    assert len(faults("content/ja/answers/parking.yaml", "reviewed_on: null", "reviewed_on: 86400")) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (KNEE, "topics: [condition.sprain]}", "topics: []}", ("LIB024", KNEE, 7)),
        (SPRAIN, "{title: The book}", '{title: The book, url: "http://toy.example"}', ("YAML011", SPRAIN, 13)),
        (CLINIC, "bring: [Card]", "bring: [[Card]]", ("YAML007", CLINIC, 23)),
    ],
)
def test_the_only_item_of_a_list_is_one_fault_when_it_is_wrong(
    faults: Faults, file: str, old: str, new: str, expected: tuple[str, str, int]
) -> None:
    assert places(faults(file, old, new)) == [expected]


@pytest.mark.parametrize(("day", "line"), [("tue", 10), ("public_holidays", 16)])
def test_shifts_that_overlap_are_reported_at_their_day(faults: Faults, day: str, line: int) -> None:
    shifts = '[{opens: "09:00", closes: "12:30"}, {opens: "12:00", closes: "15:00"}]'
    assert places(faults(CLINIC, f"{day}: []", f"{day}: {shifts}")) == [("LIB020", CLINIC, line)]


@pytest.mark.parametrize("id", ["commands", "wording", "typed_words", "danger_words"])
def test_an_entry_is_read_whatever_its_id(tmp_path: Path, id: str) -> None:
    answers = copy_toy(tmp_path) / "content/ja/answers"
    (answers / "parking.yaml").rename(answers / f"{id}.yaml")
    text = (answers / f"{id}.yaml").read_text(encoding="utf-8")
    (answers / f"{id}.yaml").write_text(text.replace("Outside", "We cure it"), encoding="utf-8")
    assert places(faults_of(tmp_path)) == [("LIB010", f"content/ja/answers/{id}.yaml", 3)]


@pytest.mark.parametrize(
    "uri",
    [
        "tel:0300000000",
        "tel:+81300000000",
        "https://TOY.example/book",
        "https://toy.example",
        "https://toy.example/map",
    ],
)
def test_an_urgent_outcome_does_not_lead_to_the_clinic_in_another_spelling(faults: Faults, uri: str) -> None:
    found = faults("content/ja/outcomes.yaml", 'uri: "tel:119"', f'uri: "{uri}"')
    assert places(found) == [("BOTH005", "content/ja/outcomes.yaml", 10)]


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        (CLINIC, "reason", "raeson"),
        ("content/ja/findings.yaml", "label: Hot", "lable: Hot"),
        (KNEE, "topics", "topic"),
        ("content/ja/outcomes.yaml", "links", "link"),
    ],
)
def test_a_misspelt_field_of_an_entry_is_answered_with_the_right_one(
    faults: Faults, file: str, right: str, wrong: str
) -> None:
    unknown = next(fault for fault in faults(file, right, wrong) if fault.id == "YAML008")
    assert f"`{right.partition(':')[0]}`" in unknown.hint


@pytest.mark.parametrize("text", ['worse: "Call', "worse: [Call]"])
def test_warnings_that_cannot_be_read_are_one_fault(faults: Faults, text: str) -> None:
    assert {fault.file for fault in faults(WARNINGS, "worse: Call 119 when it gets worse", text)} == {WARNINGS}


@pytest.mark.parametrize("name", ["parking.YAML", "parking.Yml"])
def test_an_ending_in_capitals_is_found_misplaced(tmp_path: Path, name: str) -> None:
    answers = copy_toy(tmp_path) / "content/ja/answers"
    (answers / "parking.yaml").rename(answers / name)
    assert places(faults_of(tmp_path)) == [("LIB002", f"content/ja/answers/{name}", 0)]


@pytest.mark.parametrize(("old", "new"), [("until_then", "untilthen"), ("conditions/*", "condition/*")])
def test_a_requirement_that_concerns_nothing_is_a_fault(faults: Faults, old: str, new: str) -> None:
    assert [fault.file for fault in faults("content/ja/wording.yaml", old, new)] == ["content/ja/wording.yaml"]
