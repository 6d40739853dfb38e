"""The card that asks how it went."""

from __future__ import annotations

from bot.library.library import Library
from bot.line import cards
from bot.line.flex import Part, message, quiet, text
from bot.line.postback import command_data

_ANSWERS = ("follow_up_better", "follow_up_same", "follow_up_worse")


def question_message(library: Library) -> Part:
    """How it went, with the answers to tap."""
    asked = library.message("follow_up_question")
    labels = [library.commands[name].label for name in _ANSWERS]
    rows = [cards.option_row(label, None, command_data(name)) for name, label in zip(_ANSWERS, labels, strict=True)]
    title = [quiet(library.message("follow_up_title")), text(asked, weight="bold", margin="sm")]
    alt = library.message("alt_question", question=asked, options=" / ".join(labels))
    return message(alt, cards.choices_card(title, rows))
