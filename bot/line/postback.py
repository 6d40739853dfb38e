"""What a button carries: conversation, question and option, or a command. At most 300 characters."""

from __future__ import annotations

from bot.flow.events import Chose, Command

_ANSWER = "answer"
_COMMAND = "command"
_SEPARATOR = "|"


def answer_data(conversation: str, question: str, option: str) -> str:
    """Postback data of a button that answers a question."""
    return _SEPARATOR.join((_ANSWER, conversation, question, option))


def command_data(name: str) -> str:
    """Postback data of a button that runs a command."""
    return _SEPARATOR.join((_COMMAND, name))


def read_postback(event_id: str, data: str) -> Chose | Command:
    """The event that a postback stands for; data of an unknown form is a command that does nothing."""
    match data.split(_SEPARATOR):
        case [kind, conversation, question, option] if kind == _ANSWER:
            return Chose(event_id, conversation, question, option)
        case [kind, name] if kind == _COMMAND:
            return Command(event_id, name)
        case _:
            return Command(event_id, "")
