"""What a worker of the server does when it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

START = """
import gc, os
from bot import serving
imported = gc.get_freeze_count()
serving.worker_app()
print(imported, gc.get_freeze_count(), flush=True)
os._exit(0)
"""
"""Ends at once: nothing is to be sent."""

MANY = 100_000
"""Objects; the desk and the imported code are more."""


def test_what_the_start_has_built_is_left_alone_by_the_garbage_collector(tmp_path: Path) -> None:
    settings = {
        "LINE_CHANNEL_SECRET": "secret",
        "LINE_CHANNEL_ACCESS_TOKEN": "token",
        "LINE_API_BASE_URL": "http://127.0.0.1:9",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'hizaura.db'}",
        "SECRET_KEY": "key",
    }
    command = [sys.executable, "-c", START]
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60, check=True
    )
    imported, started = map(int, result.stdout.split())
    assert imported == 0
    assert started > MANY
