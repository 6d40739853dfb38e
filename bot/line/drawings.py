"""The drawings of the content store on cards. LINE fetches them: without an address of this server there are none."""

from __future__ import annotations

from bot.flow.schema import Question
from bot.library.library import Library
from bot.library.pictures import Picture
from bot.line import design
from bot.line.flex import Part
from bot.links import Links


def drawing(library: Library, links: Links | None, id: str) -> Part | None:
    """A drawing over the whole width of a card; None when there is none of that id."""
    if links is None or id not in library.pictures:
        return None
    return {
        "type": "image",
        "url": links.picture(f"pictures/{id}.png"),
        "size": "full",
        "aspectRatio": design.LETTERED_DRAWING if library.pictures[id].letters else design.DRAWING,
        "aspectMode": "fit",
        "backgroundColor": design.WHITE,
    }


def lettered(library: Library, links: Links | None, question: Question) -> tuple[str, Picture] | None:
    """The drawing whose letters are options of a question, with its id; one letter that is none would mislead."""
    if links is None:
        return None
    asked = {finding.id for finding in question.asks}
    for id, picture in library.pictures.items():
        if picture.finding in asked and picture.letters.keys() <= set(question.options):
            return id, picture
    return None
