"""Every message that the content can lead to is looked at before a patient waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.broken import copy_toy, places

from bot.desk import Desk, load_desk
from bot.flow.schema import URGENCIES
from bot.library.messages import REQUIRED
from bot.line.browsing import list_rows
from bot.line.gallery import Picture, check_limits, gallery
from bot.line.limits.messages import message_problems
from bot.strict_yaml import Path
from tests.line.reading import parts

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
TOO_LONG = "外です。" * 2_600
"""More than 30 KB, the most that LINE takes on one card."""


Spoilt = tuple[str, Path, str, dict[str, object]]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = copy_toy(tmp_path_factory.mktemp("toy"))
    return load_desk(folder / "flows", folder / "content")


@pytest.fixture(scope="module")
def pictures(desk: Desk) -> list[Picture]:
    """Everything that the shipped content can lead to."""
    return list(gallery(desk.renderer, NOW))


def shown_for(pictures: list[Picture], file: str, *path: str) -> set[str]:
    """Every text in the messages that belong to an entry."""
    found = [picture for picture in pictures if (picture.file, picture.path) == (file, path)]
    assert found, (file, path)
    return {part["text"] for picture in found for part in parts(picture.messages) if "text" in part}


class TestNothingIsLeftOut:
    FOLDERS = ("conditions", "treatments", "self_care", "answers", "guidebooks", "clinics")
    NAMES: Mapping[str, str] = {"answers": "question", "guidebooks": "title"}

    @pytest.mark.parametrize("folder", FOLDERS)
    def test_every_file_of_every_folder(self, desk: Desk, pictures: list[Picture], folder: str) -> None:
        entries: Mapping[str, Any] = getattr(desk.library, "tips" if folder == "self_care" else folder)
        assert entries
        for id, entry in entries.items():
            name = str(getattr(entry, self.NAMES.get(folder, "name")))
            assert any(name in text for text in shown_for(pictures, f"{folder}/{id}.yaml")), id

    def test_these_are_all_folders_that_there_are(self, desk: Desk) -> None:
        assert {file.partition("/")[0] for file in desk.library.documents if "/" in file} == set(self.FOLDERS)

    def test_every_question_in_both_wordings_with_its_reason(self, desk: Desk, pictures: list[Picture]) -> None:
        for id, words in desk.library.questions.items():
            assert {words.text, words.simpler, words.why} <= shown_for(pictures, "questions.yaml", id)

    def test_every_option_of_every_question(self, desk: Desk, pictures: list[Picture]) -> None:
        for id, question in desk.flow.questions.items():
            shown = " ".join(shown_for(pictures, "questions.yaml", id))
            assert all(desk.renderer.option_label(question, option) in shown for option in question.options)

    def test_every_message(self, pictures: list[Picture]) -> None:
        for id in REQUIRED:
            assert shown_for(pictures, "messages.yaml", id)

    def test_every_danger_word_that_is_asked_back(self, desk: Desk, pictures: list[Picture]) -> None:
        for reference in desk.library.danger_words.findings:
            assert shown_for(pictures, "danger_words.yaml", "findings", reference)

    @pytest.mark.parametrize("urgency", URGENCIES)
    def test_every_outcome_with_all_its_reasons(self, desk: Desk, pictures: list[Picture], urgency: str) -> None:
        shown = shown_for(pictures, "outcomes.yaml", urgency)
        rules = {desk.library.rules[rule.id] for rule in desk.flow.rules if rule.urgency == urgency}
        assert {desk.library.outcomes[urgency].headline, *desk.library.outcomes[urgency].do_now} <= shown
        assert all(any(rule in text for text in shown) for rule in rules)

    def test_every_condition_as_an_outcome_shows_it(self, desk: Desk, pictures: list[Picture]) -> None:
        for id, condition in desk.library.conditions.items():
            assert {condition.summary, condition.what_it_is} <= shown_for(pictures, f"conditions/{id}.yaml")

    def test_every_tip_with_its_caution_and_as_it_is_withheld(self, desk: Desk, pictures: list[Picture]) -> None:
        for id, tip in desk.library.tips.items():
            assert {tip.caution} - {None} <= shown_for(pictures, f"self_care/{id}.yaml")
            assert tip.withheld in shown_for(pictures, f"self_care/{id}.yaml", "withheld")

    def test_every_resource(self, desk: Desk, pictures: list[Picture]) -> None:
        for id, resource in desk.library.resources.items():
            assert {resource.name, resource.text} <= shown_for(pictures, "resources.yaml", id)

    def test_the_menu_and_every_page_of_every_list(self, desk: Desk, pictures: list[Picture]) -> None:
        assert {line.label for line in desk.library.menu.values()} <= shown_for(pictures, "menu.yaml")
        for kind, rows in list_rows(desk.library).items():
            assert {row.name for row in rows} <= shown_for(pictures, "menu.yaml", f"list.{kind}")

    def test_every_place_is_one_where_a_fault_can_stand(self, desk: Desk, pictures: list[Picture]) -> None:
        assert {picture.file for picture in pictures} <= set(desk.library.documents)


def test_line_takes_all_that_is_shipped(desk: Desk, pictures: list[Picture]) -> None:
    assert [picture.file for picture in pictures if message_problems(picture.messages)] == []
    assert list(check_limits(desk.renderer, NOW)) == []


# A spoilt entry is named with its own file

SPOILT: Mapping[str, Spoilt] = {
    "condition": ("conditions/clot.yaml", (), "conditions", {"what_it_is": TOO_LONG}),
    "treatment": ("treatments/bandage.yaml", (), "treatments", {"course": TOO_LONG}),
    "answer": ("answers/parking.yaml", (), "answers", {"answer": TOO_LONG}),
    "guidebook": ("guidebooks/knee.yaml", (), "guidebooks", {"line_text": TOO_LONG}),
    "question": ("questions.yaml", ("how_strong",), "questions", {"simpler": TOO_LONG}),
    "reason of a question": ("questions.yaml", ("age",), "questions", {"why": TOO_LONG}),
    "outcome": ("outcomes.yaml", ("soon_2w",), "outcomes", {"safety_net": (TOO_LONG,)}),
    "fallback of a resource": ("resources.yaml", ("ambulance",), "resources", {"fallback": TOO_LONG}),
    "line of the menu": ("menu.yaml", (), "menu", {"text": TOO_LONG}),
}
"""What is spoilt: its file, the place in it that is named, the kind of entry, and what it says now."""
SHOWN_ELSEWHERE: Mapping[str, Spoilt] = {
    "tip": ("self_care/rest.yaml", (), "tips", {"steps": (TOO_LONG,)}),
    "clinic": ("clinics/toy.yaml", (), "clinics", {"bring": (TOO_LONG,)}),
    "resource": ("resources.yaml", ("ambulance",), "resources", {"text": TOO_LONG}),
}
"""The same for what stands in an outcome or in a list as well."""


def faults_with(toy: Desk, spoilt: Spoilt) -> list[tuple[str, str, int]]:
    """What is wrong when one entry of the toy desk says something else."""
    file, path, kind, update = spoilt
    entries = getattr(toy.library, kind)
    id = path[0] if path else "list.tips" if kind == "menu" else file.rpartition("/")[2].removesuffix(".yaml")
    library = replace(toy.library, **{kind: {**entries, id: entries[id].model_copy(update=update)}})
    return places(check_limits(replace(toy.renderer, library=library), NOW))


def place(toy: Desk, spoilt: Spoilt) -> tuple[str, str, int]:
    file, path, *_ = spoilt
    document = toy.library.documents[file]
    return "LINE001", document.file, document.line(path)


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_entry_is_named_where_it_stands_and_nothing_else_is(toy: Desk, spoilt: Spoilt) -> None:
    assert set(faults_with(toy, spoilt)) == {place(toy, spoilt)}


@pytest.mark.parametrize("spoilt", SHOWN_ELSEWHERE.values(), ids=SHOWN_ELSEWHERE)
def test_where_it_is_shown_is_not_named(toy: Desk, spoilt: Spoilt) -> None:
    assert set(faults_with(toy, spoilt)) == {place(toy, spoilt)}


@pytest.mark.parametrize("id", ["stopped", "error_sorry", "staff", "help"])
def test_a_message_is_named_with_its_id(toy: Desk, id: str) -> None:
    library = replace(toy.library, messages={**toy.library.messages, id: "あ" * 5_001})
    (line,) = {fault.line for fault in check_limits(replace(toy.renderer, library=library), NOW)}
    assert line == toy.library.documents["messages.yaml"].line((id,))


@pytest.mark.parametrize("update", [{"text": TOO_LONG}, {"uri": "https://toy.example/救急"}], ids=["too long", "wrong"])
def test_the_hint_tells_what_is_too_long_from_what_is_wrong(toy: Desk, update: dict[str, str]) -> None:
    resource = toy.library.resources["ambulance"]
    changed = {"link": resource.link.model_copy(update=update)} if "uri" in update else {"fallback": update["text"]}
    library = replace(toy.library, resources={"ambulance": resource.model_copy(update=changed)})
    (fault,) = check_limits(replace(toy.renderer, library=library), NOW)
    assert ("Shorten" in fault.hint) == ("text" in update)
