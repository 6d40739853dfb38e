"""The rich menu below the chat: its tabs, and what each field of them says and does."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.library.fields import Address, Entry, Label, Text, Topic, YesNo

ChatBar = Annotated[str, StringConstraints(min_length=1, max_length=14)]
"""LINE Messaging API reference, "Rich menu object"."""
FIELDS = 6
"""On each tab: three beside each other, two rows."""


class MenuField(Entry):
    """One field. It runs a command, opens a topic, or opens an address; the first that is given counts."""

    label: Label
    icon: Text = Field(description="a drawing of content/pictures, without .svg")
    command: Text | None = None
    topic: Topic | None = None
    uri: Address | None = None
    urgent: YesNo = Field(default=False, description="stands out")


class MenuTab(Entry):
    """One tab with its fields, from left to right, row by row."""

    label: Label
    fields: tuple[MenuField, ...] = Field(min_length=FIELDS, max_length=FIELDS)


class RichMenuWords(Entry):
    """All tabs; the first is open at the beginning."""

    chat_bar: ChatBar = Field(description="below the menu, where it is opened and closed")
    tabs: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,20}$")], MenuTab] = Field(
        min_length=1, max_length=3
    )
