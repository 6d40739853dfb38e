"""Files that change while the server runs: good ones are taken in, faulty ones leave the last good ones in use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.broken import copy_toy, places

from bot.desk import Desk, load_desk
from bot.errors import FaultsFound
from bot.live_desk import LiveDesk, stamp_of
from tests.line.reading import quick_replies
from tests.web.clinic import Clinic, texts

RULES = "content/ja/rules.yaml"
MESSAGES = "content/ja/messages.yaml"
FAULTY = "R1: a\nR1: b\n"


class Files:
    """A toy desk that is in use while somebody edits it. Every change has a time of its own, as it has in life."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_toy(folder)
        self.loads = 0
        self._saved = 0
        self.live = LiveDesk(self.load, lambda: stamp_of((folder / "flows", folder / "content")))

    def load(self) -> Desk:
        self.loads += 1
        return load_desk(self.folder / "flows", self.folder / "content")

    def save(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._saved += 1
        moment = 1_800_000_000_000_000_000 + self._saved
        os.utime(path, ns=(moment, moment))

    def edit(self, file: str, old: str, new: str) -> None:
        text = self.read(file)
        assert old in text
        self.save(file, text.replace(old, new))

    def read(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    def look(self, times: int = 2) -> None:
        """Twice is enough to see that files have come to rest."""
        for _ in range(times):
            self.live.refresh()

    def expect_refused(self, *expected: tuple[str, str, int]) -> None:
        """These faults, and no others, keep the files from being used."""
        assert self.live.refused
        assert places(self.live.refused.faults) == list(expected)

    @property
    def says(self) -> str:
        """What the desk in use says about a rule."""
        return self.live.desk.library.rules["R3"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "desk")


class TestGoodFiles:
    def test_files_that_do_not_change_are_read_once(self, files: Files) -> None:
        desk = files.live.desk
        files.look(times=5)
        assert files.live.desk is desk
        assert files.loads == 1
        assert files.live.refused is None

    def test_a_changed_text_is_in_use_after_two_looks(self, files: Files) -> None:
        files.edit(RULES, "Strong pain.", "Much pain.")
        assert files.says == "Strong pain."
        files.look()
        assert files.says == "Much pain."
        assert files.loads == 2

    def test_it_is_read_once_more_and_not_again_and_again(self, files: Files) -> None:
        files.edit(RULES, "Strong pain.", "Much pain.")
        files.look(times=6)
        assert files.loads == 2

    def test_files_that_are_still_being_written_are_left_to_settle(self, files: Files) -> None:
        for word in ("M", "Mu", "Muc", "Much"):
            files.save(RULES, files.read(RULES).rpartition("R3:")[0] + f"R3: {word} pain.\n")
            files.look(times=1)
        assert (files.says, files.loads) == ("Strong pain.", 1)
        files.look(times=1)
        assert (files.says, files.loads) == ("Much pain.", 2)

    def test_what_nobody_notices_in_the_length_of_a_file_is_noticed_in_its_time(self, files: Files) -> None:
        files.edit(RULES, "Strong pain.", "Slight pain.")
        files.look()
        assert files.says == "Slight pain."

    def test_a_new_entry_is_found_by_its_name(self, files: Files) -> None:
        new = files.read("content/ja/answers/parking.yaml").replace("Where can I park", "What does it cost")
        files.save("content/ja/answers/fees.yaml", new.replace("[parking]", "[the fees]"))
        files.look()
        assert "fees" in files.live.desk.library.answers
        assert ("thefees", "answer.fees") in files.live.desk.vocabulary.topics

    def test_an_entry_that_is_taken_out_is_gone(self, files: Files) -> None:
        (files.folder / "content/ja/answers/parking.yaml").unlink()
        files.look()
        assert files.live.desk.library.answers == {}

    def test_a_changed_flow_is_taken_in_as_well(self, files: Files) -> None:
        files.edit("flows/toy.yaml", "version: 1", "version: 2")
        files.look()
        assert files.live.desk.flow.version == 2

    def test_several_files_at_once_are_one_change(self, files: Files) -> None:
        files.edit("flows/sources.yaml", "The book", "The other book")
        files.edit(RULES, "Strong pain.", "Much pain.")
        files.look()
        assert (files.says, files.loads) == ("Much pain.", 2)

    def test_what_is_no_yaml_is_not_looked_at(self, files: Files) -> None:
        files.save("content/ja/notes.txt", "to do")
        files.look()
        assert files.loads == 1


class TestFaultyFiles:
    def test_the_last_good_ones_stay_and_the_faults_are_told(self, files: Files) -> None:
        desk = files.live.desk
        files.save(RULES, FAULTY)
        files.look()
        assert files.live.desk is desk
        files.expect_refused(("YAML002", RULES, 2))

    def test_they_are_read_once_until_they_change_again(self, files: Files) -> None:
        files.save(RULES, FAULTY)
        files.look(times=6)
        assert files.loads == 2
        files.save(RULES, FAULTY * 2)
        files.look()
        assert files.loads == 3
        files.expect_refused(*(("YAML002", RULES, line) for line in (2, 3, 4)))

    def test_mended_ones_are_taken_in(self, files: Files) -> None:
        good = files.read(RULES)
        files.save(RULES, FAULTY)
        files.look()
        files.save(RULES, good.replace("Strong pain.", "Much pain."))
        files.look()
        assert files.says == "Much pain."
        assert files.live.refused is None

    def test_ones_that_are_put_back_as_they_were_are_no_longer_refused(self, files: Files, tmp_path: Path) -> None:
        # With the time of change of the original, as a copy from a backup has.
        shutil.copytree(files.folder, tmp_path / "backup")
        files.save(RULES, FAULTY)
        files.look()
        assert files.live.refused
        shutil.copy2(tmp_path / "backup" / RULES, files.folder / RULES)
        files.look()
        assert files.live.refused is None

    def test_one_fault_keeps_every_change_out(self, files: Files) -> None:
        # Half of a change may be worse than none of it.
        files.edit(RULES, "Strong pain.", "Much pain.")
        files.edit("content/ja/answers/parking.yaml", "reviewed_on: null", "reviewed_on: soon")
        files.look()
        assert files.says == "Strong pain."
        files.expect_refused(("YAML007", "content/ja/answers/parking.yaml", 7))

    def test_a_fault_between_flow_and_words_keeps_both(self, files: Files) -> None:
        files.edit("flows/self_care.yaml", "  rest:\n", "  nap:\n")
        files.edit("flows/self_care.yaml", "[rest]", "[nap]")
        files.look()
        assert files.live.refused
        assert {fault.id for fault in files.live.refused.faults} == {"BOTH001", "BOTH002"}
        assert "rest" in files.live.desk.flow.tips

    def test_a_message_that_line_would_refuse_keeps_the_old_one(self, files: Files) -> None:
        files.edit("content/ja/answers/parking.yaml", "answer: Outside", f"answer: {'外です。' * 2600}")
        files.look()
        files.expect_refused(("LINE001", "content/ja/answers/parking.yaml", 1))
        assert files.live.desk.library.answers["parking"].answer == "Outside"

    def test_at_the_start_there_is_no_last_good_one(self, tmp_path: Path) -> None:
        (copy_toy(tmp_path) / RULES).write_text(FAULTY)
        with pytest.raises(FaultsFound):
            LiveDesk(lambda: load_desk(tmp_path / "flows", tmp_path / "content"), lambda: stamp_of((tmp_path,)))


class TestFilesThatCannotBeRead:
    def test_a_folder_that_is_gone_keeps_the_old_ones(self, files: Files) -> None:
        shutil.move(files.folder / "content", files.folder / "elsewhere")
        files.look()
        assert files.says == "Strong pain."
        assert files.live.refused
        shutil.move(files.folder / "elsewhere", files.folder / "content")
        files.look()
        assert files.live.refused is None

    @pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "gone")])
    def test_a_file_that_cannot_be_read_keeps_the_old_ones(self, files: Files, error: OSError) -> None:
        files.edit(RULES, "Strong pain.", "Much pain.")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Path, "read_bytes", self.raising(error))
            files.look()
        assert files.says == "Strong pain."
        files.expect_refused()

    def test_it_is_tried_again_when_something_changes(self, files: Files) -> None:
        self.test_a_file_that_cannot_be_read_keeps_the_old_ones(files, PermissionError(13, "Permission denied"))
        files.save(RULES, files.read(RULES))
        files.look()
        assert files.says == "Much pain."
        assert files.live.refused is None

    def test_a_file_that_vanishes_while_one_looks_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "there.yaml").write_text("")
        (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
        assert [Path(path).name for path, _, _ in stamp_of((tmp_path,))] == ["there.yaml"]

    @staticmethod
    def raising(error: OSError) -> Callable[[Path], bytes]:
        def read_bytes(_: Path) -> bytes:
            raise error

        return read_bytes


class TestPatients:
    """What they notice, through the web application."""

    @pytest.fixture
    def clinic(self, files: Files, tmp_path: Path) -> Iterator[Clinic]:
        clinic = Clinic(files.live, f"sqlite:///{tmp_path / 'clinic.db'}")
        yield clinic
        clinic.close()
        assert list(clinic.fake.refusals) == []

    def health(self, clinic: Clinic) -> tuple[int, str]:
        response = clinic.app.test_client().get("/healthz")
        return response.status_code, response.text

    def test_they_read_new_words_without_a_restart(self, files: Files, clinic: Clinic) -> None:
        patient = clinic.patient()
        patient.tap("agree")
        files.edit("content/ja/questions.yaml", "Short of breath?", "Out of breath?")
        patient.say("again")
        assert "Short of breath?" in patient.answers[-1]["altText"]
        files.look()
        patient.say("again")
        assert "Out of breath?" in patient.answers[-1]["altText"]

    def test_they_are_in_the_middle_of_a_conversation_and_go_on(self, files: Files, clinic: Clinic) -> None:
        patient = clinic.patient()
        patient.tap("agree")
        patient.tap("no")
        files.edit("flows/toy.yaml", "version: 1", "version: 2")
        files.edit("content/ja/questions.yaml", "why: It may be a clot.", "why: Clots are urgent.")
        files.look()
        patient.say("do why")
        assert patient.question == "swelling"
        assert "Clots are urgent." in "".join(texts(patient.answers))

    def test_faulty_files_harm_nobody_and_whoever_asks_is_told(self, files: Files, clinic: Clinic) -> None:
        patient = clinic.patient()
        assert self.health(clinic) == (200, "ready")
        good = files.read(MESSAGES)
        files.save(MESSAGES, good.replace("Welcome back", "{who}"))
        files.look()
        status, told = self.health(clinic)
        assert status == 200
        assert "not in use" in told
        patient.tap("agree")
        assert patient.question == "breath"
        assert quick_replies(patient.answers[-1])
        files.save(MESSAGES, good)
        files.look()
        assert self.health(clinic) == (200, "ready")
