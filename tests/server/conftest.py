"""A LINE platform for every test, and a server that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.server.platform import Platform
from tests.server.processes import Server, serving

Start = Callable[..., AbstractContextManager[Server]]


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
