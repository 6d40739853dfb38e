"""The owner's pages: who may log in, and as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from bot.console import passwords
from bot.console.account_forms import MemberForm, RemoveForm, ResetForm, RoleForm
from bot.console.security import needs
from bot.console.services import services
from bot.storage import audit, staff

Result = TypeVar("Result")

_LARGEST_ID = 2**31 - 1


def add_pages(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/staff", "staff_list", staff_list)
    blueprint.add_url_rule("/staff/new", "staff_add", staff_add, methods=["GET", "POST"])
    one = f"/staff/<int(max={_LARGEST_ID}):id>"
    blueprint.add_url_rule(one, "staff_member", staff_member)
    blueprint.add_url_rule(f"{one}/role", "staff_role", staff_role, methods=["POST"])
    blueprint.add_url_rule(f"{one}/password", "staff_password", staff_password, methods=["POST"])
    blueprint.add_url_rule(f"{one}/unlock", "staff_unlock", staff_unlock, methods=["POST"])
    blueprint.add_url_rule(f"{one}/remove", "staff_remove", staff_remove, methods=["POST"])


@needs("owner")
def staff_list() -> str:
    """Everybody who may log in."""
    return render_template("console/staff.html", members=_present(), now=services().clock())


@needs("owner")
def staff_add() -> str | Response:
    """A new account."""
    form = MemberForm()
    if form.validate_on_submit() and _will_do(form, form.name.data) and _added(form):
        flash(g.words("staff_is_added", name=form.name.data), "success")
        return redirect(url_for("console.staff_list"))
    return render_template("console/staff_add.html", form=form, shortest=passwords.SHORTEST)


def _added(form: MemberForm) -> bool:
    """Whether the account could be added; says on the form when the name is taken."""
    password_hash = passwords.hash_password(form.new.data)
    name, role = form.name.data, form.role.data

    def add(connection: Connection, by: int, now: int) -> bool:
        former = staff.by_name(connection, name)
        if former and former.left_at is None:
            return False
        staff.add(connection, name, role, password_hash, now)
        audit.note(connection, now, by, "staff_added", name, role=role)
        return True

    if _do(add):
        return True
    form.name.errors = ["fault_name_taken"]
    return False


@needs("owner")
def staff_member(id: int) -> str:
    """One account, with everything that an owner may change about it."""
    return _member_page(_member(id))


def _member_page(
    member: staff.Member, reset_form: ResetForm | None = None, remove_form: RemoveForm | None = None
) -> str:
    owners = [other.id for other in _present() if other.role == staff.OWNER]
    return render_template(
        "console/staff_member.html",
        member=member,
        is_locked=member.is_locked(services().clock()),
        is_last_owner=owners == [member.id],
        role_form=RoleForm(formdata=None, role=member.role),
        reset_form=reset_form or ResetForm(formdata=None),
        remove_form=remove_form or RemoveForm(formdata=None),
        shortest=passwords.SHORTEST,
    )


@needs("owner")
def staff_role(id: int) -> Response:
    """Change what somebody may do."""
    member = _member(id)
    form = RoleForm()
    if not form.validate_on_submit():
        abort(400)
    role: str = form.role.data

    def change(connection: Connection, by: int, now: int) -> bool:
        if not staff.set_role(connection, member.id, role):
            return False
        audit.note(connection, now, by, "staff_role", member.name, role=role, before=member.role)
        return True

    return _back_to_list(_do(change), "role_is_changed", member)


@needs("owner")
def staff_password(id: int) -> str | Response:
    """Give somebody a new password; their sessions end. One's own needs the old one, on the account page."""
    member = _member(id)
    if member.id == current_user.member.id:
        abort(403)
    form = ResetForm()
    if not form.validate_on_submit() or not _will_do(form, member.name):
        return _member_page(member, reset_form=form)
    password_hash = passwords.hash_password(form.new.data)
    switches_off = bool(member.totp_secret and form.switch_off.data)

    def change(connection: Connection, by: int, now: int) -> bool:
        staff.set_password(connection, member.id, password_hash)
        audit.note(connection, now, by, "staff_password", member.name)
        if switches_off:
            staff.set_totp(connection, member.id, None)
            audit.note(connection, now, by, "second_factor_off", member.name)
        return True

    return _back_to_list(_do(change), "password_is_reset", member)


@needs("owner")
def staff_unlock(id: int) -> Response:
    """Let somebody in again who was locked out."""
    member = _member(id)

    def unlock(connection: Connection, by: int, now: int) -> bool:
        staff.unlock(connection, member.id)
        audit.note(connection, now, by, "staff_unlocked", member.name)
        return True

    return _back_to_list(_do(unlock), "is_unlocked", member)


@needs("owner")
def staff_remove(id: int) -> str | Response:
    """Close an account; its sessions end."""
    member = _member(id)
    form = RemoveForm()
    if not form.validate_on_submit():
        return _member_page(member, remove_form=form)

    def remove(connection: Connection, by: int, now: int) -> bool:
        if not staff.remove(connection, member.id, now):
            return False
        audit.note(connection, now, by, "staff_removed", member.name)
        return True

    return _back_to_list(_do(remove), "is_removed", member)


def _back_to_list(is_done: bool, words: str, member: staff.Member) -> Response:
    if is_done:
        flash(g.words(words, name=member.name), "success")
    else:
        flash(g.words("last_owner"), "danger")
    return redirect(url_for("console.staff_list"))


def _will_do(form: MemberForm | ResetForm, name: str) -> bool:
    """Whether the new password of a form is accepted; says on the form what is wrong."""
    fault = passwords.fault_of(form.new.data, name)
    if fault:
        form.new.errors = [fault]
    return fault is None


def _do(work: Callable[[Connection, int, int], Result]) -> Result:
    """Run a change with the id of who makes it, and the time."""
    by, now = current_user.member.id, services().clock()
    return services().database.transact(lambda connection: work(connection, by, now))


def _present() -> list[staff.Member]:
    return [member for member in services().database.read(staff.everybody) if member.left_at is None]


def _member(id: int) -> staff.Member:
    found = services().database.read(lambda connection: staff.by_id(connection, id))
    if found is None or found.left_at is not None:
        abort(404)
    return found
