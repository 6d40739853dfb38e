"""The numbers of a real server, of all its processes together."""

from __future__ import annotations

from pathlib import Path

import pytest
import urllib3

from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import Platform
from tests.server.processes import PATIENCE, Server

TOKEN = "0123456789abcdef"
PATIENTS = 5


def numbers(server: Server) -> dict[str, float]:
    """Every series that is not about the process itself."""
    response = urllib3.request(
        "GET", f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE, retries=False
    )
    assert response.status == 200
    lines = [line.rpartition(" ") for line in response.data.decode().splitlines() if line.startswith("hizaura_")]
    return {name: float(number) for name, _, number in lines}


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_every_process_tells_what_all_have_counted(
    start: Start, platform: Platform, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with start(DATABASE_URL=database_url, WEB_CONCURRENCY="2", METRICS_TOKEN=TOKEN) as server:
        assert list(tmp_path.glob("hizaura-metrics-*"))
        for number in range(PATIENTS):
            platform.patient(f"patient {number}")
        wait_until(lambda: numbers(server)["hizaura_workers"] == 2, PATIENCE)
        for _ in range(4):
            told = numbers(server)
            assert told['hizaura_webhook_seconds_count{result="ok"}'] == PATIENTS
            assert told['hizaura_line_call_seconds_count{method="reply",result="accepted"}'] == PATIENTS
            assert told["hizaura_outbox_dead"] == 0
        assert server.terminate() == 0
    assert not list(tmp_path.glob("hizaura-metrics-*"))
