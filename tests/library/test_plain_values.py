"""What authors write stays what they wrote, however their editor saves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.broken import copy_toy, faults_of

from bot.desk import load_desk
from bot.library.library import Library

Write = Callable[[str, str, str], Library]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The words of the toy desk after one change: ``write("rules.yaml", "Strong pain.", "yes")``."""
    desk = copy_toy(tmp_path)

    def write(file: str, old: str, new: str) -> Library:
        path = desk / "content/ja" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        return load_desk(desk / "flows", desk / "content").library

    return write


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "true", "119", "09:00", "2026-11-23", "1.10", "007"])
def test_a_word_that_looks_like_something_else_stays_a_word(write: Write, word: str) -> None:
    assert write("answers/parking.yaml", "answer: Outside", f"answer: {word}").answers["parking"].answer == word


@pytest.mark.parametrize("word", ["yes", "no", "on"])
def test_so_it_does_on_a_button_and_among_synonyms(write: Write, word: str) -> None:
    words = write("findings.yaml", "{label: Hot, synonyms: [warm]}", f"{{label: {word}, synonyms: [warm {word}, 37]}}")
    assert words.findings["hot"].label == word
    assert words.findings["hot"].synonyms == (f"warm {word}", "37")


@pytest.mark.parametrize(("word", "means"), [("true", True), ("false", False), ("yes", True), ("no", False)])
def test_a_field_that_is_yes_or_no_takes_both_spellings(write: Write, word: str, means: bool) -> None:
    library = write("guidebooks/knee.yaml", 'self_pay: "no"', f"self_pay: {word}")
    assert library.guidebooks["knee"].self_pay is means


@pytest.mark.parametrize("times", ["opens: 09:00, closes: 17:30", "opens: '09:00', closes: \"17:30\""])
def test_times_need_no_quotes(write: Write, times: str) -> None:
    library = write("clinics/toy.yaml", 'opens: "09:00", closes: "17:00"', times)
    (shift,) = library.clinic.hours.mon
    assert f"{shift.opens:%H:%M} {shift.closes:%H:%M}" == "09:00 17:30"


def test_spaces_around_a_text_are_none_of_it(write: Write) -> None:
    assert write("rules.yaml", "Strong pain.", '"  Strong pain. "').rules["R3"] == "Strong pain."


def test_a_text_over_several_lines_keeps_its_paragraphs(write: Write) -> None:
    library = write("answers/parking.yaml", "answer: Outside\n", "answer: |\n  Outside.\n\n  Or inside.\n")
    assert library.answers["parking"].answer == "Outside.\n\nOr inside."


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n", b"# Read me\n", b"---\n"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_marks_comments_and_line_ends_of_windows_do_no_harm(tmp_path: Path, before: bytes, line_end: bytes) -> None:
    desk = copy_toy(tmp_path)
    for path in (desk / "content").rglob("*.yaml"):
        path.write_bytes(before + path.read_bytes().replace(b"\n", line_end))
    assert faults_of(desk) == ()


@pytest.mark.parametrize("kept", ["rules.yaml~", ".rules.yaml.swp", "rules.yaml.bak", "notes.txt"])
def test_what_editors_leave_beside_a_file_is_not_read(tmp_path: Path, kept: str) -> None:
    (copy_toy(tmp_path) / "content/ja" / kept).write_bytes(b"\xff")
    assert faults_of(tmp_path) == ()


def test_the_link_to_nowhere_that_emacs_leaves_is_not_read(tmp_path: Path) -> None:
    (copy_toy(tmp_path) / "content/ja/.#rules.yaml").symlink_to("author@desk.1234")
    assert faults_of(tmp_path) == ()
