"""The rich menus of a language with their pictures, as they lie in content/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.errors import BadInput
from bot.library.library import Library
from bot.line.rich_menu import LARGEST_PICTURE, RichMenu, rich_menus


def menus_of(library: Library, content_dir: Path) -> list[RichMenu]:
    """The menus of one language with their pictures.

    Raises:
        BadInput: naming the picture that is missing or too large.
    """
    return rich_menus(library, dict(_pictures(library, content_dir)))


def picture_path(content_dir: Path, language: str, tab: str) -> Path:
    """Where the picture of a tab is kept."""
    return content_dir / "pictures" / f"rich_menu_{language}_{tab}.png"


def _pictures(library: Library, content_dir: Path) -> Iterator[tuple[str, bytes]]:
    for tab in library.rich_menu.tabs:
        path = picture_path(content_dir, library.language, tab)
        try:
            picture = path.read_bytes()
        except OSError:
            raise BadInput(f"The picture {path} is missing: draw it with `make pictures`.") from None
        if len(picture) > LARGEST_PICTURE:
            raise BadInput(f"The picture {path} has more than 1 MB, which LINE refuses: draw it with fewer details.")
        yield tab, picture
