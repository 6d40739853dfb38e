"""Whatever an author writes in the place of a value is taken, or reported with its file and a hint; nothing crashes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.broken import copy_toy, faults_of

Where = tuple[str | int, ...]

STRANGE: list[object] = [
    *(
        None,
        "",
        " ",
        "\u3000",
        "\u200b",
        "膝🦵",
        "maybe",
        "true",
        "null",
        "yes",
        "{",
        "a: b",
        "{phone} {x} {",
        "menu",
        "...",
    ),
    *("9" * 30, "-1", "1e400", "nan", "inf", "0x10", "25:00", "2026-13-01", "0001-01-01", "9999-12-31"),
    *("tel:", "https://", "https://[::1", "https://日本.example/あ", "http://toy.example", "javascript:alert(1)"),
    *("condition.", "condition.sprain", "list.conditions.2", "tip.rest", "sprain", "again", "R1", "ambulance", "!"),
    *([], [[]], ["x"], ["x", "x"], [None], {}, {"a": "b"}, {"warning": "worse"}, {"warning": ["worse"]}, {"": ""}),
    *("x" * 6_000, "あ。" * 6_000, ["外です。"] * 3_000, {f"k{i}": "x" for i in range(50)}),
]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_toy(tmp_path_factory.mktemp("toy"))


@given(st.data())
def test_any_value_in_any_place(toy: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(toy.rglob("*.yaml"))))
    raw = path.read_bytes()
    content = yaml.load(raw, Loader=yaml.CBaseLoader)
    where = data.draw(st.sampled_from(list(places_in(content))))
    value = data.draw(st.sampled_from(STRANGE) | st.text(max_size=30))
    path.write_text(yaml.safe_dump(with_value(content, where, value), allow_unicode=True), encoding="utf-8")
    try:
        faults = faults_of(toy)
    finally:
        path.write_bytes(raw)
    assert all(fault.file and fault.message and fault.hint for fault in faults)


def places_in(content: object, where: Where = ()) -> Iterator[Where]:
    """Every value of a file, the whole of it included."""
    yield where
    if isinstance(content, dict):
        for key, value in content.items():
            yield from places_in(value, (*where, key))
    elif isinstance(content, list):
        for i, value in enumerate(content):
            yield from places_in(value, (*where, i))


def with_value(content: Any, where: Where, value: object) -> Any:
    if not where:
        return value
    changed = copy.deepcopy(content)
    holder = changed
    for key in where[:-1]:
        holder = holder[key]
    holder[where[-1]] = value
    return changed
