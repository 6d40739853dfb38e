"""The commands: a conversation through a pipe, cases from a file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.events import Event, Followed, Typed
from bot.flow.schema import URGENCIES
from tests.server.conftest import Invoke
from tests.server.processes import PATIENCE, ROOT, environment, run

TO_AN_EMERGENCY = ["1", "??", "膝とは関係ない話", "1"]
CHAT = [sys.executable, str(ROOT / "app.py"), "chat", "--json"]


def reports(result: Result) -> list[dict[str, Any]]:
    """The lines of JSON of a command that went well."""
    assert (result.exit_code, result.stderr) == (0, ""), result
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestChat:
    def test_one_line_in_one_line_of_json_out(self, invoke: Invoke) -> None:
        answers = reports(invoke("chat", "--json", typed="\n".join(TO_AN_EMERGENCY) + "\n"))
        assert [answer["input"] for answer in answers] == TO_AN_EMERGENCY
        assert [answer["question"] for answer in answers] == ["chest", "chest", "chest", None]
        assert [answer["urgency"] for answer in answers] == [None, None, None, "emergency_now"]
        assert answers[-1]["rules"] == ["E1"]
        assert all(answer["text"] and answer["messages"] for answer in answers)

    def test_the_options_are_those_that_can_be_typed(self, invoke: Invoke) -> None:
        (answer,) = reports(invoke("chat", "--json", typed="1\n"))
        numbers = {option["id"]: option["number"] for option in answer["options"]}
        assert list(numbers.values()) == list(range(1, len(numbers) + 1))
        _, second = reports(invoke("chat", "--json", typed=f"1\n{numbers['none']}\n"))
        assert second["question"] == "onset"

    def test_a_process_answers_before_it_reads_the_next_line(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            CHAT,
            cwd=tmp_path,
            env=environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for line, question in (("1", "chest"), ("どれもない", "onset")):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["question"] == question
            process.stdin.close()
            assert process.wait(PATIENCE) == 0

    def test_without_json_the_answer_is_for_people(self, invoke: Invoke, desk: Desk) -> None:
        result = invoke("chat", typed="1\n")
        assert desk.library.questions["chest"].text in result.stdout
        assert (result.exit_code, result.stderr) == (0, "")

    @pytest.mark.parametrize(
        ("typed", "lines"), [("", 0), ("\n", 1), ("1", 1), ("1\r\n", 1), ("\n\n\n", 3), ("x" * 9_000, 1), ("\x00\n", 1)]
    )
    def test_any_pipe_ends_well(self, invoke: Invoke, typed: str, lines: int) -> None:
        assert len(reports(invoke("chat", "--json", typed=typed))) == lines

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8:surrogateescape"])
    def test_bytes_that_are_no_utf8_do_not_end_the_conversation(self, tmp_path: Path, encoding: str) -> None:
        settings = environment({"PYTHONIOENCODING": encoding})
        result = subprocess.run(
            CHAT, cwd=tmp_path, env=settings, input=b"\xff\xfe\n1\n", capture_output=True, timeout=PATIENCE, check=False
        )
        assert result.stderr == b""
        answers = [json.loads(line) for line in result.stdout.decode("utf-8").splitlines()]
        assert [answer["question"] for answer in answers] == ["consent", "chest"]

    def test_a_saved_conversation_is_a_story_that_plays_the_same(
        self, invoke: Invoke, tmp_path: Path, desk: Desk
    ) -> None:
        path = tmp_path / "saved.yaml"
        assert invoke("chat", "--save", str(path), typed="\n".join(TO_AN_EMERGENCY)).exit_code == 0
        story = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert story["story"] == "saved"
        assert [step["say"] for step in story["steps"] if "say" in step] == TO_AN_EMERGENCY
        state = None
        for number, step in enumerate(story["steps"]):
            id = f"E{number}"
            event: Event = Typed(id, step["say"]) if "say" in step else Followed(id, is_unblocked=False)
            reply = desk.answer(state, event, datetime.now(UTC))
            state = reply.state
            asked = [effect.question for effect in reply.effects if isinstance(effect, do.Ask)]
            assert asked == ([step["question"]] if "question" in step else []), step
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
        assert (result.returncode, result.stderr) == (0, "")
        first, second = map(json.loads, result.stdout.splitlines())
        assert (first["id"], first["urgency"], first["rules"]) == ("breathless", "emergency_now", ["E1"])
        assert first["tips"] == []
        assert second["urgency"] in URGENCIES
        assert "dyspnoea" in second["unanswered"]

    def test_json_is_read_too_and_from_a_pipe(self, invoke: Invoke) -> None:
        (report,) = reports(invoke("triage", "-", typed='{"dyspnoea": true}'))
        assert report["urgency"] == "emergency_now"

    @pytest.mark.parametrize("case", ["- shoe_size: 7", "dyspnoea: perhaps", "just words", "{", "- 5"])
    def test_a_case_that_cannot_be_used_is_told_in_one_line(self, invoke: Invoke, case: str) -> None:
        result = invoke("triage", "-", typed=case)
        assert (result.exit_code, result.stdout) == (5, ""), result
        assert len(result.stderr.splitlines()) == 1

    def test_a_file_that_is_not_there(self, invoke: Invoke) -> None:
        result = invoke("triage", "missing.yaml")
        assert result.exit_code == 2
        assert "missing.yaml" in result.stderr

    def test_a_file_that_is_no_text(self, invoke: Invoke, tmp_path: Path) -> None:
        (tmp_path / "cases.yaml").write_bytes(b"\xff\xfe\x00")
        result = invoke("triage", "cases.yaml")
        assert result.exit_code == 5, result
        assert len(result.stderr.splitlines()) == 1


def test_commands_work_in_any_folder_and_leave_nothing_in_it(tmp_path: Path) -> None:
    assert run("check", folder=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []
