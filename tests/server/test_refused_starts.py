"""What stops a start: the exit code tells the kind, one line names the cause."""

from __future__ import annotations

import random
import shutil
import socket
from pathlib import Path

import pytest

from tests.server.conftest import Invoke
from tests.server.processes import ROOT, free_port, run

LINE = {"LINE_CHANNEL_SECRET": "secret", "LINE_CHANNEL_ACCESS_TOKEN": "token"}
NOISE = random.Random(5).randbytes(4096)


def settings(folder: Path, **other: str) -> dict[str, str]:
    """Settings with which the server would start, and other ones; an empty one is left out."""
    good = {**LINE, "DATABASE_URL": f"sqlite:///{folder / 'hizaura.db'}", "PORT": str(free_port())}
    return {name: value for name, value in (good | other).items() if value}


def refused(folder: Path, code: int, **other: str) -> str:
    """The one line with which a real process stops."""
    result = run("serve", folder=folder, settings=settings(folder, **other))
    assert (result.returncode, result.stdout) == (code, ""), result
    (line,) = result.stderr.splitlines()
    return line


class TestSettings:
    def test_a_process_that_lacks_its_secret(self, tmp_path: Path) -> None:
        assert "LINE_CHANNEL_SECRET" in refused(tmp_path, 2, LINE_CHANNEL_SECRET="")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("LINE_CHANNEL_SECRET", ""),
            ("LINE_CHANNEL_SECRET", " , "),
            ("LINE_CHANNEL_ACCESS_TOKEN", ""),
            ("LINE_API_BASE_URL", "api.line.me"),
            ("DATABASE_URL", "hizaura.db"),
            ("DATABASE_URL", "mysql://clinic@127.0.0.1/hizaura"),
            ("PORT", "http"),
            ("PORT", "70000"),
            ("PORT", "0"),
            ("WEB_CONCURRENCY", "2"),
            ("WEB_CONCURRENCY", "-1"),
            ("TZ_NAME", "Asia/Edo"),
            ("TZ_NAME", "../etc/passwd"),
            ("LOG_LEVEL", "LOUD"),
            ("FLOWS_DIR", "/nowhere"),
            ("FLOWS_DIR", __file__),
            ("CONTENT_DIR", "/nowhere"),
            ("HOST", "no.such.host.invalid"),
        ],
    )
    def test_a_missing_or_wrong_one_is_named(self, invoke: Invoke, tmp_path: Path, name: str, value: str) -> None:
        result = invoke("serve", **settings(tmp_path, **{name: value}))
        assert (result.exit_code, result.stdout) == (2, ""), result
        (line,) = result.stderr.splitlines()
        assert name in line
        assert not (tmp_path / "hizaura.db").exists()

    def test_a_port_that_is_taken(self, invoke: Invoke, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            result = invoke("serve", **settings(tmp_path, PORT=port))
        (line,) = result.stderr.splitlines()
        assert result.exit_code == 2
        assert "PORT" in line
        assert port in line

    @pytest.mark.parametrize(
        "other",
        [
            {"LINE_CHANNEL_SECRET": "s3cr3t", "TZ_NAME": "Asia/Edo"},
            {"LINE_CHANNEL_SECRET": "s3cr3t,other", "LINE_CHANNEL_ACCESS_TOKEN": ""},
            {"DATABASE_URL": "postgresql+nodriver://clinic:s3cr3t@127.0.0.1/hizaura"},
            {"DATABASE_URL": "postgresql://clinic:s3cr3t@[/hizaura"},
        ],
    )
    def test_a_secret_is_never_repeated(self, invoke: Invoke, tmp_path: Path, other: dict[str, str]) -> None:
        result = invoke("serve", **settings(tmp_path, **other))
        assert result.exit_code in (2, 3)
        assert result.stderr
        assert "s3cr3t" not in result.output


class TestDatabases:
    def test_a_damaged_one_is_not_touched(self, tmp_path: Path) -> None:
        path = tmp_path / "hizaura.db"
        path.write_bytes(NOISE)
        assert str(path) in refused(tmp_path, 3)
        assert path.read_bytes() == NOISE

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        assert "file" in refused(tmp_path, 3, DATABASE_URL=f"sqlite:///{tmp_path / 'file' / 'below' / 'hizaura.db'}")

    def test_a_folder_in_place_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "hizaura.db").mkdir()
        refused(tmp_path, 3)


class TestFaults:
    PLACES = ("flows/knee_back_pain.yaml", "content/ja/rules.yaml", "content/ja/messages.yaml")

    @pytest.fixture
    def copies(self, tmp_path: Path) -> dict[str, str]:
        """flows/ and content/ of one's own."""
        for name in ("flows", "content"):
            shutil.copytree(ROOT / name, tmp_path / name)
        return {"FLOWS_DIR": str(tmp_path / "flows"), "CONTENT_DIR": str(tmp_path / "content")}

    @pytest.fixture
    def faulty(self, tmp_path: Path, copies: dict[str, str]) -> dict[str, str]:
        """Copies with a fault in each of three files."""
        with (tmp_path / "flows" / "knee_back_pain.yaml").open("a", encoding="utf-8") as flow:
            flow.write("\nstrange: 1\n")
        (tmp_path / "content" / "ja" / "rules.yaml").unlink()
        (tmp_path / "content" / "ja" / "messages.yaml").write_text("welcome: hello\n", encoding="utf-8")
        return copies

    def test_a_process_lists_every_fault_of_both_folders(self, tmp_path: Path, faulty: dict[str, str]) -> None:
        result = run("serve", folder=tmp_path, settings=settings(tmp_path, **faulty))
        assert (result.returncode, result.stdout) == (4, "")
        assert [place for place in self.PLACES if place not in result.stderr] == []
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "hizaura.db").exists()

    @pytest.mark.parametrize("command", ["serve", "check", "chat", "demo"])
    def test_so_does_every_command_that_needs_them(
        self, invoke: Invoke, tmp_path: Path, faulty: dict[str, str], command: str
    ) -> None:
        line = dict.fromkeys(LINE, "") if command == "demo" else {}
        result = invoke(command, **settings(tmp_path, **faulty, **line))
        assert (result.exit_code, result.stdout) == (4, "")
        assert [place for place in self.PLACES if place not in result.stderr] == []

    def test_a_whole_copy_has_no_fault(self, invoke: Invoke, copies: dict[str, str]) -> None:
        result = invoke("check", **copies)
        assert (result.exit_code, result.stderr) == (0, "")
