"""The engine and the content store are pure: their imports, and the language of every string, say so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent.parent / "bot"
MODULES = sorted(BOT.rglob("*.py"))
PURE = [path for path in MODULES if path.relative_to(BOT).parts[0] in ("flow", "library")]

IMPURE = {"flask", "linebot", "sqlalchemy", "os", "time", "random", "uuid", "pathlib", "subprocess", "socket"}
IMPURE |= {f"bot.{name}" for name in ("line", "storage", "delivery", "web", "cli", "settings")}

MOST_LINES = 400
JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uff66-\uff9f]")
READS_JAPANESE = BOT / "flow" / "normalise.py"
EXPLAINING = {"description"}
"""Arguments that document a field, as a docstring does."""


def name_of(path: Path) -> str:
    return str(path.relative_to(BOT))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module imported anywhere, also inside functions and by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("__import__", "exec", "eval", "open"), f"line {node.lineno}: {node.func.id}"


def is_impure(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in IMPURE)


def shown_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every string of a module that is no docstring and no description of a field."""
    explaining: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            explaining.add(id(node.value))
        if isinstance(node, ast.Call):
            explaining |= {id(keyword.value) for keyword in node.keywords if keyword.arg in EXPLAINING}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explaining:
            yield node


def test_there_is_something_to_look_at() -> None:
    assert {"flow/step.py", "library/loader.py"} <= {name_of(path) for path in PURE}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_the_engine_and_the_content_store_import_nothing_impure(path: Path) -> None:
    assert [module for module in imported(ast.parse(path.read_text(encoding="utf-8"))) if is_impure(module)] == []


@pytest.mark.parametrize(
    "source",
    ["import os", "def f():\n    import os.path", "from time import sleep", "from bot import line", "import flask.cli"],
)
def test_an_impure_import_would_be_found(source: str) -> None:
    assert any(is_impure(module) for module in imported(ast.parse(source)))


@pytest.mark.parametrize("source", ["from datetime import time", "import bot.linear", "import timeit"])
def test_a_pure_import_would_pass(source: str) -> None:
    assert not any(is_impure(module) for module in imported(ast.parse(source)))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", [path for path in MODULES if path != READS_JAPANESE], ids=name_of)
def test_no_words_for_patients_stand_in_the_program(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [(node.lineno, node.value) for node in shown_strings(tree) if JAPANESE.search(str(node.value))] == []
