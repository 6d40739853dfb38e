"""Real processes of `app.py`: started with settings of their own, waited for, and ended by their ids."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from tests.delivery.doubles import wait_until

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds; a bound for something broken, never a measurement."""

_OURS = (
    "LINE_",
    "DATABASE_URL",
    "HOST",
    "PORT",
    "WEB_",
    "CONTENT_DIR",
    "FLOWS_DIR",
    "TZ_NAME",
    "LOG_LEVEL",
    "SECRET_KEY",
    "PUBLIC_",
    "METRICS_",
    "TRUSTED_",
)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of these tests without any setting of the program, and with these ones."""
    return {name: value for name, value in os.environ.items() if not is_setting(name)} | dict(settings)


def is_setting(name: str) -> bool:
    """Whether an environment variable is one of the program's."""
    return name.startswith(_OURS)


def run(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command of `app.py` to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        cwd=folder,
        env=environment(settings or {}),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += tree(int(child))
    return pids


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Server:
    """One process that serves. `pids` are all processes that it was seen to consist of."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    pids: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.process.poll() is not None or _is_healthy(self.url), PATIENCE)
        assert self.process.poll() is None, self.output.read_text()
        self.pids.update(tree(self.process.pid))

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.pids.update(tree(self.process.pid))
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """SIGKILL to every process at once, as when the machine dies."""
        self.pids.update(tree(self.process.pid))
        self.kill_leftovers()
        self.process.wait(PATIENCE)
        wait_until(lambda: not any(map(is_alive, self.pids)))

    def kill_leftovers(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def lines(self) -> list[str]:
        """What it wrote to standard output and standard error."""
        return self.output.read_text().splitlines()


@contextlib.contextmanager
def serving(command: str, folder: Path, settings: Mapping[str, str], port: int | None = None) -> Iterator[Server]:
    """A server process; whatever is left of it is ended at the end."""
    port = port or free_port()
    output = folder / f"output-{port}-{len(list(folder.glob('output-*')))}.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), command],
            cwd=folder,
            env=environment({**settings, "PORT": str(port)}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    server = Server(process, port, output, {process.pid})
    try:
        yield server
    finally:
        if process.poll() is None:
            server.pids.update(tree(process.pid))
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        server.kill_leftovers()
        process.wait(PATIENCE)


def _is_healthy(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/healthz", timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
