"""Looking words up by id."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken import copy_toy, faults_of

from bot.desk import load_desk
from bot.library.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """The words of the toy desk."""
    toy = copy_toy(tmp_path)
    return load_desk(toy / "flows", toy / "content").library


def test_a_message_has_its_placeholders_filled(library: Library) -> None:
    assert library.message("progress", count=3) == "3 to go"


def test_a_value_that_a_message_does_not_use_is_ignored(library: Library) -> None:
    assert library.message("welcome", count=3) == "Welcome"


def test_a_value_that_looks_like_a_placeholder_is_left_alone(library: Library) -> None:
    assert library.message("progress", count="{count}") == "{count} to go"


def test_a_message_that_does_not_exist_is_an_error(library: Library) -> None:
    with pytest.raises(KeyError):
        library.message("goodbye")


def test_a_finding_reads_as_its_label(library: Library) -> None:
    assert library.reads("tired") == "Tired"


@pytest.mark.parametrize(("reference", "reads"), [("swollen.calf", "Swelling Calf"), ("pain.7", "Pain 7")])
def test_an_option_and_a_number_read_with_what_they_are_of(library: Library, reference: str, reads: str) -> None:
    assert library.reads(reference) == reads


def test_the_clinic_is_the_first_one(library: Library) -> None:
    assert library.clinic.name == "Toy clinic"


def test_words_belong_to_a_language(library: Library) -> None:
    assert library.language == "ja"


def test_every_entry_is_frozen(library: Library) -> None:
    with pytest.raises(Exception, match="frozen"):
        library.clinic.name = "Another"  # type: ignore[misc]


# Words that no patient may read


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("messages.yaml", "Welcome\n", "We cure you\n"),
        ("outcomes.yaml", "headline: Watch it", "headline: We cure it"),
        ("questions.yaml", "Age matters.", "To cure you."),
        ("self_care/rub.yaml", "steps: [Begin, End]", "steps: [Begin, It cures]"),
        ("findings.yaml", "label: Tired,", "label: Cured or cure,"),
    ],
)
def test_a_forbidden_word_is_found_in_every_text_that_patients_read(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    path = copy_toy(tmp_path) / "content/ja" / file
    path.write_text(path.read_text().replace(old, new))
    assert {(fault.id, fault.file) for fault in faults_of(tmp_path)} == {("LIB010", f"content/ja/{file}")}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("findings.yaml", "synonyms: [weary]", "synonyms: [a cure]"),
        ("danger_words.yaml", "[cannot breathe]", "[no cure helps]"),
        ("conditions/clot.yaml", "aliases: [the clot]", "aliases: [a cure]"),
        ("messages.yaml", "Welcome\n", "This is no cure\n"),
        ("conditions/clot.yaml", "[{title: The book}]", "[{title: How to cure}]"),
    ],
)
def test_it_may_stand_in_what_patients_write_in_sources_and_in_allowed_phrases(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    path = copy_toy(tmp_path) / "content/ja" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert faults_of(tmp_path) == ()
