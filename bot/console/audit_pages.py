"""The audit log, for owners."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit

_LINES = 100
_NO_LATER_ID = 2**62
_BEFORE_LOGIN = ("login_failed", "login_unknown", "login_while_locked", "account_locked")


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
        who=_who,
        details=_details,
    )


def _line(id: str) -> int:
    """The id of a line. One that no database can hold comes after all of them."""
    return min(int(id), _NO_LATER_ID)


def _who(entry: audit.Entry) -> str:
    if entry.who:
        return entry.who
    words: str = g.words("audit_nobody" if entry.action in _BEFORE_LOGIN else "audit_program")
    return words


def _details(entry: audit.Entry) -> list[tuple[str, object]]:
    """Names and values, in words where there are some."""
    return [
        (g.words.texts.get(f"detail_{name}", name), g.words.texts.get(f"role_{value}", value))
        for name, value in entry.details.items()
    ]


def _named(action: str) -> str:
    """An action in words; one that has none yet is shown as it is stored."""
    key = f"action_{action}"
    return g.words(key) if key in g.words.texts else action
