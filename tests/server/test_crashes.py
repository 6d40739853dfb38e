"""Killed between 200 and the answer: after a restart the answer is there, once."""

from __future__ import annotations

import os
import signal

import pytest

from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import Platform
from tests.server.processes import PATIENCE, is_alive

RECOVERS_WITHIN = 15.0
"""Seconds; on one machine nobody waits until the lease of the dead process ends."""


@pytest.mark.parametrize("loses_calls", [False, True], ids=["LINE had it already", "LINE never had it"])
def test_every_answer_arrives_once_and_in_order(start: Start, platform: Platform, loses_calls: bool) -> None:
    platform.loses_calls = loses_calls
    with start() as server:
        patients = [platform.patient(f"P{i}") for i in range(3)]
        before = platform.arrived
        platform.open.clear()
        for patient in patients:
            assert platform.fake.send_text(patient.id, "1") == 200
            assert platform.fake.send_text(patient.id, "どれもない") == 200
        wait_until(lambda: platform.arrived == before + len(patients), PATIENCE)
        server.kill()
    platform.open.set()
    with start() as server:
        for patient in patients:
            # What a patient writes now is answered behind what was promised before.
            assert platform.fake.send_text(patient.id, "徐々に") == 200
            wait_until(lambda patient=patient: len(patient.questions) >= 4, RECOVERS_WITHIN)  # type: ignore[misc]
        assert server.terminate() == 0
    assert {tuple(patient.questions) for patient in patients} == {("consent", "chest", "onset", "leg_danger")}


def test_a_killed_server_leaves_nothing_behind_that_blocks_the_next_start(start: Start) -> None:
    # kill -9 of the process that was started, as the kernel does when memory ends.
    with start() as server:
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(PATIENCE)
        wait_until(lambda: not any(map(is_alive, server.pids)), patience=10)


def test_a_server_whose_worker_dies_ends_so_that_it_is_started_again(start: Start) -> None:
    with start() as server:
        (worker,) = server.pids - {server.process.pid}
        os.kill(worker, signal.SIGKILL)
        assert server.process.wait(PATIENCE) != 0
