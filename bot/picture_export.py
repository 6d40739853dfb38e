"""The drawings of content/pictures/ as PNG: LINE shows no SVG, and a server needs no browser for what is made before.

`make pictures` runs this. Chromium draws; it comes with Playwright, which only development installs.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.desk import load_desk
from bot.errors import BadInput, HizauraError
from bot.library.library import Library
from bot.line.rich_menu_picture import tab_svg
from bot.rich_menu_files import picture_path
from bot.settings import read_settings

_SIZE = re.compile(r"<svg[^>]*?\swidth=\"(\d+)\"\s+height=\"(\d+)\"")
_PAGE = "<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>{}"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def size_of(svg: str) -> tuple[int, int]:
    """Width and height of a drawing in pixels.

    Raises:
        BadInput: when its first element does not say them, in this order.
    """
    found = _SIZE.search(svg)
    if found is None:
        raise BadInput('A drawing begins with <svg ... width="1024" height="768" ...>: whole pixels, no unit.')
    return int(found[1]), int(found[2])


def export(drawings: Mapping[Path, str]) -> Iterator[tuple[Path, bytes]]:
    """Each drawing as PNG, in its own size.

    Args:
        drawings: where the PNG belongs, to SVG.
    """
    # Here and no earlier: it is installed for development only.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        page = browser.new_page()
        for path, svg in drawings.items():
            width, height = size_of(svg)
            page.set_viewport_size({"width": width, "height": height})
            page.set_content(_PAGE.format(svg))
            yield path, page.screenshot(omit_background=True)
        browser.close()


def drawn(folder: Path) -> dict[Path, str]:
    """Every SVG file of a folder, by the PNG that is made of it."""
    return {path.with_suffix(".png"): path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.svg"))}


def rich_menu_tabs(library: Library, content_dir: Path) -> dict[Path, str]:
    """The tabs of the rich menu of one language, by their PNG."""
    words = library.rich_menu
    names = {field.icon for tab in words.tabs.values() for field in tab.fields}
    icons = {name: (content_dir / "pictures" / f"{name}.svg").read_bytes() for name in names}
    return {picture_path(content_dir, library.language, tab): tab_svg(words, tab, icons) for tab in words.tabs}


def main() -> None:
    """Make every PNG of content/pictures/ anew."""
    settings = read_settings()
    desk = load_desk(settings.flows_dir, settings.content_dir, settings.zone)
    drawings = drawn(settings.content_dir / "pictures")
    for library in (desk.library, *(tongue.library for tongue in desk.others.values())):
        drawings |= rich_menu_tabs(library, settings.content_dir)
    for path, png in export(drawings):
        path.write_bytes(png)
        print(f"{path.name}: {len(png) / 1000:.0f} kB")


if __name__ == "__main__":
    try:
        main()
    except HizauraError as error:
        sys.exit(str(error))
