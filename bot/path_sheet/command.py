"""The command `app.py paths`: the sheet of every way to an outcome, and a table of the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from bot.agreement import check_agreement
from bot.desk import DEFAULT_LANGUAGE, read_folder
from bot.errors import BadInput, FaultsFound
from bot.flow.files import SourcePart, SourcesFile
from bot.flow.fingerprint import flow_fingerprint
from bot.flow.guard_parser import near
from bot.flow.loader import load_flow
from bot.flow.paths import list_paths
from bot.flow.schema import Flow
from bot.library.library import Library
from bot.library.loader import load_library
from bot.path_sheet.page import Sheet, page
from bot.path_sheet.table import table
from bot.settings import Settings, read_settings
from bot.strict_yaml import read_document

_ALWAYS_THERE = "messages.yaml"
"""A folder of content/ with this file is a language."""


@click.command()
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the lines as a table.")
@click.option("--language", default=DEFAULT_LANGUAGE, help="Folder of content/ that the words are taken from.")
@click.option("--rule", help="Show the lines of one rule, such as S1.")
def paths(csv_file: Path | None, language: str, rule: str | None) -> None:
    """Print every way to an outcome as a sheet that the responsible doctor reads and signs."""
    settings = read_settings()
    files = read_folder(settings.flows_dir)
    flow = load_flow(files, settings.flows_dir.name)
    _check_rule(flow, rule)
    library = _library(settings, flow, language)
    today = datetime.now(settings.zone).date()
    sheet = Sheet(flow, library, list_paths(flow), _sources(files), flow_fingerprint(files), today, rule)
    if csv_file:
        _write(csv_file, table(sheet))
    for line in page(sheet):
        click.echo(line)


def _check_rule(flow: Flow, rule: str | None) -> None:
    known = [each.id for each in flow.rules]
    if rule is not None and rule not in known:
        raise BadInput(f"There is no rule {rule}. {near(rule, known)}")


def _library(settings: Settings, flow: Flow, language: str) -> Library:
    languages = sorted(path.parent.name for path in settings.content_dir.glob(f"*/{_ALWAYS_THERE}"))
    if language not in languages:
        raise BadInput(f"There are no texts in the language {language}. {near(language, languages)}")
    library = load_library(read_folder(settings.content_dir / language), language, settings.content_dir.name)
    faults = check_agreement(flow, library)
    if faults:
        raise FaultsFound(tuple(faults))
    return library


def _sources(files: Mapping[str, bytes]) -> Mapping[str, SourcePart]:
    """The sources of a flow that was loaded from these files."""
    document = read_document("sources.yaml", files["sources.yaml"], [])
    return SourcesFile.model_validate(document.data if document else {}).sources


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}. Name another file.") from None
    click.echo(f"{path} written", err=True)
