"""Patients: list and search, one patient's page, and what staff note down about a patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import dead_letter_pages, queue_pages
from bot.console.answering import Answered, answer_by_hand
from bot.console.conversation_view import Interview, Turn, interview, turns
from bot.console.patient_forms import (
    LONGEST_MESSAGE,
    STAFF_TAG,
    ForgetForm,
    LevelForm,
    MessageForm,
    NameForm,
    NoteForm,
    PauseForm,
    TagForm,
    forbidden_words,
    next_morning,
    one_line,
)
from bot.console.previews import title_of
from bot.console.security import needs
from bot.console.services import services
from bot.flow.schema import URGENCIES
from bot.storage import audit, dead_letters, exchanges, patients, people, receipts, staff
from bot.storage.people import Person

PAGE = 50
_TURNS = 30
_AUDIT_LINES = 20
_LAST_PAGE = 10_000
_LONGEST_SEARCH = 60


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    add("/patients/", "patients", patients_page)
    one = "/patients/<reference>"
    add(one, "patient", patient_page)
    add(f"{one}/newest", "patient_newest", newest)
    for name, view in (
        ("message", send_message),
        ("pause", pause),
        ("resume", resume),
        ("name", rename),
        ("tags", add_tag),
        ("tags/remove", remove_tag),
        ("notes", add_note),
        ("level", set_level),
        ("forget", forget),
    ):
        add(f"{one}/{name}", f"patient_{name.replace('/', '_')}", view, methods=["POST"])
    queue_pages.add_pages(blueprint)
    dead_letter_pages.add_pages(blueprint)


# -- looking -----------------------------------------------------------------------------------------


@needs("viewer")
def patients_page() -> str:
    """Patients by name or number, tag and last outcome; those seen last come first."""
    words = one_line(request.args.get("q"))[:_LONGEST_SEARCH]
    tag = one_line(request.args.get("tag"))[:_LONGEST_SEARCH]
    level = request.args.get("level", "")
    level = level if level in URGENCIES else ""
    page = min(max(request.args.get("page", 1, int), 1), _LAST_PAGE)
    database, skip = services().database, (page - 1) * PAGE
    found = database.read(lambda c: people.search(c, words, tag, level, most=PAGE + 1, skip=skip))
    return render_template(
        "console/patients.html",
        people=found[:PAGE],
        has_more=len(found) > PAGE,
        page=page,
        skip=skip,
        words=words,
        tag=tag,
        level=level,
        levels=list(reversed(URGENCIES)),
        tags=database.read(people.all_tags),
        now=services().clock(),
    )


@needs("viewer")
def patient_page(reference: str) -> str:
    """One patient: conversation, answers, outcome, tags, notes, and what staff did."""
    return _page(_find(reference))


@needs("viewer")
def newest(reference: str) -> Response:
    """Id of the newest exchange, for the page to notice that something was said."""
    person = _find(reference)
    return jsonify(id=services().database.read(lambda c: exchanges.newest_id(c, person.user_id)))


@dataclass(frozen=True, slots=True)
class _Page:
    """What is read for the page of a patient."""

    turns: list[Turn]
    older_before: int | None
    newest_id: int
    tags: list[people.SetTag]
    notes: list[people.Note]
    entries: list[audit.Entry]
    names: dict[int, str]
    every_tag: list[str]
    letters: int
    interview: Interview | None


def _page(person: Person, message: MessageForm | None = None, faults: dict[str, str] | None = None) -> str:
    """The page; with a message that was not sent, or with what was wrong in a form."""
    before = request.args.get("before", type=int)
    now = services().local(services().clock())
    if message is None:
        message = MessageForm(formdata=None)
        message.renew()
    text = message.text.data or ""
    return render_template(
        "console/patient.html",
        person=person,
        it=services().database.read(lambda connection: _read(connection, person, before, now)),
        before=before,
        now=services().clock(),
        morning=next_morning(now),
        message=message,
        longest=LONGEST_MESSAGE,
        forbidden=forbidden_words(services().live.desk.library, text) if text else {},
        faults=faults or {},
        levels=list(reversed(URGENCIES)),
        staff_tag=STAFF_TAG,
        named=_named,
        memo=_memo_address(person),
    )


def _read(connection: Connection, person: Person, before: int | None, now: datetime) -> _Page:
    found = exchanges.of_patient(connection, person.user_id, before, _TURNS + 1)
    shown, has_older = found[-_TURNS:], len(found) > _TURNS
    # What came between the oldest exchange of this page and that of the newer page.
    until = exchanges.moment_of(connection, person.user_id, before) if before is not None else None
    received = receipts.of_patient(connection, person.user_id, shown[0].at if has_older else None, until)
    names = {member.id: member.name for member in staff.everybody(connection)}
    return _Page(
        turns=turns(shown, received, names, title_of),
        older_before=shown[0].id if has_older else None,
        newest_id=exchanges.newest_id(connection, person.user_id),
        tags=people.tags_of(connection, person.user_id),
        notes=people.notes_of(connection, person.user_id),
        entries=audit.latest(connection, person.reference, most=_AUDIT_LINES),
        names=names,
        every_tag=[tag for tag, _ in people.all_tags(connection) if not tag.startswith(STAFF_TAG)],
        letters=dead_letters.number_of(connection, person.user_id),
        interview=interview(services().live.desk, person.state, now),
    )


# -- talking -----------------------------------------------------------------------------------------


@needs("staff")
def send_message(reference: str) -> str | tuple[str, int] | Response:
    """Send a text by hand; forbidden words are asked about first, and a second click sends nothing more."""
    person = _find(reference)
    form = MessageForm()
    key = form.key
    if key is None:
        abort(400)
    if not form.validate_on_submit():
        return _page(person, form), 422
    if forbidden_words(services().live.desk.library, form.text.data) and not form.anyway.data:
        return _page(person, form), 422
    answered = answer_by_hand(services(), current_user.member.id, person, form.text.data, key)
    if answered is Answered.OTHER_TEXT:
        form.renew()
        return _page(person, form, {"message": "patient_message_other_text"}), 409
    if answered is Answered.BLOCKED:
        return _page(_find(reference), form, {"message": "patient_message_blocked"}), 409
    flash(g.words(f"patient_message_{answered}"), "success" if answered is Answered.PROMISED else "info")
    return _back(reference, "conversation")


@needs("staff")
def pause(reference: str) -> str | tuple[str, int] | Response:
    """The bot is silent for this patient for a while."""
    form = PauseForm()
    now = services().local(services().clock())
    until = form.until(now) if form.validate_on_submit() else None
    if until is None:
        return _page(_find(reference), faults={"pause": "patient_fault_pause"}), 422
    end = int(until.timestamp() * 1000)
    _change(
        reference, "patient_paused", lambda c, person: people.attend(c, person.user_id, end), until=f"{until:%F %R}"
    )
    flash(g.words("patient_is_paused", when=f"{until:%m/%d %H:%M}"), "success")
    return _back(reference, "bot")


@needs("staff")
def resume(reference: str) -> Response:
    """The bot speaks again."""
    _change(reference, "patient_resumed", lambda c, person: people.resume(c, person.user_id))
    flash(g.words("patient_is_resumed"), "success")
    return _back(reference, "bot")


# -- noting down -------------------------------------------------------------------------------------


@needs("staff")
def rename(reference: str) -> tuple[str, int] | Response:
    """Give a name that staff recognise; empty takes it away."""
    form = NameForm()
    if not form.validate_on_submit():
        return _page(_find(reference), faults={"name": form.name.errors[0]}), 422
    name = form.name.data or None
    _change(reference, "patient_renamed", lambda c, person: people.rename(c, person.user_id, name))
    return _back(reference, "name")


@needs("staff")
def add_tag(reference: str) -> tuple[str, int] | Response:
    """Set a tag."""
    form = TagForm()
    if not form.validate_on_submit():
        return _page(_find(reference), faults={"tag": form.tag.errors[0]}), 422
    tag, by, now = form.tag.data, current_user.member.id, services().clock()
    _change(reference, "patient_tagged", lambda c, person: people.add_tag(c, person.user_id, tag, by, now), tag=tag)
    return _back(reference, "tags")


@needs("staff")
def remove_tag(reference: str) -> Response:
    """Take a tag away."""
    tag = request.form.get("tag", "")
    if tag not in _find(reference).tags:
        # Somebody else was quicker.
        return _back(reference, "tags")
    _change(reference, "patient_untagged", lambda c, person: people.remove_tag(c, person.user_id, tag), tag=tag)
    return _back(reference, "tags")


@needs("staff")
def add_note(reference: str) -> tuple[str, int] | Response:
    """Write a note."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(_find(reference), faults={"note": form.text.errors[0], "note_text": form.text.data or ""}), 422
    text, by, now = form.text.data, current_user.member.id, services().clock()
    _change(reference, "patient_noted", lambda c, person: _note(c, person, by, text, now))
    return _back(reference, "notes")


