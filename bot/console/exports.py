"""Taking data out: one CSV file of each kind, for owners only, noted in the audit log."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, g, render_template, request
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import Connection

from bot.console.csv_files import FILES, Source, csv_text
from bot.console.periods import last_days
from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit

DAYS_OF_NUMBERS = 90


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""

    @blueprint.get("/exports/")
    @needs("owner")
    def exports() -> str:
        return render_template("console/exports.html", files=list(FILES), form=FlaskForm())

    @blueprint.post("/exports/")
    @needs("owner")
    def export() -> Response:
        name = request.form.get("file", "")
        if name not in FILES:
            abort(404)
        these = services()
        now = these.clock()
        today = these.local(now).date()
        source = Source(
            these.database,
            these.live.desk,
            g.words,
            these.zone,
            now,
            last_days(DAYS_OF_NUMBERS, today, these.zone),
        )
        staff_id = current_user.member.id
        these.database.transact(lambda connection: note_export(connection, now, staff_id, name))
        return Response(
            csv_text(FILES[name], source),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file_name(name, today)}"'},
        )


def note_export(connection: Connection, now: int, staff_id: int | None, name: str) -> None:
    """Write down that a file was taken out.

    Args:
        staff_id: None for a command.
    """
    audit.note(connection, now, staff_id, "data_exported", name)


def file_name(name: str, today: date) -> str:
    """What a file is called on the computer that it is saved to."""
    return f"hizaura-{name}-{today}.csv"
