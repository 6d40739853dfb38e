"""A clinic for every test, and everything that it logs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.desk import Desk
from tests.web.clinic import Clinic


@pytest.fixture(autouse=True)
def logs() -> Iterator[io.StringIO]:
    """What the server would write to its log, as it would write it."""
    before = structlog.get_config()
    written = io.StringIO()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=written),
        wrapper_class=structlog.make_filtering_bound_logger(0),
        cache_logger_on_first_use=False,
    )
    yield written
    structlog.configure(**before)


@pytest.fixture
def open_clinic(desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Clinic]]:
    """Opens a clinic with settings of its own; it is closed after the test."""
    clinics: list[Clinic] = []

    def open_one(desk: Desk = desk, **settings: Any) -> Clinic:
        clinics.append(Clinic(desk, tmp_path / f"clinic{len(clinics)}.db", **settings))
        return clinics[-1]

    yield open_one
    for clinic in clinics:
        clinic.close()


@pytest.fixture
def clinic(open_clinic: Callable[..., Clinic]) -> Iterator[Clinic]:
    """A clinic whose every message must be one that LINE takes."""
    clinic = open_clinic()
    yield clinic
    assert list(clinic.fake.refusals) == []
