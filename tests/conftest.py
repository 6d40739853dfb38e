"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings

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
