"""The drawings: each has its words and a PNG that LINE takes, and a typed letter answers as its number does."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

import pytest
from support.broken import copy_toy
from support.patient import Patient

from bot.desk import Desk, load_desk
from bot.errors import BadInput
from bot.flow.typed import Answered, Selected, read_answer
from bot.picture_export import drawn, export, size_of

FOLDER = Path(__file__).parents[2] / "content" / "pictures"
DRAWINGS = sorted(path.stem for path in FOLDER.glob("*.svg"))
LARGEST_SIDE = 1024
"""Pixels of a picture on a card (LINE Messaging API reference, "Image" of flex messages)."""
LARGEST_FILE = 200_000
"""Bytes; LINE takes 10 MB, but a phone on a slow line waits for every one."""
ASKED = {"pain_site": "zones", "swelling": "swelling", "blue_leg": "swelling", "skin": "skin_colours"}
"""Question to the drawing that helps to answer it."""


def png_size(path: Path) -> tuple[int, int]:
    """Width and height that a PNG says it has."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def reads(desk: Desk, question: str, text: str) -> object:
    """What a typed text answers to a question that offers all its options."""
    asked = desk.flow.questions[question]
    return read_answer(text, asked, asked.options, desk.vocabulary)


class TestDrawings:
    @pytest.mark.parametrize("name", DRAWINGS)
    def test_the_png_is_there_in_the_size_of_the_drawing(self, name: str) -> None:
        size = size_of((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
        assert png_size(FOLDER / f"{name}.png") == size
        assert max(size) <= LARGEST_SIDE

    @pytest.mark.parametrize("name", DRAWINGS)
    def test_the_png_is_small_enough(self, name: str) -> None:
        assert (FOLDER / f"{name}.png").stat().st_size <= LARGEST_FILE

    @pytest.mark.parametrize("name", DRAWINGS)
    def test_nothing_in_it_depends_on_a_font_or_on_another_file(self, name: str) -> None:
        svg = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert re.findall(r"<(?:text|image|script|style|use)\b|https?://(?!www\.w3\.org/2000/svg)", svg) == []

    def test_every_drawing_has_words_and_all_words_a_drawing(self, desk: Desk) -> None:
        assert sorted(desk.library.pictures) == DRAWINGS

    def test_every_tip_and_every_guidebook_has_one(self, desk: Desk) -> None:
        wanted = {f"tip_{id}" for id in desk.library.tips} | {f"guidebook_{id}" for id in desk.library.guidebooks}
        assert wanted - set(DRAWINGS) == set()

    def test_every_field_of_the_rich_menu_has_one(self, desk: Desk) -> None:
        icons = {field.icon for tab in desk.library.rich_menu.tabs.values() for field in tab.fields}
        assert icons - set(DRAWINGS) == set()

    def test_no_other_file_lies_beside_them(self) -> None:
        known = {f"{name}.{ending}" for name in DRAWINGS for ending in ("svg", "png")}
        others = {path.name for path in FOLDER.iterdir()} - known
        assert [name for name in others if not name.startswith("rich_menu_")] == []


class TestExport:
    def test_a_drawing_becomes_a_png_of_its_size(self, tmp_path: Path) -> None:
        shutil.copy(FOLDER / "menu_symptoms.svg", tmp_path)
        ((path, png),) = export(drawn(tmp_path))
        path.write_bytes(png)
        assert path == tmp_path / "menu_symptoms.png"
        assert png_size(path) == png_size(FOLDER / "menu_symptoms.png")

    def test_a_drawing_without_size_is_refused(self) -> None:
        with pytest.raises(BadInput):
            size_of('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>')


class TestLetters:
    @pytest.mark.parametrize("question", ASKED)
    def test_every_option_has_the_letter_of_its_place(self, desk: Desk, question: str) -> None:
        picture = desk.library.pictures[ASKED[question]]
        offered = desk.flow.questions[question].options
        lettered = [option for option in offered if option in picture.letters]
        assert [picture.letters[option] for option in lettered] == sorted(picture.letters.values())
        assert len(lettered) == len(picture.letters)

    @pytest.mark.parametrize("typed", ["B", "b", "Ｂ", "ｂ", "Bです", "Ｂ。", "bかな", "Bだと思います"])
    def test_a_letter_answers_as_its_number_does(self, desk: Desk, typed: str) -> None:
        assert reads(desk, "pain_site", typed) == Selected("back_inner") == reads(desk, "pain_site", "2")

    @pytest.mark.parametrize("typed", ["A、D", "a d", "AとD", "Ａ・Ｄ"])
    def test_several_letters_are_a_whole_list(self, desk: Desk, typed: str) -> None:
        assert reads(desk, "pain_site", typed) == Answered(("back_centre", "calf"))

    def test_a_patient_selects_by_letter(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("swelling").say("C")
        assert patient.conversation.selected == ("lump_behind_knee",)

    def test_a_letter_counts_only_at_the_question_of_its_drawing(self, desk: Desk) -> None:
        lettered = {id for id, letters in desk.vocabulary.letters.items() if letters}
        assert lettered == set(ASKED)
        assert reads(desk, "duration", "A") == "not_understood"

    def test_a_letter_beyond_the_drawing_is_not_understood(self, desk: Desk) -> None:
        assert reads(desk, "pain_site", "G") == "not_understood"

    def test_the_article_of_a_word_is_no_letter(self, tmp_path: Path) -> None:
        desk_in_english = copy_toy(tmp_path)
        toy = load_desk(desk_in_english / "flows", desk_in_english / "content")
        assert reads(toy, "swelling", "A, B") == Answered(("calf", "knee"))
        assert reads(toy, "swelling", "a knee") == "not_understood"
