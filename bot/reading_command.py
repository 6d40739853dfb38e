"""`app.py read`: what is understood in each message of a file, as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from bot.desk import Desk, load_desk
from bot.errors import BadInput
from bot.flow.reading.languages import language_of
from bot.flow.understanding import dangers, intent_of, is_dangerous, read_message
from bot.settings import read_settings


@click.command()
@click.argument("file", type=click.File("rb"))
def read(file: BinaryIO) -> None:
    """Read the messages of FILE: one {"id", "text"} per line in, what was understood out."""
    settings = read_settings()
    desk = load_desk(settings.flows_dir, settings.content_dir, settings.zone)
    for message in messages(file.read()):
        understood = {"id": message["id"], **reading_of(str(message["text"]), desk)}
        click.echo(json.dumps(understood, ensure_ascii=False))


def messages(raw: bytes) -> Iterator[dict[str, Any]]:
    """The messages of a file of JSON lines.

    Raises:
        BadInput: naming the first line that is no message.
    """
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError:
        raise BadInput("The file is no text: save it as UTF-8.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict) or "id" not in message or not isinstance(message.get("text"), str):
            raise BadInput(f'Line {number} is no message: write {{"id": "...", "text": "..."}}.')
        yield message


def reading_of(text: str, desk: Desk) -> dict[str, Any]:
    """What is understood in one text, in the language that it is written in where that is offered.

    Returns:
        `intent`; `danger`: whether it leads to emergency guidance at once; `findings`: references with ``:+`` for what
        is there and ``:-`` for what is not.
    """
    language = language_of(text, desk.vocabulary.languages) or desk.library.language
    vocabulary = desk.vocabulary
    reading = read_message(text, vocabulary)
    danger = dangers(text, reading, vocabulary)
    stated = () if danger.is_about_others else danger.stated
    present = tuple(dict.fromkeys((*reading.present, *stated)))
    # Of a language that is not offered, phrases are all that is read; else a denial close by may be another sign's.
    unclear = danger.unclear if language in vocabulary.foreign else ()
    absent = tuple(dict.fromkeys((*reading.absent, *(reference for reference in unclear if reference not in present))))
    return {
        "intent": intent_of(text, language, reading, bool(danger.stated), vocabulary),
        "danger": is_dangerous(text, reading, vocabulary),
        "findings": [*(f"{reference}:+" for reference in present), *(f"{reference}:-" for reference in absent)],
    }
