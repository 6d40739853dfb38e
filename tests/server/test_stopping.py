"""SIGTERM while LINE hangs: the server is gone soon, and nothing that it promised is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import urllib3

from bot.serving import STOP_SECONDS
from bot.storage import inbox, outbox
from bot.storage.database import Database
from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import Platform
from tests.server.processes import PATIENCE, is_alive

PATIENTS = 3
BROKEN = 3 * STOP_SECONDS
"""Seconds; a server that is still there hangs. Never a measurement."""


def promised(url: str) -> int:
    """How many events and answers a database still holds."""
    database = Database(url)
    try:
        return database.read(inbox.waiting) + database.read(outbox.waiting)
    finally:
        database.close()


def test_a_line_that_hangs_does_not_keep_the_server(start: Start, platform: Platform, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hizaura.db'}"
    with start() as server:
        patients = [platform.patient(f"patient {number}") for number in range(PATIENTS)]
        before = platform.arrived
        platform.open.clear()
        for patient in patients:
            assert platform.fake.send_text(patient.id, "1") == 200
        wait_until(lambda: platform.arrived == before + PATIENTS)
        server.process.terminate()
        wait_until(lambda: not is_reachable(f"{server.url}/readyz"))
        for patient in patients:
            # What is not kept gets no 200; LINE will deliver it again.
            with pytest.raises(urllib3.exceptions.HTTPError):
                platform.fake.send_text(patient.id, "2")
        assert server.process.wait(BROKEN) == 0
        wait_until(lambda: not any(map(is_alive, server.pids)))
    assert promised(url) == PATIENTS
    platform.open.set()
    with start():
        wait_until(lambda: all(patient.questions[-1] == "chest" for patient in patients), PATIENCE)
        wait_until(lambda: not promised(url), PATIENCE)
    assert [patient.questions for patient in patients] == [["consent", "chest"]] * PATIENTS


def is_reachable(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
