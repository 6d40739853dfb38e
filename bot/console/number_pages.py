"""Pages."""

from __future__ import annotations

from flask import Blueprint


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
