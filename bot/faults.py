"""What is wrong with a file of flows/ or content/: an id, a place and a hint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in a YAML file.

    Args:
        file: path as given to the loader.
        line: 1-based line number, 0 when the whole file is meant.
        id: stable id such as ``FLOW003``; `bot/README.md` lists them.
        message: what is wrong.
        hint: what to do about it.
    """

    file: str
    line: int
    id: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.id} {self.file}:{self.line} {self.message}\n    {self.hint}"
