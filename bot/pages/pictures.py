"""The drawings of the content store, for LINE and for pages."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, send_from_directory
from werkzeug.wrappers import Response

from bot.pages.pages import page_blueprint

KEPT_FOR = 24 * 3600
"""Seconds that a phone keeps a drawing without asking again: a corrected one is seen by everybody a day later."""


def picture_pages(folder: Path) -> Blueprint:
    """Serves the PNG files of one folder and nothing else."""
    # Flask would look for a relative one beside its own code.
    folder = folder.resolve()
    blueprint = page_blueprint("pictures", "/pictures")

    def show(name: str) -> Response:
        """One drawing; 404 when there is none of that name."""
        if not (folder / f"{name}.png").is_file():
            abort(404)
        return send_from_directory(folder, f"{name}.png", max_age=KEPT_FOR)

    blueprint.add_url_rule("/<string:name>.png", "picture", show)
    return blueprint
