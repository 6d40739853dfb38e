"""Every fault of content/, and of content/ against flows/, is found where it stands; one fixture for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken import Broken, copy_toy, faults_of, places, read_broken

from bot.desk import load_desk
from bot.errors import FaultsFound

FIXTURES = read_broken("broken_content")
BY_NAME = {broken.name: broken for broken in FIXTURES}
FIVE_AT_ONCE = (
    "YAML001_shift_jis",
    "YAML008_unknown_field",
    "YAML009_expiry_missing",
    "LIB010_forbidden_word",
    "LIB020_closes_before_it_opens",
)
"""One of reading, two of fields, one of words, one of hours; each in a file of its own."""


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fault_is_found_where_it_stands(tmp_path: Path, broken: Broken) -> None:
    desk = copy_toy(tmp_path)
    broken.spoil(desk)
    assert places(faults_of(desk)) == [broken.expected(desk)]


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fixture_is_named_after_its_fault(broken: Broken) -> None:
    assert broken.name.startswith(f"{broken.fault}_")


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_every_fault_says_what_to_do(tmp_path: Path, broken: Broken) -> None:
    broken.spoil(copy_toy(tmp_path))
    (fault,) = faults_of(tmp_path)
    assert fault.message
    assert fault.hint


def test_five_faults_of_five_files_are_reported_at_once(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    for name in FIVE_AT_ONCE:
        BY_NAME[name].spoil(desk)
    with pytest.raises(FaultsFound) as caught:
        load_desk(desk / "flows", desk / "content")
    faults = caught.value.faults
    assert sorted(places(faults)) == sorted(BY_NAME[name].expected(desk) for name in FIVE_AT_ONCE)
    assert len({fault.file for fault in faults}) == len(FIVE_AT_ONCE)
    assert all(fault.hint for fault in faults)
    assert all(f"{fault.id} {fault.file}:{fault.line} " in str(caught.value) for fault in faults)


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
