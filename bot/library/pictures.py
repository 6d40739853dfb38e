"""The words of the drawings in content/pictures/: what is to be seen, and what their letters stand for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.library.fields import Entry, Text

Letter = Annotated[str, StringConstraints(pattern=r"^[A-M]$")]
"""As it is drawn. Beyond M there would be N and Y, which also mean no and yes."""


class Picture(Entry):
    """One drawing; its id is the name of its file."""

    alt: Text = Field(description="what is to be seen; read aloud in place of the drawing")
    finding: Text | None = Field(default=None, description="whose options the letters stand for")
    letters: dict[str, Letter] = Field(default_factory=dict, description="option of the finding to letter")
