"""The commands: a conversation through a pipe, cases from a file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.events import Typed
from bot.flow.schema import URGENCIES
from tests.server.processes import PATIENCE, ROOT, environment, run

TO_AN_EMERGENCY = ["1", "わからないことがある", "膝とは関係ない話", "1"]


class TestChat:
    def test_one_line_in_one_line_of_json_out(self, tmp_path: Path) -> None:
        result = run("chat", "--json", folder=tmp_path, typed="\n".join(TO_AN_EMERGENCY) + "\n")
        reports = [json.loads(line) for line in result.stdout.splitlines()]
        assert result.returncode == 0
        assert [report["input"] for report in reports] == TO_AN_EMERGENCY
        assert [report["question"] for report in reports] == ["chest", "chest", "chest", None]
        assert [report["urgency"] for report in reports] == [None, None, None, "emergency_now"]
        assert reports[-1]["rules"] == ["E1"]
        assert all(report["text"] and report["messages"] for report in reports)

    def test_the_options_are_those_that_can_be_typed(self, tmp_path: Path) -> None:
        (report,) = map(json.loads, run("chat", "--json", folder=tmp_path, typed="1\n").stdout.splitlines())
        numbers = [option["number"] for option in report["options"]]
        assert numbers == list(range(1, len(numbers) + 1))
        none = next(option["number"] for option in report["options"] if option["id"] == "none")
        second = json.loads(run("chat", "--json", folder=tmp_path, typed=f"1\n{none}\n").stdout.splitlines()[1])
        assert second["question"] == "onset"

    def test_each_answer_comes_before_the_next_line_is_read(self, tmp_path: Path) -> None:
        command = [sys.executable, str(ROOT / "app.py"), "chat", "--json"]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for line, question in (("1", "chest"), ("どれもない", "onset")):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["question"] == question
            process.stdin.close()
            assert process.wait(PATIENCE) == 0

    def test_without_json_the_answer_is_for_people(self, tmp_path: Path, desk: Desk) -> None:
        result = run("chat", folder=tmp_path, typed="1\n")
        assert desk.library.questions["chest"].text in result.stdout
        assert (result.returncode, result.stderr) == (0, "")

    @pytest.mark.parametrize("typed", ["", "\n", "1", "1\r\n", "\n\n\n"])
    def test_any_pipe_ends_well(self, tmp_path: Path, typed: str) -> None:
        result = run("chat", "--json", folder=tmp_path, typed=typed)
        assert (result.returncode, result.stderr) == (0, "")
        assert len(result.stdout.splitlines()) == typed.count("\n") + bool(typed and not typed.endswith("\n"))

    def test_bytes_that_are_no_utf8_do_not_end_the_conversation(self, tmp_path: Path) -> None:
        command = [sys.executable, str(ROOT / "app.py"), "chat", "--json"]
        result = subprocess.run(
            command, cwd=tmp_path, env=environment({}), input=b"\xff\xfe\n1\n", capture_output=True, timeout=PATIENCE
        )
        assert b"Traceback" not in result.stderr
        assert [json.loads(line)["question"] for line in result.stdout.splitlines()] == ["consent", "chest"]

    def test_a_saved_conversation_is_a_story_that_plays_the_same(self, tmp_path: Path, desk: Desk) -> None:
        path = tmp_path / "saved.yaml"
        assert run("chat", "--save", str(path), folder=tmp_path, typed="\n".join(TO_AN_EMERGENCY)).returncode == 0
        story = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert story["story"] == "saved"
        assert [step["say"] for step in story["steps"]] == TO_AN_EMERGENCY
        state = None
        for number, step in enumerate(story["steps"]):
            reply = desk.answer(state, Typed(f"E{number}", step["say"]), datetime.now(UTC))
            state = reply.state
            asked = [effect.question for effect in reply.effects if isinstance(effect, do.Ask)]
            assert asked == ([step["question"]] if "question" in step else [])
        assert story["steps"][-1]["urgency"] == "emergency_now"


class TestTriage:
    CASES = """
- id: breathless
  dyspnoea: yes
- findings: {onset: gradual, duration: m3p}
"""

    def test_one_line_of_json_per_case(self, tmp_path: Path) -> None:
        (tmp_path / "cases.yaml").write_text(self.CASES, encoding="utf-8")
        result = run("triage", "cases.yaml", folder=tmp_path)
        first, second = map(json.loads, result.stdout.splitlines())
        assert (result.returncode, result.stderr) == (0, "")
        assert (first["id"], first["urgency"], first["rules"]) == ("breathless", "emergency_now", ["E1"])
        assert first["tips"] == []
        assert second["urgency"] in URGENCIES
        assert "dyspnoea" in second["unanswered"]

    def test_json_is_read_too_and_from_a_pipe(self, tmp_path: Path) -> None:
        result = run("triage", "-", folder=tmp_path, typed='{"dyspnoea": true}')
        assert json.loads(result.stdout)["urgency"] == "emergency_now"

    @pytest.mark.parametrize("case", ["- shoe_size: 7", "dyspnoea: perhaps", "just words", "{", "- 5"])
    def test_a_case_that_cannot_be_used_is_named_in_one_line(self, tmp_path: Path, case: str) -> None:
        result = run("triage", "-", folder=tmp_path, typed=case)
        assert (result.returncode, result.stdout) == (5, "")
        assert len(result.stderr.splitlines()) == 1

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        result = run("triage", "missing.yaml", folder=tmp_path)
        assert result.returncode == 2
        assert "missing.yaml" in result.stderr


def test_check_finds_nothing_wrong_with_what_is_shipped(tmp_path: Path) -> None:
    result = run("check", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_commands_work_in_any_folder_and_leave_nothing_in_it(tmp_path: Path) -> None:
    run("check", folder=tmp_path)
    run("chat", "--json", folder=tmp_path, typed="1\n")
    assert list(tmp_path.iterdir()) == []
