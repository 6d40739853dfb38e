"""The words of the console: every one that a page asks for is there, every one that is there is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.console.office import shipped_words

CONSOLE = Path(__file__).parent.parent.parent / "bot" / "console"
TEMPLATES = sorted(CONSOLE.rglob("*.html"))
CODE = sorted(CONSOLE.rglob("*.py"))

_ASKED = re.compile(r"""\b(?:t|words)\(\s*["'](\w+)["']\s*(~?)""")
_BEGUN = re.compile(r"""["'](\w+_)["']\s*~|\bf["'](\w+_)\{""")
"""The beginning of a key that is put together: `"urgency_" ~ level` in a template, `f"action_{action}"` in code."""


def test_every_word_that_is_asked_for_is_there() -> None:
    texts = shipped_words()["ja"].texts
    missing = {
        f"{path.name}: {key}"
        for path in (*TEMPLATES, *CODE)
        for key, is_begun in _ASKED.findall(path.read_text(encoding="utf-8"))
        if not is_begun and key not in texts
    }
    assert missing == set()


def test_every_word_that_is_put_together_is_there() -> None:
    texts = shipped_words()["ja"].texts
    begun = {key for path in TEMPLATES for key, _ in _BEGUN.findall(path.read_text(encoding="utf-8")) if key}
    assert {key for key in begun if not any(text.startswith(key) for text in texts)} == set()


def test_every_word_is_used() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (*TEMPLATES, *CODE))
    named = set(re.findall(r"""["'](\w+)["']""", sources))
    begun = tuple({key for pair in _BEGUN.findall(sources) for key in pair if key})
    unused = [key for key in shipped_words()["ja"].texts if key not in named and not key.startswith(begun)]
    assert unused == []


def test_every_action_of_the_audit_log_has_words() -> None:
    texts = shipped_words()["ja"].texts
    sources = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    actions = set(re.findall(r"""audit\.note\([^"')]*["'](\w+)["']""", sources))
    assert len(actions) > 10
    assert {action for action in actions if f"action_{action}" not in texts} == set()


@pytest.mark.parametrize("language", ["en"])
def test_every_language_fills_in_the_same(language: str) -> None:
    japanese, texts = shipped_words()["ja"].texts, shipped_words()[language].texts
    differing = {key for key in texts if _placeholders(texts[key]) != _placeholders(japanese.get(key, ""))}
    assert differing == set()


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
