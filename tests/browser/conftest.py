"""The demo as its own process, and a phone-sized page in Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
PHONE = {"width": 390, "height": 844}
READY_WITHIN = 60.0
"""Seconds; a bound for a broken start, not a measurement."""


@pytest.fixture
def demo_url(tmp_path: Path) -> Iterator[str]:
    """The address of a running demo, without patients yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("LINE_") and name != "DATABASE_URL"
    }
    command = [sys.executable, str(ROOT / "app.py"), "demo"]
    process = subprocess.Popen(command, cwd=tmp_path, env={**kept, "PORT": str(port)})
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


@pytest.fixture
def phone(demo_url: str) -> Iterator[Page]:
    """A new patient's phone, with the simulator open."""
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport=PHONE)
        page.goto(f"{demo_url}/simulator")
        yield page
        browser.close()
