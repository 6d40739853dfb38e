"""The commands: ``python app.py COMMAND``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import click

from bot.console.words import load_words
from bot.desk import load_desk
from bot.errors import BadInput, FaultsFound, HizauraError
from bot.faults import Fault
from bot.flow.loader import load_flow
from bot.library.readiness import BLOCKS_PRODUCTION, open_points
from bot.settings import read_settings

_POINTS_IN_SHORT = 2


class _Group(click.Group):
    """Ends with the exit code of the error and its message instead of a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        imported_later = ["staff", "export", "push", "campaigns", "paths", "read", "richmenu"]
        return sorted([*super().list_commands(context), *imported_later])

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "staff":
            # Imported when it is asked for: it brings the database along, which other commands need not wait for.
            from bot.staff_commands import staff

            return staff
        if cmd_name == "export":
            from bot.export_commands import export

            return export
        if cmd_name in ("push", "campaigns"):
            from bot import campaign_commands

            return campaign_commands.push if cmd_name == "push" else campaign_commands.campaigns_command
        if cmd_name == "read":
            from bot.reading_command import read

            return read
        if cmd_name == "paths":
            from bot.path_sheet.command import paths

            return paths
        if cmd_name == "richmenu":
            from bot.rich_menu_commands import richmenu

            return richmenu
        return super().get_command(context, cmd_name)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except HizauraError as error:
            click.echo(str(error), err=True)
            sys.exit(error.exit_code)


@click.group(cls=_Group)
def cli() -> None:
    """hizaura: a clinic's front desk on LINE for pain behind the knee."""


@cli.command()
def serve() -> None:
    """Serve the webhook of a real LINE channel."""
    from bot import serving

    settings = read_settings().for_line()
    live = serving.prepare(settings)
    click.echo(f"hizaura listens on http://{settings.host}:{settings.port} (webhook: /callback)")
    serving.serve(settings, partial(serving.worker_app, serving.inherited(live)))


@cli.command()
def demo() -> None:
    """Try the bot without LINE: a simulated phone in the browser."""
    from bot.demo import run_demo

    run_demo(read_settings())


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per line of input.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the conversation as a story test.")
def chat(as_json: bool, save: Path | None) -> None:
    """Talk with the bot in the terminal, or through a pipe: one line in, the answer out."""
    from bot.terminal import TerminalChat, as_text, story_yaml, talk

    settings = read_settings()
    desk = load_desk(settings.flows_dir, settings.content_dir, settings.zone)
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    terminal = TerminalChat(desk, lambda: datetime.now(UTC))
    greeting = terminal.follow()
    if sys.stdin.isatty() and not as_json:
        for line in as_text(greeting):
            click.echo(line)
    talk(terminal, sys.stdin, sys.stdout, as_json)
    if save:
        save.write_text(story_yaml(save.stem, terminal), encoding="utf-8")


@cli.command()
@click.option("--production", is_flag=True, help="Fail while texts are unsigned or expired, or example data remain.")
@click.option(
    "--json-schema",
    "schema_dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write JSON Schemas of the content files into a folder, for editors.",
)
def check(production: bool, schema_dir: Path | None) -> None:
    """Check flows/ and content/; list every fault, and what the clinic still has to see to."""
    settings = read_settings()
    if schema_dir:
        _write_schemas(schema_dir)
    desk = load_desk(settings.flows_dir, settings.content_dir, settings.zone)
    load_words(settings.console_words_dir)
    if desk.not_offered:
        raise FaultsFound(tuple(fault for faults in desk.not_offered.values() for fault in faults))
    click.echo(
        f"No fault in {len(desk.flow.questions)} questions, {len(desk.flow.rules)} rules, "
        f"{len(desk.library.conditions)} conditions, {len(desk.library.tips)} self-care tips, "
        f"{1 + len(desk.others)} languages."
    )
    today = datetime.now(settings.zone).date()
    libraries = (desk.library, *(tongue.library for tongue in desk.others.values()))
    points = [point for library in libraries for point in open_points(library, today)]
    points.sort(key=lambda point: point.id)
    if production and any(point.id in BLOCKS_PRODUCTION for point in points):
        raise FaultsFound(tuple(points))
    for line in _in_short(points):
        click.echo(line)


def _in_short(points: list[Fault]) -> Iterator[str]:
    """The first few points of each kind."""
    for id, group in groupby(points, key=lambda point: point.id):
        same = list(group)
        yield from (f"Before patients see it: {point}" for point in same[:_POINTS_IN_SHORT])
        more = len(same) - _POINTS_IN_SHORT
        if more > 0:
            yield f"    ... and {more} more of {id}; `check --production` lists them all."


def _write_schemas(folder: Path) -> None:
    from bot.library.json_schema import json_schemas

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, pattern, schema in json_schemas():
            (folder / name).write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            click.echo(f"{folder / name} describes {pattern}")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}. Name another folder.") from None


@cli.command()
@click.argument("file", type=click.File("rb"))
def triage(file: BinaryIO) -> None:
    """Assess the cases of a YAML or JSON FILE; print one JSON object per case."""
    from bot.desk import read_folder
    from bot.report import triage as assess_cases

    settings = read_settings()
    flow = load_flow(read_folder(settings.flows_dir), settings.flows_dir.name)
    try:
        text = file.read().decode()
    except UnicodeDecodeError:
        raise BadInput("The file is no text: save it as UTF-8.") from None
    for report in assess_cases(flow, text):
        click.echo(json.dumps(report, ensure_ascii=False))
