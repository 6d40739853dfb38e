"""The demo: the real server against a LINE of its own, played through the page's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bot.flow.events import Chose
from bot.line.postback import read_postback
from tests.delivery.doubles import wait_until
from tests.line.reading import actions
from tests.server.conftest import Invoke
from tests.server.processes import PATIENCE, Server, run, serving


class Phone:
    """A phone of the simulator, used as its page uses it."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/simulator"
        self._pool = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        self.id = self.post("users", name="Hanako")["id"]

    def post(self, path: str, **body: str) -> dict[str, Any]:
        response = self._pool.request("POST", f"{self._url}/{path}", json=body)
        assert response.status == 200, response.data
        return dict(response.json())

    def do(self, action: str, **body: str) -> None:
        """Do something on the phone, and wait for the answer."""
        before = len(self.answers)
        assert self.post(f"users/{self.id}/{action}", **body) == {"status": 200}
        wait_until(lambda: len(self.answers) > before, PATIENCE)

    def tap(self, option: str) -> None:
        for action in reversed(actions(self.answers)):
            event = read_postback("", action.get("data", ""))
            if isinstance(event, Chose) and event.option == option:
                self.do("postback", data=action["data"], displayText=action["displayText"])
                return
        raise AssertionError(f"there is no {option} to tap")

    @property
    def answers(self) -> list[dict[str, Any]]:
        state = self._pool.request("GET", f"{self._url}/state").json()
        (user,) = (user for user in state["users"] if user["id"] == self.id)
        return [entry["message"] for entry in user["entries"] if entry["from"] == "bot"]

    def close(self) -> None:
        self._pool.clear()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Server]:
    with serving("demo", tmp_path, {}) as server:
        server.wait_until_ready()
        yield server


@pytest.fixture
def phone(demo: Server) -> Iterator[Callable[[], Phone]]:
    """Takes a new phone out of the drawer."""
    phones: list[Phone] = []

    def take() -> Phone:
        phones.append(Phone(demo.url))
        return phones[-1]

    yield take
    for phone in phones:
        phone.close()


def test_a_conversation_arrives_back_on_the_phone(phone: Callable[[], Phone], demo: Server) -> None:
    patient = phone()
    patient.do("follow")
    patient.tap("agree")
    patient.do("sticker")
    patient.do("text", text="1")
    assert "tel:119" in str(patient.answers[-1])
    assert demo.terminate() == 0


def test_a_second_demo_does_not_harm_the_first(phone: Callable[[], Phone], demo: Server, tmp_path: Path) -> None:
    # The same folder and the same port, as after a second `make run`.
    patient = phone()
    patient.do("follow")
    second = run("demo", folder=tmp_path, settings={"PORT": str(demo.port)})
    assert second.returncode == 2
    assert "PORT" in second.stderr
    other = phone()
    for somebody in (patient, other):
        somebody.do("follow")
        somebody.tap("agree")
    assert demo.terminate() == 0


@pytest.mark.parametrize("secret", ["s3cr3t", "s3cr3t,other"])
def test_it_never_runs_beside_a_real_channel(invoke: Invoke, tmp_path: Path, secret: str) -> None:
    result = invoke("demo", LINE_CHANNEL_SECRET=secret)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "LINE_CHANNEL_SECRET" in line
    assert "s3cr3t" not in line
    assert list(tmp_path.iterdir()) == []
