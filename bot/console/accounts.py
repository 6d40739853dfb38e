"""Logging in and out, and what everybody may change about their own account."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user, logout_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import passwords
from bot.console.account_forms import CodeForm, LanguageForm, LoginForm, OwnPasswordForm, SwitchOffForm
from bot.console.security import begin_session, go_on_with, inside, needs, why_login
from bot.console.services import services
from bot.storage import audit, staff

_LOGINS = "20 per minute; 200 per hour"
"""From one address: all of a clinic's people share one, somebody who guesses needs many more. Each process counts for
itself; what closes an account, see `bot.storage.staff.failed`, is counted in the database and by all together.
"""

_CODE_WITHIN = 5 * 60_000
"""Milliseconds between the password and the code of the second factor."""

_HALF = "half_in"
_HALF_UNTIL = "half_in_until"
_NEW_SECRET = "new_secret"


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")
    blueprint.record_once(lambda state: limiter.init_app(cast(Flask, state.app)))
    limited = limiter.limit(_LOGINS, methods=["POST"])
    blueprint.add_url_rule("/login", "login", limited(login), methods=["GET", "POST"])
    blueprint.add_url_rule("/login/code", "second_factor", second_factor, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", "logout", logout, methods=["POST"])
    blueprint.add_url_rule("/account", "own_account", own_account)
    blueprint.add_url_rule("/account/language", "own_language", own_language, methods=["POST"])
    blueprint.add_url_rule("/account/password", "own_password", own_password, methods=["POST"])
    blueprint.add_url_rule("/account/second-factor", "own_second_factor", own_second_factor, methods=["GET", "POST"])
    blueprint.add_url_rule("/account/second-factor/off", "no_second_factor", no_second_factor, methods=["POST"])


# -- in and out --------------------------------------------------------------------------------------


def login() -> str | Response:
    """Name and password. An unknown name, a wrong password and a locked account get the same answer."""
    if current_user.is_authenticated:
        return redirect(_next())
    form = LoginForm()
    is_wrong = False
    if form.validate_on_submit():
        member = _checked(staff.login_name(form.name.data), form.password.data)
        if member and member.totp_secret:
            session[_HALF] = member.session_key
            session[_HALF_UNTIL] = services().clock() + _CODE_WITHIN
            return redirect(url_for("console.second_factor", next=inside(request.args.get("next"))))
        if member:
            return _enter(member)
        is_wrong = True
    return render_template("console/login.html", form=form, is_wrong=is_wrong, why=why_login())


def second_factor() -> str | Response:
    """The code of the second factor, within five minutes of the password."""
    half = session.get(_HALF)
    if not half or services().clock() >= session.get(_HALF_UNTIL, 0):
        return redirect(url_for("console.login", next=inside(request.args.get("next"))))
    form = CodeForm()
    is_wrong = False
    if form.validate_on_submit():
        member = _with_code(half, form.code.data)
        if member:
            return _enter(member)
        is_wrong = True
    return render_template("console/second_factor.html", form=form, is_wrong=is_wrong)


def _checked(name: str, password: str) -> staff.Member | None:
    """The account that a name and a password open.

    Takes as long for a name that nobody has: a password is hashed and a line is written either way.
    """
    known = services().database.read(lambda c: staff.by_name(c, name)) if staff.is_login_name(name) else None
    is_right = passwords.is_password(password, known.password_hash if known else passwords.decoy())
    if known and is_right and passwords.is_outdated(known.password_hash):
        newer: str | None = passwords.hash_password(password)
    else:
        newer = None
    now = services().clock()

    def settle(connection: Connection) -> staff.Member | None:
        if known is None or known.left_at is not None:
            audit.note(connection, now, None, "login_unknown")
            return None
        # Looked at again under the lock: many guesses at the same moment count one by one.
        member = staff.lock_row(connection, known.id)
        if member.is_locked(now):
            audit.note(connection, now, None, "login_while_locked", member.name)
            return None
        if not is_right or member.password_hash != known.password_hash:
            _note_failure(connection, member, now)
            return None
        if newer:
            staff.set_hash(connection, member.id, newer)
        if member.totp_secret is None:
            _note_entry(connection, member, now)
        return member

    return services().database.transact(settle)


def _with_code(session_key: str, code: str) -> staff.Member | None:
    """The account that is half in, when the code is right and was not used before."""
    now = services().clock()

    def settle(connection: Connection) -> staff.Member | None:
        found = staff.by_session_key(connection, session_key)
        if found is None:
            return None
        member = staff.lock_row(connection, found.id)
        if member.totp_secret is None or member.is_locked(now):
            return None
        step = passwords.step_of(code, member.totp_secret, now)
        if step is None or not staff.use_code(connection, member.id, step):
            _note_failure(connection, member, now)
            return None
        _note_entry(connection, member, now)
        return member

    return services().database.transact(settle)


def _note_failure(connection: Connection, member: staff.Member, now: int) -> None:
    audit.note(connection, now, None, "login_failed", member.name)
    if staff.failed(connection, member.id, now):
        audit.note(connection, now, None, "account_locked", member.name)


def _note_entry(connection: Connection, member: staff.Member, now: int) -> None:
    staff.unlock(connection, member.id)
    audit.note(connection, now, member.id, "login", member.name)


def _enter(member: staff.Member) -> Response:
    target = _next()
    lost = begin_session(member)
    if lost == "form_lost":
        flash(services().words[member.language]("form_lost"), "warning")
    return redirect(target)


def _next() -> str:
    return inside(request.args.get("next")) or url_for("console.home")


def logout() -> Response:
    """End this session; others of the account go on."""
    if current_user.is_authenticated:
        member = current_user.member
        now = services().clock()
        services().database.transact(lambda c: audit.note(c, now, member.id, "logout", member.name))
    logout_user()
    session.clear()
    flash(g.words("logged_out"), "success")
    return redirect(url_for("console.login"))


# -- one's own account -------------------------------------------------------------------------------


@needs("viewer")
def own_account() -> str:
    """Language, password, second factor."""
    return _own_account_page()


def _own_account_page(
    password_form: OwnPasswordForm | None = None, switch_off_form: SwitchOffForm | None = None
) -> str:
    language_form = LanguageForm(formdata=None, language=g.words.language)
    return render_template(
        "console/own_account.html",
        language_form=language_form,
        languages={language: words("language_name") for language, words in services().words.items()},
        password_form=password_form or OwnPasswordForm(formdata=None),
        switch_off_form=switch_off_form or SwitchOffForm(formdata=None),
        shortest=passwords.SHORTEST,
    )


@needs("viewer")
def own_language() -> Response:
    """Choose the language of the pages."""
    form = LanguageForm()
    form.language.choices = sorted(services().words)
    if not form.validate_on_submit():
        abort(400)
    chosen: str = form.language.data
    # `current_user` belongs to the request; the database works in a thread of its own.
    id = current_user.member.id
    services().database.transact(lambda connection: staff.set_language(connection, id, chosen))
    flash(services().words[chosen]("language_changed"), "success")
    return redirect(url_for("console.own_account"))


@needs("viewer")
def own_password() -> str | Response:
    """Change one's own password; every other session of the account ends."""
    form = OwnPasswordForm()
    if not form.validate_on_submit() or not _may_change(form):
        return _own_account_page(password_form=form)
    password_hash = passwords.hash_password(form.new.data)
    member, now = current_user.member, services().clock()

    def change(connection: Connection) -> str:
        audit.note(connection, now, member.id, "password_changed", member.name)
        return staff.set_password(connection, member.id, password_hash)

    go_on_with(services().database.transact(change))
    flash(g.words("password_is_changed"), "success")
    return redirect(url_for("console.own_account"))


