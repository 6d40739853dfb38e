"""Text in lines that fit on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.path_sheet.layout import WIDTH, columns, filled, indented, paragraph, with_right_end, wrapped


def test_a_japanese_letter_takes_two_columns() -> None:
    assert columns("膝 knee") == 7


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("膝が痛い", ["膝が痛", "い"]),
        ("膝の裏、痛い", ["膝の", "裏、痛", "い"]),
        ("膝の「裏」", ["膝の", "「裏」"]),
        ("knee pain", ["knee", "pain"]),
        ("膝のS1-3", ["膝の", "S1-3"]),
    ],
)
def test_lines_break_between_letters_and_beside_words_and_signs(text: str, lines: list[str]) -> None:
    assert wrapped(text, 6) == lines


@given(st.text("膝の裏が痛いabc、。「」（）・／ ", max_size=60), st.integers(20, 40))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    if not any(run in text for run in ("、" * 2, "。" * 2)) and not set("「（") & set(text):
        assert all(line[0] not in "、。」）" for line in lines[1:] if line)


def test_further_lines_stand_below_the_first() -> None:
    assert indented(["膝が痛", "い"], 4, first="S1") == ["S1  膝が痛", "    い"]
    assert [line[:6] for line in paragraph("膝" * 60, 4)] == ["    膝膝", "    膝膝"]


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        (["膝"], ["膝"]),
        (["膝", "裏"], ["膝 + 裏"]),
        (["膝が", "痛い"], ["膝が", "+ 痛い"]),
        (["膝の裏が痛い"], ["膝の裏が", "痛い"]),
        (["膝", "ふくらはぎ"], ["膝", "+ ふくら", "はぎ"]),
    ],
)
def test_a_part_that_does_not_fit_begins_a_line(parts: list[str], lines: list[str]) -> None:
    assert filled(parts, " + ", 8) == lines


def test_a_box_stands_at_the_right_margin() -> None:
    line = with_right_end("膝が痛い", "[ ]")
    assert line.startswith("膝が痛い ")
    assert line.endswith(" [ ]")
    assert columns(line) == WIDTH
