"""A desk whose patients get addresses of pages, its database, and a browser."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from support.patient import MONDAY, Patient

from bot.desk import Desk
from bot.flow.conversation import Conversation, to_data
from bot.links import Links
from bot.live_desk import LiveDesk
from bot.pages.mounting import mount_pages
from bot.pages.pages import Pages
from bot.storage import memos, patients
from bot.storage.database import Database

LINKS = Links("https://clinic.example", "a secret of the tests")


def with_links(desk: Desk) -> Desk:
    """The desk as on a server that knows how browsers reach it."""
    return replace(desk, renderer=replace(desk.renderer, links=LINKS))


class DeskWithPages:
    """What the tests of pages talk to. `now` is in milliseconds since 1970, and stands still."""

    def __init__(self, desk: Desk, database: Database) -> None:
        self.desk = with_links(desk)
        self.database = database
        self.now = int(MONDAY.timestamp() * 1000) + 3_600_000
        app = Flask("pages", static_folder=None, template_folder=None)
        live = LiveDesk(lambda: self.desk, lambda: frozenset())
        mount_pages(app, Pages(database, live, LINKS, lambda: self.now, desk.renderer.zone))
        self.app = app

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def keep(self, patient: Patient, user_id: str = "Hanako") -> str:
        """Store a patient's conversation; its id."""
        return self.keep_conversation(replace(patient.conversation, id=f"{user_id}-{patient.conversation.id}"), user_id)

    def keep_conversation(self, conversation: Conversation, user_id: str = "Hanako") -> str:
        """Store any conversation; its id."""
        urgency = conversation.finished.urgency if conversation.finished else None

        def work(connection: Connection) -> None:
            patients.lock_patient(connection, user_id, self.now)
            patients.save_conversation(connection, user_id, to_data(conversation), True, urgency, self.now)

        self.database.transact(work)
        return conversation.id

    def address(self, conversation: str) -> str:
        """The path of the memo of a conversation, as a patient gets it now."""
        return LINKS.memo(conversation, self.now).removeprefix(LINKS.base_url)

    def stored(self, conversation: str) -> memos.StoredConversation:
        found = self.database.read(lambda connection: memos.find(connection, conversation))
        assert found is not None
        return found
