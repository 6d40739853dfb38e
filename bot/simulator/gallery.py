"""Every message that the content can lead to on one page, drawn as on the phone, for those who write and review it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from flask import Blueprint, Response, abort, jsonify, render_template, request

from bot.line.gallery import Picture

Gallery = Callable[[], Mapping[str, Iterable[Picture]]]
"""Makes every message, by language, the first language first."""


def add_gallery(blueprint: Blueprint, gallery: Gallery) -> None:
    """Add the page and its messages.

    Args:
        blueprint: of the simulator.
        gallery: called at every request, so that the page shows what was saved last.
    """

    @blueprint.get("/gallery")
    def gallery_page() -> str:
        return render_template("simulator_gallery.html", languages=list(gallery()))

    @blueprint.get("/gallery/messages")
    def gallery_messages() -> Response:
        """``[{"file", "path", "messages"}]`` of ``?language=``, in the order of the content."""
        pictures = gallery().get(request.args.get("language", ""))
        if pictures is None:
            abort(404, "no such language")
        return jsonify([{"file": p.file, "path": _path(p), "messages": p.messages} for p in _each_once(pictures)])


def _path(picture: Picture) -> str:
    return ".".join(str(step) for step in picture.path)


def _each_once(pictures: Iterable[Picture]) -> list[Picture]:
    """Without those that say the same in the same place."""
    seen: dict[tuple[str, str, str], Picture] = {}
    for picture in pictures:
        seen.setdefault((picture.file, _path(picture), picture.written), picture)
    return list(seen.values())
