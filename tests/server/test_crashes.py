"""Killed between 200 and the answer: after a restart the answer is there, once."""

from __future__ import annotations

import os
import signal

import pytest

from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import Platform
from tests.server.processes import PATIENCE, is_alive


@pytest.mark.parametrize("loses_calls", [False, True], ids=["LINE had it already", "LINE never had it"])
def test_the_answer_arrives_once(start: Start, platform: Platform, loses_calls: bool) -> None:
    platform.loses_calls = loses_calls
    with start() as server:
        patient = platform.patient()
        before = platform.arrived
        platform.open.clear()
        assert platform.fake.send_text(patient.id, "1") == 200
        wait_until(lambda: platform.arrived > before, PATIENCE)
        server.kill()
    platform.open.set()
    with start() as server:
        wait_until(lambda: "chest" in patient.questions, PATIENCE)
        # The next answer waits behind the first one: when it is there, nothing is left to come.
        patient.say("どれもない")
        assert server.terminate() == 0
    assert patient.questions == ["consent", "chest", "onset"]


def test_several_answers_arrive_once_and_in_order(start: Start, platform: Platform) -> None:
    platform.loses_calls = True
    with start() as server:
        patients = [platform.patient(f"P{i}") for i in range(3)]
        before = platform.arrived
        platform.open.clear()
        for patient in patients:
            for text in ("1", "どれもない", "徐々に"):
                assert platform.fake.send_text(patient.id, text) == 200
        wait_until(lambda: platform.arrived >= before + 3, PATIENCE)
        server.kill()
    platform.open.set()
    with start():
        for patient in patients:
            wait_until(lambda: len(patient.questions) >= 4, PATIENCE)  # noqa: B023
    assert {tuple(patient.questions[:3]) for patient in patients} == {("consent", "chest", "onset")}
    assert {len(patient.questions) for patient in patients} == {4}


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
