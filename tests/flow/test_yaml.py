"""YAML is read so that nothing is guessed and every value has a line."""

from __future__ import annotations

import pytest

from bot.faults import Fault
from bot.strict_yaml import Document, read_document


def read(text: str | bytes) -> Document:
    """A document without a fault."""
    faults: list[Fault] = []
    document = read_document("file.yaml", text.encode() if isinstance(text, str) else text, faults)
    assert faults == []
    assert document is not None
    return document


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "true", "1.10", "007", "1e3", "12:30", "2026-01-01", "0x1f"]
)
def test_a_word_stays_the_word_that_was_written(word: str) -> None:
    assert read(f"key: {word}\n").data == {"key": word}


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_is_nothing_and_in_quotes_a_word(nothing: str) -> None:
    assert read(f"key: {nothing}\n").data == {"key": None}
    assert read(f'key: "{nothing}"\n').data == {"key": nothing}


def test_every_part_has_its_line() -> None:
    document = read("a:\n  b: 1\n  c:\n    - x\n    - {y: 1}\n")
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c", 1)) == 5
    assert document.line(("a", "c", 1, "y")) == 5


def test_a_part_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    document = read("a:\n  b: 1\nc: 2\n")
    assert document.line(("a", "x", "y")) == 1
    assert document.line(("c", 0)) == 3
    assert document.line(("x",)) == 1


def test_all_faults_of_a_file_are_collected() -> None:
    faults: list[Fault] = []
    read_document("file.yaml", b"a: 1\na: 2\nb: !!int 3\nb: 4\n", faults)
    assert [(fault.id, fault.line) for fault in faults] == [("YAML002", 2), ("YAML002", 4)]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [ls]", "!mine x", "!!set {a}", "!!binary aGk="])
def test_a_tag_that_makes_an_object_is_refused(tag: str) -> None:
    faults: list[Fault] = []
    read_document("file.yaml", f"key: {tag}\n".encode(), faults)
    assert [(fault.id, fault.line) for fault in faults] == [("YAML003", 1)]


def test_a_merge_is_an_alias() -> None:
    faults: list[Fault] = []
    read_document("file.yaml", b"a: &a {x: 1}\nb:\n  <<: *a\n", faults)
    assert {fault.id for fault in faults} == {"YAML004"}


def test_a_few_lines_cannot_grow_into_gigabytes() -> None:
    # Each line holds the one before twice: a few more of them, and they fill the memory when written out.
    lines = ["- &a0 x", *(f"- &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 9))]
    faults: list[Fault] = []
    read_document("file.yaml", "\n".join(["all:", *lines]).encode(), faults)
    assert {fault.id for fault in faults} == {"YAML004"}


def test_a_second_document_in_one_file_is_refused() -> None:
    faults: list[Fault] = []
    assert read_document("file.yaml", b"a: 1\n---\nb: 2\n", faults) is None
    assert [fault.id for fault in faults] == ["YAML005"]


def test_a_mark_at_the_beginning_of_the_file_is_no_text() -> None:
    assert read(b"\xef\xbb\xbfkey: value\n").data == {"key": "value"}


def test_a_file_that_is_nested_too_deep_is_refused() -> None:
    faults: list[Fault] = []
    assert read_document("file.yaml", b"a: " + b"[" * 1000 + b"]" * 1000, faults) is None
    assert [fault.id for fault in faults] == ["YAML005"]
