"""A clinic for every test, and everything that it logs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
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
def open_clinic(desk: Desk, databases: Callable[..., AbstractContextManager[str]]) -> Iterator[Callable[..., Clinic]]:
    """Opens a clinic with settings of its own; it is closed after the test."""
    with ExitStack() as opened:

        def open_one(desk: Desk = desk, **settings: Any) -> Clinic:
            clinic = Clinic(desk, opened.enter_context(databases()), **settings)
            opened.callback(clinic.close)
            return clinic

        yield open_one


@pytest.fixture
def clinic(open_clinic: Callable[..., Clinic]) -> Iterator[Clinic]:
    """A clinic whose every message must be one that LINE takes."""
    clinic = open_clinic()
    yield clinic
    assert list(clinic.fake.refusals) == []
