"""Somebody of the staff who builds a campaign page by page."""

from __future__ import annotations

import uuid

from werkzeug.test import TestResponse

from bot.delivery.campaign_sender import CampaignSender
from bot.storage import campaigns
from bot.storage.campaigns import Campaign
from bot.storage.people import Person
from tests.console.office import TOKYO, Browser, Office

GUIDEBOOK = "self_care"


class Desk:
    """Somebody of the staff who makes campaigns."""

    def __init__(self, office: Office, role: str = "staff", name: str | None = None) -> None:
        self.office = office
        self.browser: Browser = office.client(role, name)

    def draft(self, what: str = GUIDEBOOK, text: str = "") -> int:
        """Make a draft; its id."""
        answer = self.browser.submit("/console/campaigns/new", {"what": what, "text": text})
        assert answer.status_code == 302, answer.text
        return int(answer.location.split("/")[-2])

    def choose(self, id: int, act: str = "next", version: int | None = None, **fields: str) -> TestResponse:
        """Send the form of the audience; `fields` as ``tag.over_60="all"``."""
        shown = self.office_campaign(id).version if version is None else version
        chosen = {(f"is.{name}" if "." in name else name): value for name, value in fields.items()}
        return self.browser.submit(f"/console/campaigns/{id}/audience", {"version": shown, "act": act, **chosen})

    def set_time(self, id: int, at: str | None) -> TestResponse:
        """Send the form of the time: at once, or at a local time."""
        fields = {"when": "later", "at": at} if at else {"when": "now"}
        return self.browser.submit(
            f"/console/campaigns/{id}/when", {"version": self.office_campaign(id).version, **fields}
        )

    def confirm(self, id: int, typed: object, shown: int | None = None, version: int | None = None) -> TestResponse:
        """Type the count."""
        number = int(str(typed)) if shown is None else shown
        at = self.office_campaign(id).version if version is None else version
        form = {"version": at, "shown": number, "typed": str(typed)}
        return self.browser.submit(f"/console/campaigns/{id}/confirm", form)

    def press(self, id: int, button: str, version: int | None = None) -> TestResponse:
        at = self.office_campaign(id).version if version is None else version
        return self.browser.submit(f"/console/campaigns/{id}/{button}", {"version": at})

    def office_campaign(self, id: int) -> Campaign:
        found = self.office.read(lambda connection: campaigns.find(connection, id))
        assert isinstance(found, Campaign)
        return found


def work(office: Office) -> None:
    """What the sender does until there is nothing to do at this moment."""
    # With one thread it waits for each multicast before it looks again.
    sender = CampaignSender(office.database, office.line, str(uuid.uuid4()), TOKYO, 1, office.clock)
    while not sender.work_once():
        pass
    sender.stop(timeout=10)


def ask_for(office: Office, person: Person, guidebook: str) -> None:
    office.say(person, "open it", key=f"guidebook.{guidebook}")
