"""Pictures need https as LINE asks, except on this machine, where a demo shows its own."""

from __future__ import annotations

import pytest

from bot.line.limits.report import Report


def is_taken(url: str) -> bool:
    report = Report()
    report.https_url({"url": url}, "part", "url")
    return report.problems == []


@pytest.mark.parametrize(
    "url", ["https://clinic.example/a.png", "http://127.0.0.1:8110/a.png", "http://localhost:8110/a.png"]
)
def test_https_and_this_machine_are_taken(url: str) -> None:
    assert is_taken(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://clinic.example/a.png",
        "http://localhost.clinic.example/a.png",
        "http://127.0.0.1@clinic.example/a.png",
        "http://127.0.0.1.clinic.example/a.png",
        "ftp://127.0.0.1/a.png",
    ],
)
def test_any_other_is_refused(url: str) -> None:
    assert not is_taken(url)
