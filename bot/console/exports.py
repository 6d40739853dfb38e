"""Taking data out: one CSV file of each kind, for owners only, noted in the audit log."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, render_template, request
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import Connection

from bot.console.csv_files import FILES, Source, csv_text
from bot.console.number_pages import asked_period
from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit

NUMBERS = "numbers"
"""The file that is of a period; all others hold everything there is."""


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/exports/")
    @needs("owner")
    def exports() -> str:
        period, problem = asked_period()
        return render_template(
            "console/exports.html", files=list(FILES), form=FlaskForm(), period=period, problem=problem
        )

    @blueprint.post("/exports/")
    @needs("owner")
    def export() -> Response:
        name = request.form.get("file", "")
        if name not in FILES:
            abort(404)
        period, problem = asked_period()
        if problem:
            abort(400)
        these = services()
        now = these.clock()
        source = Source(these.database, these.live.desk, g.words, these.zone, now, period)
        staff_id = current_user.member.id
        these.database.transact(lambda connection: note_export(connection, now, staff_id, name))
        return Response(
            csv_text(FILES[name], source),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file_name(name, source)}"'},
        )


def note_export(connection: Connection, now: int, staff_id: int | None, name: str) -> None:
    """Write down that a file was taken out.

    Args:
        staff_id: None for a command.
    """
    audit.note(connection, now, staff_id, "data_exported", name)


def file_name(name: str, source: Source) -> str:
    """What a file is called on the computer that it is saved to: with its period, or the day on which it was saved."""
    days = source.period.whole
    when = f"{days.first}-to-{days.last}" if name == NUMBERS else source.today
    return f"hizaura-{name}-{when}.csv"
