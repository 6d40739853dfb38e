"""The command `app.py export`: everything that is kept as CSV files, also while the server runs."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

import click

from bot.console.csv_files import FILES, Source, csv_text
from bot.console.exports import file_name, note_export
from bot.console.periods import last_days
from bot.console.words import DEFAULT_LANGUAGE, load_words
from bot.desk import load_desk
from bot.errors import BadInput
from bot.settings import Settings, read_settings
from bot.storage.database import Database
from bot.storage.migrate import migrate

_ONLY_FOR_THE_OWNER = 0o600
_DAYS_OF_NUMBERS = 90


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--language", default=DEFAULT_LANGUAGE, help="Of the headings: ja or en.")
def export(folder: Path, language: str) -> None:
    """Write everything that is kept as CSV files into DIR. They hold health data: keep them safe."""
    settings = read_settings()
    database = Database(settings.database_url)
    try:
        migrate(database)
        source = _source(settings, database, language)
        for name in FILES:
            database.transact(lambda connection, name=name: note_export(connection, source.now, None, name))  # type: ignore[misc]
            path = folder / file_name(name, source)
            _write(path, name, source)
            click.echo(f"{path} written")
    finally:
        database.close()


def _source(settings: Settings, database: Database, language: str) -> Source:
    words = load_words(settings.content_dir / "console")
    if language not in words:
        raise BadInput(f"There are no words in the language {language}. Choose one of: {', '.join(words)}.")
    desk = load_desk(settings.flows_dir, settings.content_dir, settings.zone)
    now = time.time_ns() // 1_000_000
    today = datetime.fromtimestamp(now / 1000, settings.zone).date()
    period = last_days(_DAYS_OF_NUMBERS, today, settings.zone)
    return Source(database, desk, words[language], settings.zone, now, period)


def _write(path: Path, name: str, source: Source) -> None:
    """Write a file that only its owner can read; a half-written one never bears its name."""
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with open(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_FOR_THE_OWNER),
            "w",
            encoding="utf-8",
            newline="",
        ) as file:
            file.writelines(csv_text(FILES[name], source))
        unfinished.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}. Name another folder.") from None
