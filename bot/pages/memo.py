"""The memo for the doctor as a page: for the patient's phone, for paper, and for the reception by its code."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from itsdangerous import Signer
from werkzeug.wrappers import Response

from bot.desk import DEFAULT_LANGUAGE, Desk
from bot.flow.conversation import from_data
from bot.library.library import Library
from bot.links import Links
from bot.memo import Memo, filled, make_memo, moment_words
from bot.pages.opens import count_open
from bot.pages.pages import current_pages, page_blueprint
from bot.storage import memos
from bot.storage.memos import StoredConversation

LONGEST_NOTE = 1_000
"""Characters."""
_ROOMY, _DENSE = 2_000, 3_400
"""Half-width letters, below and from which a memo is printed larger and smaller (tried out with full sheets)."""
_FORM = "memo-note"
_CODE_BORDER = 2
"""Modules of white around the code; readers ask for four, and the paper around it is white too."""


def memo_pages() -> Blueprint:
    """The page, and what it is sent."""
    blueprint = page_blueprint("memos", "/memos")
    blueprint.add_url_rule("/<token>", "memo", show)
    blueprint.add_url_rule("/<token>", "write", write, methods=["POST"])
    blueprint.after_request(_keep_private)
    return blueprint


@dataclass(frozen=True, slots=True)
class _Form:
    """The form for the note.

    Args:
        text: what stands in it.
        fault: why it was not saved.
    """

    text: str
    fault: str = ""


def show(token: str) -> Response | tuple[str, int] | str:
    """The memo."""
    found = _find(token)
    if found is None:
        return _closed(token)
    count_open(current_pages(), "memo")
    return _page(token, found)


def write(token: str) -> Response | tuple[str, int] | str:
    """Take in what the patient adds, and show the page again."""
    found = _find(token)
    if found is None:
        return _closed(token)
    words = _spoken(found).memo.note
    text = tidied(request.form.get("text", ""))
    if not _is_ours(token, request.form.get("form", "")):
        return _page(token, found, _Form(text, words.again)), 400
    if len(text) > LONGEST_NOTE:
        fault = filled(words.too_long, length=len(text), longest=LONGEST_NOTE)
        return _page(token, found, _Form(text, fault)), 422
    conversation, now = found.state["id"], current_pages().now()
    if not current_pages().database.transact(lambda connection: memos.write_note(connection, conversation, text, now)):
        return _closed(token)
    told = "saved" if text else "removed"
    return redirect(url_for("memos.memo", token=token, told=told, language=_language(), _anchor="note"), 303)


def tidied(text: str) -> str:
    """What a patient typed, without control characters but for ends of lines, and without space around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(letter for letter in lines if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return kept.strip()


def _page(token: str, found: StoredConversation, form: _Form | None = None) -> str:
    desk, zone = current_pages().live.desk, current_pages().zone
    library = _spoken(found)
    words = library.memo

    def told(moment: datetime) -> str:
        return moment_words(library, moment.astimezone(zone))

    note = found.note
    written = told(datetime.fromtimestamp(note.written_at / 1000, zone)) if note else ""
    memo = make_memo(desk.flow, library, from_data(found.state))
    return render_template(
        "memo.html",
        language=library.language,
        memo=memo,
        words=words,
        reference=found.reference,
        outcome=library.outcomes[memo.advice.urgency] if memo and memo.advice else None,
        listed=library.listed,
        told=told,
        filled=filled,
        note=note,
        written=written,
        form=form or _Form(note.text if note else ""),
        form_key=_form_key(token),
        notice={"saved": words.note.saved, "removed": words.note.removed}.get(request.args.get("told", "")),
        longest=LONGEST_NOTE,
        code=_code(f"{_links().base_url}/memos/{token}?language={DEFAULT_LANGUAGE}"),
        token=token,
        density=_density(memo, form.text if form else note.text if note else "") if memo else "roomy",
        languages=_others(desk, library),
    )


def _closed(token: str) -> tuple[str, int]:
    """The page behind an address that opens nothing: 410 when it was good once, 404 when it never was."""
    was_good = _links().read_memo(token, 0) is not None
    library = current_pages().live.desk.tongue(_language() or DEFAULT_LANGUAGE).library
    words = library.memo.closed
    page = render_template("memo_closed.html", language=library.language, words=words, was_good=was_good)
    return page, 410 if was_good else 404


def _find(token: str) -> StoredConversation | None:
    conversation = _links().read_memo(token, current_pages().now())
    if conversation is None:
        return None
    found = current_pages().database.read(lambda connection: memos.find(connection, conversation))
    try:
        return found if found and from_data(found.state) else None
    except (ValueError, KeyError, TypeError):
        # Damaged, or of another version: as if it were deleted.
        return None


def _spoken(found: StoredConversation) -> Library:
    """The words of the language that was chosen on the page; without a choice, the patient's."""
    return current_pages().live.desk.tongue(_language() or found.language).library


def _language() -> str | None:
    return request.args.get("language")


def _others(desk: Desk, library: Library) -> dict[str, str]:
    """The languages in which the memo can be read besides: folder to name."""
    offered = (desk.library, *(tongue.library for tongue in desk.others.values()))
    return {each.language: each.language_words.name for each in offered if each.language != library.language}


def _density(memo: Memo, note: str) -> str:
    """How small it is printed, so that it fits on one sheet of A4: roomy, normal or dense."""
    said = [f"{line.name}{line.value}" for section in memo.sections for line in section.lines]
    said += [*memo.denied_danger, *memo.denied, *memo.unsure, *memo.not_asked, note]
    if memo.advice:
        said += [f"{reason.text}{''.join(reason.answers)}" for reason in memo.advice.reasons]
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in "".join(said))
    return "roomy" if width < _ROOMY else "normal" if width < _DENSE else "dense"


def _code(address: str) -> str:
    """A QR code as an address that holds the picture."""
    return str(segno.make_qr(address, error="l").svg_data_uri(border=_CODE_BORDER, light="#ffffff", scale=4))


def _form_key(token: str) -> str:
    """Goes along with the form: whoever sends it has opened the page of this very address."""
    return Signer(_links().secret_key, salt=_FORM).get_signature(token).decode()


def _is_ours(token: str, key: str) -> bool:
    return Signer(_links().secret_key, salt=_FORM).verify_signature(token, key)


def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _links() -> Links:
    return current_pages().links
