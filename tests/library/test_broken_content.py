"""Every fault of content/, and of content/ against flows/, is found where it stands; one fixture for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken import Broken, copy_toy, faults_of, places, read_broken

FIXTURES = read_broken("broken_content")


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fault_is_found_where_it_stands(tmp_path: Path, broken: Broken) -> None:
    desk = copy_toy(tmp_path)
    broken.spoil(desk)
    assert places(faults_of(desk)) == [broken.expected(desk)]


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fixture_is_named_after_its_fault(broken: Broken) -> None:
    assert broken.name.startswith(f"{broken.fault}_")


def test_faults_of_flows_and_content_are_reported_together(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    for file in ("flows/sources.yaml", "content/ja/rules.yaml", "content/ja/clinics/toy.yaml"):
        (desk / file).write_text("a: 1\na: 2\n")
    assert {(fault.id, fault.file) for fault in faults_of(desk) if fault.id == "YAML002"} == {
        ("YAML002", "flows/sources.yaml"),
        ("YAML002", "content/ja/rules.yaml"),
        ("YAML002", "content/ja/clinics/toy.yaml"),
    }


def test_every_missing_word_is_reported_at_once(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    for file in ("rules.yaml", "questions.yaml"):
        path = desk / "content/ja" / file
        path.write_text("".join(path.read_text().splitlines(keepends=True)[1:-1]) if file == "rules.yaml" else "{}\n")
    faults = faults_of(desk)
    assert {fault.id for fault in faults} == {"BOTH001"}
    assert len(faults) == 2 + 7
