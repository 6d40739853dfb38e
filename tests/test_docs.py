"""The documents say what is there: every setting, command, fault id and make target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import cli
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "bot" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name.upper()}`" in README


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"\bapp\.py {name}\b|\bmake run\b.*{name}|`{name}`", README)


def test_every_fault_id_is_documented_and_none_that_is_not_there() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    reported = set(re.findall(r'"((?:YAML|FLOW|LIB|BOTH|LINE|READY)\d{3})"', source))
    documented = re.findall(r"^\| ((?:YAML|FLOW|LIB|BOTH|LINE|READY)\d{3}) \|", ARCHITECTURE, flags=re.MULTILINE)
    assert documented == sorted(set(documented), key=documented.index)
    assert set(documented) == reported


def test_every_make_target_in_the_readme_is_one() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", README, flags=re.MULTILINE)) <= targets


@pytest.mark.parametrize("folder", ["bot", "flows", "content", "tests"])
def test_every_folder_explains_itself(folder: str) -> None:
    assert (ROOT / folder / "README.md").exists()
    assert f"[{folder}/README.md]" in README


def test_the_links_of_the_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / f / "README.md" for f in ("bot", "flows", "content", "tests"))):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"
