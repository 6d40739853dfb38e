"""The real server, played over HTTP with signed webhooks."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import urllib3
from support.story import single_steps

from bot.desk import Desk
from bot.simulator.webhooks import sign
from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import SECRET, Platform
from tests.server.processes import PATIENCE, free_port, run

SLOW_CALL = 2.0
"""Seconds that LINE takes for a call; the client waits for eight."""


def test_a_whole_conversation_with_a_restart_in_its_middle(
    desk: Desk, start: Start, platform: Platform, database_url: str
) -> None:
    steps = [step for step in single_steps(desk, "bakers_cyst") if "tap" in step]
    half = len(steps) // 2
    with start(DATABASE_URL=database_url) as server:
        patient = platform.patient()
        for step in steps[:half]:
            patient.tap(str(step["tap"]))
        assert server.terminate() == 0
    with start(DATABASE_URL=database_url) as server:
        for step in steps[half:]:
            patient.tap(str(step["tap"]))
        assert server.terminate() == 0
        logged = [json.loads(line) for line in server.lines() if line.startswith("{")]
    assert patient.questions == ["consent", *(step["question"] for step in steps if "question" in step)]
    booking = [part for part in patient.answers if "https://booking.example.com/" in json.dumps(part)]
    assert booking == patient.answers[-1:]
    assert list(platform.fake.refusals) == []
    assert logged
    assert patient.id not in json.dumps(logged)


def test_a_server_defends_its_door_and_its_file(start: Start, platform: Platform, tmp_path: Path) -> None:
    with start() as server:
        pool = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        body = b'{"destination":"U1","events":[]}'

        def post(body: bytes, signature: str | bytes) -> int:
            headers = {"x-line-signature": signature}
            return pool.request("POST", f"{server.url}/callback", body=body, headers=headers).status  # type: ignore[arg-type]

        assert post(body, sign(SECRET, body)) == 200
        assert post(body, sign("wrong", body)) == 400
        assert post(body, b"\xff\xfe") == 400
        assert post(b"{", sign(SECRET, b"{")) == 400
        assert pool.request("GET", f"{server.url}/simulator").status == 404
        pool.clear()
        settings = {**platform.settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'hizaura.db'}"}
        second = run("serve", folder=tmp_path, settings={**settings, "PORT": str(free_port())})
        assert second.returncode == 3
        assert len(second.stderr.splitlines()) == 1
        assert platform.patient().questions == ["consent"]


def test_sigterm_waits_for_what_is_promised(start: Start, platform: Platform) -> None:
    with start() as server:
        patient = platform.patient()
        before = platform.arrived
        platform.open.clear()
        assert platform.fake.send_text(patient.id, "1") == 200
        assert platform.fake.send_text(patient.id, "どれもない") == 200
        wait_until(lambda: platform.arrived > before)
        server.process.terminate()
        slow_line = threading.Timer(SLOW_CALL, platform.open.set)
        slow_line.start()
        assert server.process.wait(PATIENCE) == 0
        slow_line.join()
        assert patient.questions == ["consent", "chest", "onset"]
