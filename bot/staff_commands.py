"""The commands of `app.py staff`: accounts of the console, also while the server runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import click
from sqlalchemy import Connection

from bot.console import passwords
from bot.errors import BadInput
from bot.settings import read_settings
from bot.storage import audit
from bot.storage import staff as accounts
from bot.storage.database import Database
from bot.storage.migrate import migrate

Result = TypeVar("Result")

_FAULTS = {
    "fault_password_short": f"The password is too short: use {passwords.SHORTEST} characters or more.",
    "fault_password_long": f"The password is too long: use {passwords.LONGEST} characters at most.",
    "fault_password_is_name": "The password is the name: use another one.",
    "fault_password_common": "Many people use this password: choose another one.",
}
_LAST_OWNER = "is the last owner, and somebody must manage accounts: make somebody else an owner first."

_from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from the first line of input.")
_role = click.Choice(list(reversed(accounts.ROLES)))


@click.group()
def staff() -> None:
    """Accounts of the staff pages."""


@staff.command()
@click.argument("name")
@click.option(
    "--role", type=_role, required=True, help="viewer looks; staff answers and sends; owner manages accounts."
)
@_from_stdin
def add(name: str, role: str, password_stdin: bool) -> None:
    """Add an account. The password is asked for."""
    name = _checked(name)

    def insert(connection: Connection, now: int) -> None:
        _refuse_if_taken(connection, name)
        accounts.add(connection, name, role, password_hash, now)
        audit.note(connection, now, None, "staff_added", name, role=role)

    with _database() as database:
        # Before the password is asked for, and again when it has been typed.
        database.read(lambda connection: _refuse_if_taken(connection, name))
        password_hash = _asked_hash(name, password_stdin)
        _transact(database, insert)
    click.echo(f"{name} can log in as {role}.")


@staff.command("list")
def list_accounts() -> None:
    """List the accounts."""
    zone = read_settings().zone
    with _database() as database:
        members = [member for member in database.read(accounts.everybody) if member.left_at is None]
    if not members:
        click.echo("There is no account yet. Make one: staff add NAME --role owner")
    for member in members:
        notes = []
        if member.totp_secret:
            notes.append("second factor")
        if member.locked_until is not None and member.is_locked(_now()):
            notes.append(f"locked until {datetime.fromtimestamp(member.locked_until / 1000, zone):%H:%M}")
        click.echo("  ".join([member.name, member.role, *notes]))


@staff.command()
@click.argument("name")
@click.option("--no-second-factor", is_flag=True, help="Also switch the second factor off: the phone is lost.")
@_from_stdin
def password(name: str, no_second_factor: bool, password_stdin: bool) -> None:
    """Give an account a new password; its sessions end and it is unlocked."""
    with _database() as database:
        member = database.read(lambda connection: _member(connection, name))
        password_hash = _asked_hash(member.name, password_stdin)

        def change(connection: Connection, now: int) -> None:
            accounts.set_password(connection, member.id, password_hash)
            audit.note(connection, now, None, "staff_password", member.name)
            if no_second_factor and member.totp_secret:
                accounts.set_totp(connection, member.id, None)
                audit.note(connection, now, None, "second_factor_off", member.name)

        _transact(database, change)
    click.echo(f"{member.name} has a new password.")


@staff.command()
@click.argument("name")
def remove(name: str) -> None:
    """Close an account; its sessions end."""

    def close(connection: Connection, now: int) -> None:
        member = _member(connection, name)
        if not accounts.remove(connection, member.id, now):
            raise BadInput(f"{member.name} {_LAST_OWNER}")
        audit.note(connection, now, None, "staff_removed", member.name)

    with _database() as database:
        _transact(database, close)
    click.echo(f"{accounts.login_name(name)} can no longer log in.")


@staff.command()
@click.argument("name")
def unlock(name: str) -> None:
    """Let somebody in who typed too many wrong passwords."""

    def change(connection: Connection, now: int) -> None:
        member = _member(connection, name)
        accounts.unlock(connection, member.id)
        audit.note(connection, now, None, "staff_unlocked", member.name)

    with _database() as database:
        _transact(database, change)
    click.echo(f"{accounts.login_name(name)} can log in.")


@staff.command()
@click.argument("name")
@click.argument("role", type=_role)
def role(name: str, role: str) -> None:
    """Change what somebody may do."""

    def change(connection: Connection, now: int) -> None:
        member = _member(connection, name)
        if not accounts.set_role(connection, member.id, role):
            raise BadInput(f"{member.name} {_LAST_OWNER}")
        audit.note(connection, now, None, "staff_role", member.name, role=role, before=member.role)

    with _database() as database:
        _transact(database, change)
    click.echo(f"{accounts.login_name(name)} is {role} now.")


@contextmanager
def _database() -> Iterator[Database]:
    from bot.serving import open_database

    database = open_database(read_settings())
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def _transact(database: Database, work: Callable[[Connection, int], Result]) -> Result:
    now = _now()
    return database.transact(lambda connection: work(connection, now))


def _checked(name: str) -> str:
    """A name as it is stored."""
    stored = accounts.login_name(name)
    if not accounts.is_login_name(stored):
        raise BadInput(f"NAME must be 1 to {accounts.LONGEST_NAME} printable characters.")
    return stored


def _member(connection: Connection, name: str) -> accounts.Member:
    found = accounts.by_name(connection, _checked(name))
    if found is None or found.left_at is not None:
        raise BadInput(f"There is no account {_checked(name)}. `staff list` shows all of them.")
    return found


def _refuse_if_taken(connection: Connection, name: str) -> None:
    found = accounts.by_name(connection, name)
    if found and found.left_at is None:
        raise BadInput(f"There is an account {name} already. Choose another NAME, or use `staff password {name}`.")


def _asked_hash(name: str, from_stdin: bool) -> str:
    """The hash of the password that was typed or piped."""
    if from_stdin:
        typed = sys.stdin.buffer.readline().decode(errors="surrogateescape").rstrip("\r\n")
    else:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        typed.encode()
    except UnicodeEncodeError:
        raise BadInput("The password is no text: give it as UTF-8.") from None
    fault = passwords.fault_of(typed, name)
    if fault:
        raise BadInput(_FAULTS[fault])
    return passwords.hash_password(typed)


def _now() -> int:
    return time.time_ns() // 1_000_000