def _may_change(form: OwnPasswordForm) -> bool:
    """Whether the old password is right and the new one will do; says on the form what is wrong."""
    fault = passwords.fault_of(form.new.data, current_user.member.name)
    if fault:
        form.new.errors = [fault]
        return False
    return _is_own_password(form.old)


def _is_own_password(field: object) -> bool:
    """Whether the password of a field is that of the account. Wrong ones count as at the login."""
    member, now = current_user.member, services().clock()
    is_right = passwords.is_password(field.data, member.password_hash)  # type: ignore[attr-defined]

    def settle(connection: Connection) -> bool:
        if staff.lock_row(connection, member.id).is_locked(now):
            return False
        if not is_right:
            _note_failure(connection, member, now)
        return is_right

    if services().database.transact(settle):
        return True
    field.errors = ["fault_old_password"]  # type: ignore[attr-defined]
    return False


@needs("viewer")
def own_second_factor() -> str | Response:
    """Switch the second factor on: a secret for the app, then a code from it to show that it works."""
    member, now = current_user.member, services().clock()
    if member.totp_secret:
        return redirect(url_for("console.own_account"))
    secret = session.setdefault(_NEW_SECRET, passwords.new_secret())
    form = CodeForm()
    is_wrong = False
    if form.validate_on_submit():
        step = passwords.step_of(form.code.data, secret, now)
        if step is not None:
            _switch_on(member, secret, step, now)
            return redirect(url_for("console.own_account"))
        is_wrong = True
    address = passwords.secret_address(secret, member.name, services().live.desk.library.clinic.name)
    return render_template(
        "console/own_second_factor.html", form=form, secret=secret, address=address, is_wrong=is_wrong
    )


def _switch_on(member: staff.Member, secret: str, step: int, now: int) -> None:
    def switch(connection: Connection) -> None:
        staff.set_totp(connection, member.id, secret, step)
        audit.note(connection, now, member.id, "second_factor_on", member.name)

    services().database.transact(switch)
    session.pop(_NEW_SECRET)
    flash(g.words("second_factor_is_on"), "success")


@needs("viewer")
def no_second_factor() -> str | Response:
    """Switch the second factor off, with the password."""
    form = SwitchOffForm()
    if not form.validate_on_submit() or not _is_own_password(form.password):
        return _own_account_page(switch_off_form=form)
    member, now = current_user.member, services().clock()

    def switch(connection: Connection) -> None:
        staff.set_totp(connection, member.id, None)
        audit.note(connection, now, member.id, "second_factor_off", member.name)

    services().database.transact(switch)
    flash(g.words("second_factor_is_off"), "success")
    return redirect(url_for("console.own_account"))
