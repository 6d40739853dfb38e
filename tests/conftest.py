"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import Phase, settings
from support.postgres import Postgres

from bot.desk import Desk, load_desk

ROOT = Path(__file__).parent.parent

QUICK = (Phase.explicit, Phase.generate, Phase.shrink)
settings.register_profile("here", deadline=None, database=None, phases=QUICK)
settings.register_profile("ci", deadline=None, database=None, phases=QUICK, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(scope="session")
def desk() -> Desk:
    """The shipped flows/ and content/."""
    return load_desk(ROOT / "flows", ROOT / "content")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test wants it."""
    with TemporaryDirectory(prefix="pg") as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., AbstractContextManager[str]]:
    """Where databases come from: either kind gives the URL of a new one, with tables when it is to be `migrated`."""
    if request.param == "sqlite":
        # A file begins without tables in either case: they are made in a moment.
        return lambda **_: nullcontext(f"sqlite:///{tmp_path / uuid4().hex}.db")
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database


@pytest.fixture
def database_url(databases: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """A database of its own; `migrate` it."""
    with databases() as url:
        yield url
