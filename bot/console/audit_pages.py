"""The audit log, for owners."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit

_LINES = 100
_NO_LATER_ID = 2**62


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/audit", "audit", audit_page)


@needs("owner")
def audit_page() -> str:
    """Who did what, newest first; of one patient, campaign or account when asked for."""
    subject = "".join(filter(str.isprintable, request.args.get("subject", ""))).strip()
    before = request.args.get("before", type=_line)
    entries = services().database.read(lambda c: audit.latest(c, subject or None, before, _LINES + 1))
    shown = entries[:_LINES]
    return render_template(
        "console/audit.html",
        entries=shown,
        subject=subject,
        older=shown[-1].id if len(entries) > _LINES else None,
        named=_named,
    )


def _line(id: str) -> int:
    """The id of a line. One that no database can hold comes after all of them."""
    return min(int(id), _NO_LATER_ID)


def _named(action: str) -> str:
    """An action in words; one that has none yet is shown as it is stored."""
    key = f"action_{action}"
    return g.words(key) if key in g.words.texts else action
