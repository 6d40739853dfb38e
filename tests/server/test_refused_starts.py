"""What stops a start: the exit code tells the kind, one line names the cause."""

from __future__ import annotations

import random
import shutil
import socket
from pathlib import Path

import pytest

from tests.server.processes import ROOT, free_port, run

LINE = {"LINE_CHANNEL_SECRET": "secret", "LINE_CHANNEL_ACCESS_TOKEN": "token"}
NOISE = random.Random(5).randbytes(4096)


def settings(folder: Path, **other: str) -> dict[str, str]:
    """Settings with which the server would start, and other ones."""
    good = {**LINE, "DATABASE_URL": f"sqlite:///{folder / 'hizaura.db'}", "PORT": str(free_port())}
    return {name: value for name, value in (good | other).items() if value}


def refused(folder: Path, code: int, **other: str) -> str:
    """The one line with which `serve` stops."""
    result = run("serve", folder=folder, settings=settings(folder, **other))
    assert (result.returncode, result.stdout) == (code, ""), result
    (line,) = result.stderr.splitlines()
    return line


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("LINE_CHANNEL_SECRET", ""),
            ("LINE_CHANNEL_ACCESS_TOKEN", ""),
            ("LINE_API_BASE_URL", "api.line.me"),
            ("DATABASE_URL", "hizaura.db"),
            ("PORT", "http"),
            ("PORT", "70000"),
            ("WEB_CONCURRENCY", "2"),
            ("TZ_NAME", "Asia/Edo"),
            ("LOG_LEVEL", "LOUD"),
            ("FLOWS_DIR", "/nowhere"),
            ("CONTENT_DIR", "/nowhere"),
            ("HOST", "no.such.host.invalid"),
        ],
    )
    def test_a_missing_or_wrong_one_is_named(self, tmp_path: Path, name: str, value: str) -> None:
        assert name in refused(tmp_path, 2, **{name: value})
        assert not (tmp_path / "hizaura.db").exists()

    def test_a_port_that_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            line = refused(tmp_path, 2, PORT=port)
        assert "PORT" in line
        assert port in line

    def test_a_secret_is_never_repeated(self, tmp_path: Path) -> None:
        assert "s3cr3t" not in refused(tmp_path, 2, LINE_CHANNEL_SECRET="s3cr3t", TZ_NAME="Asia/Edo")
        database = "postgresql+nodriver://clinic:s3cr3t@127.0.0.1/hizaura"
        assert "s3cr3t" not in refused(tmp_path, 2, DATABASE_URL=database)


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
    @pytest.fixture
    def copies(self, tmp_path: Path) -> dict[str, str]:
        """flows/ and content/ of one's own."""
        for name in ("flows", "content"):
            shutil.copytree(ROOT / name, tmp_path / name)
        return {"FLOWS_DIR": str(tmp_path / "flows"), "CONTENT_DIR": str(tmp_path / "content")}

    @pytest.mark.parametrize("command", ["serve", "check", "chat"])
    def test_every_fault_of_both_folders_is_listed(self, tmp_path: Path, copies: dict[str, str], command: str) -> None:
        with (tmp_path / "flows" / "knee_back_pain.yaml").open("a", encoding="utf-8") as flow:
            flow.write("\nstrange: 1\n")
        (tmp_path / "content" / "ja" / "rules.yaml").unlink()
        (tmp_path / "content" / "ja" / "messages.yaml").write_text("welcome: hello\n", encoding="utf-8")
        result = run(command, folder=tmp_path, settings=settings(tmp_path, **copies))
        assert (result.returncode, result.stdout) == (4, "")
        for place in ("flows/knee_back_pain.yaml", "content/ja/rules.yaml", "content/ja/messages.yaml"):
            assert place in result.stderr
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "hizaura.db").exists()

    def test_a_whole_copy_has_no_fault(self, tmp_path: Path, copies: dict[str, str]) -> None:
        result = run("check", folder=tmp_path, settings=copies)
        assert (result.returncode, result.stderr) == (0, "")
