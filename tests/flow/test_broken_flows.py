"""Every fault of flows/ is found where it stands; one fixture of broken_flows/ for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken import TOY, Broken, copy_toy, faults_of, places, read_broken

from bot.errors import FaultsFound
from bot.flow.loader import load_flow

FIXTURES = read_broken("broken_flows")


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fault_is_found_where_it_stands(tmp_path: Path, broken: Broken) -> None:
    desk = copy_toy(tmp_path)
    broken.spoil(desk)
    assert places(faults_of(desk)) == [broken.expected(desk)]


@pytest.mark.parametrize("broken", FIXTURES, ids=lambda broken: broken.name)
def test_the_fixture_is_named_after_its_fault(broken: Broken) -> None:
    assert broken.name.startswith(f"{broken.fault}_")


def test_the_toy_desk_itself_is_sound(tmp_path: Path) -> None:
    assert faults_of(copy_toy(tmp_path)) == ()


def test_every_fault_says_what_to_do(tmp_path: Path) -> None:
    for broken in FIXTURES:
        desk = copy_toy(tmp_path / broken.name)
        broken.spoil(desk)
        for fault in faults_of(desk):
            assert fault.message
            assert fault.hint
            assert str(fault).startswith(f"{fault.id} {fault.file}:{fault.line} ")


def test_a_wrong_name_is_answered_with_the_nearest_right_one(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    (desk / "flows/red_flags.yaml").write_text((TOY / "flows/red_flags.yaml").read_text().replace("{hot:", "{hott:"))
    (fault,) = faults_of(desk)
    assert "`hot`" in fault.hint


def test_faults_of_several_files_are_reported_together_in_order(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    spoil = {"flows/red_flags.yaml": "[clot, sprain]", "flows/self_care.yaml": "[rest]", "flows/toy.yaml": "to: breath"}
    for file, text in spoil.items():
        path = desk / file
        path.write_text(path.read_text().replace(text, text.replace("r", "x")))
    faults = faults_of(desk)
    assert {(fault.id, fault.file) for fault in faults} == {
        ("FLOW033", "flows/red_flags.yaml"),
        ("FLOW035", "flows/self_care.yaml"),
        ("FLOW020", "flows/toy.yaml"),
    }
    assert list(faults) == sorted(faults)


def test_several_faults_of_one_file_are_reported_together(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    path = desk / "flows/findings.yaml"
    sound = path.read_text()
    path.write_text(sound.replace("type: bool", "type: boo"))
    assert [fault.id for fault in faults_of(desk)] == ["YAML007"] * sound.count("type: bool")


def test_faults_of_reading_hide_no_other_file_that_cannot_be_read(tmp_path: Path) -> None:
    desk = copy_toy(tmp_path)
    for file in ("flows/findings.yaml", "flows/sources.yaml", "content/ja/rules.yaml"):
        (desk / file).write_text("- not a mapping\n")
    assert {fault.file for fault in faults_of(desk) if fault.id == "YAML006"} == {
        "flows/findings.yaml",
        "flows/sources.yaml",
        "content/ja/rules.yaml",
    }


def test_the_loader_reads_no_folder_but_what_it_is_given() -> None:
    with pytest.raises(FaultsFound) as caught:
        load_flow({}, "anywhere")
    assert {fault.id for fault in caught.value.faults} == {"FLOW001"}
    assert {fault.file.partition("/")[0] for fault in caught.value.faults} == {"anywhere"}
