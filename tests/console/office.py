"""The staff console in one process: its pages, its database, and a LINE that only takes notes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Connection, update
from werkzeug.test import TestResponse

from bot.console.pages import mount_console
from bot.console.services import Services
from bot.console.words import Words, load_words
from bot.delivery.sender import Sender
from bot.desk import Desk
from bot.line.client import Quota, Receipt, Sent
from bot.line.written import written
from bot.live_desk import LiveDesk
from bot.reception import Reception
from bot.storage import audit, exchanges, patients, people, staff
from bot.storage.console_tables import staff as staff_table
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import patients as patients_table
from bot.web import create_app

ROOT = Path(__file__).parent.parent.parent
TOKYO = ZoneInfo("Asia/Tokyo")
PASSWORD = "a long and secret sentence"
"""Of every account of the office."""


class Clock:
    """A clock that stands still until somebody moves it: Wednesday, 10 June 2026, 10:00 in Tokyo."""

    def __init__(self) -> None:
        self.now = int(datetime(2026, 6, 10, 10, 0, tzinfo=TOKYO).timestamp() * 1000)

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return self.now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self.now += int((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)

    def set(self, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> None:
        """Set it to a clinic-local time."""
        self.now = int(datetime(year, month, day, hour, minute, tzinfo=TOKYO).timestamp() * 1000)


@dataclass
class RecordingLine:
    """A LINE that accepts everything, unless told otherwise, and remembers it.

    `pushes`, `replies` and `multicasts` hold (to whom, messages); `answer` is what the next calls get; `left` is the
    quota, None when LINE does not tell.
    """

    pushes: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    replies: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    multicasts: list[tuple[list[str], list[dict[str, Any]]]] = field(default_factory=list)
    retry_keys: list[str] = field(default_factory=list)
    answer: Receipt = field(default_factory=lambda: Receipt(Sent.ACCEPTED, 200, "request"))
    left: Quota | None = field(default_factory=lambda: Quota(200, 0))

    def reply(self, reply_token: str, messages: str) -> Receipt:
        self.replies.append((reply_token, json.loads(messages)))
        return self.answer

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt:
        self.pushes.append((user_id, json.loads(messages)))
        self.retry_keys.append(retry_key)
        return self.answer

    def multicast(self, user_ids: list[str], messages: list[dict[str, Any]], retry_key: str) -> Receipt:
        self.multicasts.append((list(user_ids), messages))
        self.retry_keys.append(retry_key)
        return self.answer

    def quota(self) -> Quota | None:
        return self.left


class Browser(FlaskClient):
    """A browser: keeps cookies, and can send a form with its CSRF token."""

    def submit(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form, as if it had just been opened."""
        return self.post(path, data={**(data or {}), "csrf_token": self.csrf_token()}, **options)

    def log_in(self, name: str, password: str = PASSWORD, query: str = "") -> TestResponse:
        """Send the form of the login page."""
        return self.submit(f"/console/login{query}", {"name": name, "password": password})

    @property
    def is_in(self) -> bool:
        """Whether this browser is logged in."""
        return self.get("/console/account").status_code == 200

    def csrf_token(self) -> str:
        """A token that the session of this browser accepts."""
        with self.session_transaction("/console/") as session:
            raw = session.setdefault("csrf_token", hashlib.sha1(b"any").hexdigest())
        with self.application.test_request_context("/console/"):
            from flask import session as current

            current["csrf_token"] = raw
            token: str = generate_csrf()
        return token


