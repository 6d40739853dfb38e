"""A LINE platform for every test, a server that answers it, and commands without a process of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from tests.server.platform import Platform
from tests.server.processes import Server, is_setting, serving

Start = Callable[..., AbstractContextManager[Server]]
Invoke = Callable[..., Result]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform().running() as platform:
        yield platform


@pytest.fixture
def start(platform: Platform, tmp_path: Path) -> Start:
    """Starts a server for the platform; every one of a test uses the same database unless told otherwise."""

    @contextmanager
    def start(**other: str) -> Iterator[Server]:
        settings = {**platform.settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'hizaura.db'}", **other}
        with serving("serve", tmp_path, settings) as server:
            server.wait_until_ready()
            platform.server = server
            yield server

    return start


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """Runs a command in this process, where a start costs no second: ``invoke("chat", typed="1", PORT="80")``."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the server was started")

    for name in [name for name in os.environ if is_setting(name)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.serving.serve", never)

    def invoke(*arguments: str, typed: str = "", **settings: str) -> Result:
        return CliRunner(env=settings).invoke(cli, arguments, input=typed)

    # A command leaves settings to the processes that it would have started.
    with patch.dict(os.environ):
        yield invoke
