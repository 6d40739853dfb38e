"""The demo as its own process, and a phone-sized page in Chromium."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.server.processes import environment

ROOT = Path(__file__).parent.parent.parent
PHONE = {"width": 390, "height": 844}
READY_WITHIN = 60.0
"""Seconds; a bound for a broken start, not a measurement."""


OpenDemo = Callable[..., str]
OpenPage = Callable[[str], Page]


@pytest.fixture
def open_demo(tmp_path: Path) -> Iterator[OpenDemo]:
    """Starts a demo without patients, with some settings; its address."""
    with ExitStack() as demos:
        yield lambda **settings: demos.enter_context(_running_demo(tmp_path, settings))


@pytest.fixture
def demo_url(open_demo: OpenDemo) -> str:
    """The address of a running demo, without patients yet."""
    return open_demo()


@pytest.fixture(scope="module")
def shared_demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo for tests that only read its pages."""
    with _running_demo(tmp_path_factory.mktemp("demo"), {}) as url:
        yield url


@contextmanager
def _running_demo(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "demo"]
    process = subprocess.Popen(command, cwd=folder, env=environment({**settings, "PORT": str(port)}))
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail("the demo did not get ready")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; every page has a session of its own."""
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens an address on a page of the size of a phone."""
    with ExitStack() as pages:

        def open_page(url: str) -> Page:
            page = chromium.new_page(viewport=PHONE)
            pages.callback(page.close)
            page.goto(url)
            return page

        yield open_page


@pytest.fixture
def phone(demo_url: str, open_page: OpenPage) -> Page:
    """A new patient's phone, with the simulator open."""
    return open_page(f"{demo_url}/simulator")