@needs("staff")
def set_level(reference: str) -> tuple[str, int] | Response:
    """Note what level staff saw, with the reason; the outcome of the conversation stays as it was told."""
    form = LevelForm()
    if not form.validate_on_submit():
        return _page(
            _find(reference), faults={"level": "patient_fault_level", "level_text": form.reason.data or ""}
        ), 422
    level, reason = form.level.data, form.reason.data
    by, now = current_user.member.id, services().clock()
    text = f"{g.words('patient_level_note', level=g.words(f'urgency_{level}'))}\n{reason}"

    def change(connection: Connection, person: Person) -> None:
        for tag in person.tags:
            if tag.startswith(STAFF_TAG):
                people.remove_tag(connection, person.user_id, tag)
        people.add_tag(connection, person.user_id, STAFF_TAG + level, by, now)
        _note(connection, person, by, text, now)

    _change(reference, "patient_level_set", change, level=level)
    return _back(reference, "notes")


@needs("owner")
def forget(reference: str) -> tuple[str, int] | Response:
    """Delete everything about a patient, as when the patient asks for it in the chat."""
    form = ForgetForm()
    if not form.validate_on_submit() or form.typed.data.casefold() != reference:
        return _page(_find(reference), faults={"forget": "patient_fault_forget"}), 422
    _change(reference, "patient_forgotten", lambda c, person: patients.forget_patient(c, person.user_id))
    flash(g.words("patient_is_forgotten", reference=reference), "success")
    return redirect(url_for("console.patients"))


