"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.desk import Desk, load_desk

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def desk() -> Desk:
    """The shipped flows/ and content/."""
    return load_desk(ROOT / "flows", ROOT / "content")
