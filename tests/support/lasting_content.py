"""A copy of content/ in one language that no day makes invalid, for tests that go by the real clock."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_CONTENT = Path(__file__).parent.parent.parent / "content"
_EXPIRY = re.compile(r"^(\s*expires_on:).*$", flags=re.MULTILINE)


def lasting_content(folder: Path) -> Path:
    """The shipped Japanese content in `folder`, with reviews that expire when nobody runs these tests any more."""
    copy = folder / "content"
    shutil.copytree(_CONTENT, copy, ignore=shutil.ignore_patterns("en"))
    for path in copy.rglob("*.yaml"):
        path.write_text(_EXPIRY.sub(r"\1 2999-12-31", path.read_text(encoding="utf-8")), encoding="utf-8")
    return copy
