"""What staff and patients do in these tests."""

from __future__ import annotations

import re
import uuid
from typing import Any

from bot.line.webhook import Incoming
from bot.reception import Reception
from bot.storage import inbox
from bot.storage.people import Person
from tests.console.office import Browser, Office
from tests.delivery.doubles import wait_until


def address(person: Person, part: str = "") -> str:
    return f"/console/patients/{person.reference}" + (f"/{part}" if part else "")


def write(browser: Browser, person: Person, text: str, once: str | None = None, **fields: str) -> Any:
    return browser.submit(address(person, "message"), {"text": text, "once": once or str(uuid.uuid4()), **fields})


def receive(office: Office, user_id: str, *events: Any) -> None:
    """Let a patient do something, as LINE tells it."""
    reception = Reception(office.live, office.database, office.sender, lambda: office.services.local(office.clock()))
    for event in events:
        assert reception.receive([Incoming(event.id, user_id, event, None, office.clock())]) == []
        wait_until(lambda: not office.database.read(inbox.waiting))


def listed(page: str) -> list[str]:
    """References on a list, in order."""
    return re.findall(r'id="patient-(\w+)"', page)
