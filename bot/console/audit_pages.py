"""The audit log, for owners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy import Connection

from bot.console.previews import title_of
from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit, campaigns, people, staff

_LINES = 100
_NO_LATER_ID = 2**62
_LARGEST_ID = 2**31 - 1
_BEFORE_LOGIN = ("login_failed", "login_unknown", "login_while_locked", "account_locked")

_PATIENT, _CAMPAIGN, _STAFF, _FILE = "patient", "campaign", "staff", "file"
_KINDS = {
    "patient": _PATIENT,
    "letter": _PATIENT,
    "campaign": _CAMPAIGN,
    "data": _FILE,
    **dict.fromkeys(("login", "logout", "account", "password", "second", "staff"), _STAFF),
}
"""How an action begins to what it is about."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is about.

    Args:
        kind: names it in content/console/ as ``audit_kind_<kind>``; empty when that is not known.
        page: its address, None when there is no page.
    """

    kind: str
    text: str
    page: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the subjects of some lines are called, by what is stored of them."""

    patients: Mapping[str, str | None]
    campaigns: Mapping[str, str]
    staff: Mapping[str, int]


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/audit", "audit", audit_page)


@needs("owner")
def audit_page() -> str:
    """Who did what, newest first; of one patient, campaign or account when asked for."""
    subject = "".join(filter(str.isprintable, request.args.get("subject", ""))).strip()
    before = request.args.get("before", type=_line)

    def read(connection: Connection) -> tuple[list[audit.Entry], _Known]:
        found = audit.latest(connection, subject or None, before, _LINES + 1)
        return found, _known(connection, found)

    entries, known = services().database.read(read)
    shown = entries[:_LINES]
    return render_template(
        "console/audit.html",
        entries=shown,
        subject=subject,
        older=shown[-1].id if len(entries) > _LINES else None,
        named=_named,
        who=_who,
        details=_details,
        about=lambda entry: _subject(entry, known),
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


# -- what a line is about ----------------------------------------------------------------------------


def _kind(action: str) -> str:
    return _KINDS.get(action.partition("_")[0], "")


def _known(connection: Connection, entries: Iterable[audit.Entry]) -> _Known:
    of_kind: dict[str, set[str]] = {kind: set() for kind in ("", *_KINDS.values())}
    for entry in entries:
        if entry.subject:
            of_kind[_kind(entry.action)].add(entry.subject)
    ids = [int(id) for id in of_kind[_CAMPAIGN] if id.isascii() and id.isdigit()]
    found = (campaigns.find(connection, id) for id in ids if id <= _LARGEST_ID)
    return _Known(
        people.names(connection, of_kind[_PATIENT]),
        {str(each.id): title_of(each) for each in found if each},
        {each.name: each.id for each in staff.everybody(connection) if each.left_at is None},
    )


def _subject(entry: audit.Entry, known: _Known) -> Subject:
    """A subject by its name, with its page; as it is stored when it is gone."""
    kind, stored = _kind(entry.action), entry.subject or ""
    match kind:
        case "patient" if stored in known.patients:
            name = known.patients[stored] or stored
            return Subject(kind, name, url_for("console.patient", reference=stored))
        case "campaign" if stored in known.campaigns:
            text = f"{known.campaigns[stored]} {g.words('campaign_number', id=stored)}"
            return Subject(kind, text, url_for("console.campaign", id=stored))
        case "staff" if stored in known.staff:
            return Subject(kind, stored, url_for("console.staff_member", id=known.staff[stored]))
        case "file":
            return Subject(kind, g.words.texts.get(f"export_{stored}", stored))
        case _:
            return Subject(kind, stored)