# -- shared ------------------------------------------------------------------------------------------


def _change(reference: str, action: str, work: Callable[[Connection, Person], None], **details: object) -> None:
    """Change something about a patient and write it into the audit log, in one transaction."""
    by, now = current_user.member.id, services().clock()

    def change(connection: Connection) -> bool:
        person = people.find(connection, reference)
        if person is None:
            return False
        work(connection, person)
        audit.note(connection, now, by, action, reference, **details)
        return True

    if not services().database.transact(change):
        abort(404)


def _note(connection: Connection, person: Person, by: int, text: str, now: int) -> None:
    """Write a note, unless it is the second click on the same one."""
    before = people.notes_of(connection, person.user_id)[:1]
    if not before or (before[0].staff_id, before[0].text) != (by, text):
        people.add_note(connection, person.user_id, by, text, now)


def _memo_address(person: Person) -> str | None:
    """The page of the memo for the doctor; None without a conversation, or while nothing leads to pages."""
    links = services().live.desk.renderer.links
    if links is None or person.conversation_id is None:
        return None
    return links.memo(person.conversation_id, services().clock())


def _find(reference: str) -> Person:
    found = services().database.read(lambda connection: people.find(connection, reference))
    if found is None:
        abort(404)
    return found


def _back(reference: str, part: str) -> Response:
    return redirect(url_for("console.patient", reference=reference, _anchor=part))


def _named(action: str) -> str:
    key = f"action_{action}"
    return g.words(key) if key in g.words.texts else action