class Office:
    """What the tests of the console talk to."""

    def __init__(self, desk: Desk, path: Path, *, is_https: bool = False, trusted_proxies: int = 0) -> None:
        self.desk = desk
        self.database = Database(f"sqlite:///{path}")
        migrate(self.database)
        self.clock = Clock()
        self.line = RecordingLine()
        self.sender = Sender(self.database, self.line, "office", 2, self.clock)
        self._is_sending = False
        self._patients = 0
        self.live = LiveDesk(lambda: desk, lambda: frozenset())
        reception = Reception(
            self.live, self.database, self.sender, lambda: datetime.fromtimestamp(self.clock() / 1000, UTC)
        )
        self.app: Flask = create_app(reception, ("secret",), trusted_proxies)
        self.app.test_client_class = Browser
        self.services = Services(self.database, self.live, self.line, self.sender, shipped_words(), self.clock, TOKYO)
        mount_console(self.app, self.services, "test", is_https)

    def close(self) -> None:
        if self._is_sending:
            self.sender.stop(timeout=20)
        self.database.close()

    def start_sending(self) -> None:
        """Start the sender's threads. Without it, what is handed to the sender stays in the outbox."""
        self._is_sending = True
        self.sender.start()

    # -- staff ---------------------------------------------------------------------------------------

    def member(self, name: str = "owner", role: str | None = None) -> staff.Member:
        """An account, added when there is none of the name. Its role is the name unless given."""
        if self.read(lambda connection: staff.by_name(connection, name)) is None:
            self.transact(lambda c: staff.add(c, name, role or name, hash_of(PASSWORD), self.clock()))
        return self.named(name)

    def named(self, name: str) -> staff.Member:
        """An account as stored now."""
        found = self.read(lambda connection: staff.by_name(connection, name))
        assert isinstance(found, staff.Member)
        return found

    def visitor(self, language: str = "en") -> Browser:
        """A browser that is not logged in."""
        client = self.app.test_client()
        assert isinstance(client, Browser)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return client

    def client(self, role: str = "owner", name: str | None = None) -> Browser:
        """A browser that is logged in with an account of a role (owner, staff, viewer), in English."""
        member = self.member(name or role, role)
        self.transact(
            lambda c: c.execute(update(staff_table).where(staff_table.c.id == member.id).values(language="en"))
        )
        browser = self.visitor()
        with browser.session_transaction("/console/") as session:
            session["_user_id"] = member.session_key
            session["_fresh"] = True
            session["ends_at"] = self.clock() + 8 * 3_600_000
        return browser

    # -- patients ------------------------------------------------------------------------------------

    def add_patient(
        self,
        name: str | None = None,
        *,
        tags: Iterable[str] = (),
        urgency: str | None = None,
        agreed: bool | None = True,
        blocked: bool = False,
        waits_since: int | None = None,
        paused_until: int | None = None,
        language: str = "ja",
        seen_at: int | None = None,
    ) -> people.Person:
        """A patient who has added the account.

        Args:
            name: given by staff.
            tags: set by the answers of a conversation that ended at `urgency`, or without one by staff.
            agreed: to messages from the clinic: yes, no, or was never asked (None).
            waits_since: asked for a person then; milliseconds since 1970, as are the other times.
            seen_at: last event; now unless given.
        """
        self._patients += 1
        user_id = f"U{self._patients:032x}"
        now = self.clock()

        def add(connection: Connection) -> None:
            patients.lock_patient(connection, user_id, now)
            patients.see_patient(connection, user_id, now if seen_at is None else seen_at)
            if urgency:
                people.set_outcome(connection, user_id, urgency, tags, now)
            else:
                for tag in tags:
                    people.add_tag(connection, user_id, tag, None, now)
            if agreed is not None:
                people.set_news(connection, user_id, agreed, now)
            if blocked:
                patients.set_blocked(connection, user_id, now)
            values = {
                "name": name,
                "language": language,
                "asked_for_staff_at": waits_since,
                "paused_until": paused_until,
            }
            connection.execute(update(patients_table).where(patients_table.c.user_id == user_id).values(**values))

        self.transact(add)
        return self.patient(user_id)

    def patient(self, user_id: str) -> people.Person:
        """A patient as stored now."""

        def find(connection: Connection) -> people.Person | None:
            statement = patients_table.select().where(patients_table.c.user_id == user_id)
            return people.find(connection, connection.execute(statement).one().reference)

        found = self.read(find)
        assert found is not None
        return found

    def say(self, person: people.Person, text: str, **fields: Any) -> None:
        """Note that a patient typed something; `fields` as in `exchanges.add`."""
        fields = {"understood": True, "answered": written([{"type": "text", "text": "answer"}]), **fields}
        self.transact(lambda c: exchanges.add(c, person.user_id, self.clock(), "typed", said=text, **fields))

    # -- what is stored ------------------------------------------------------------------------------

    def read(self, work: Callable[[Connection], Any]) -> Any:
        return self.database.read(work)

    def transact(self, work: Callable[[Connection], Any]) -> Any:
        return self.database.transact(work)

    def audit(self, action: str | None = None) -> list[audit.Entry]:
        """The audit log, newest first; of one action, if given."""
        return [e for e in self.read(audit.latest) if action in (None, e.action)]

    def actions(self) -> list[tuple[str | None, str, str | None]]:
        """Who did what about whom, oldest first."""
        return [(entry.who, entry.action, entry.subject) for entry in reversed(self.audit())]


@cache
def shipped_words() -> Mapping[str, Words]:
    return load_words(ROOT / "content" / "console")


@cache
def hash_of(password: str) -> str:
    """A hash that is quick to check: tests log in often."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
