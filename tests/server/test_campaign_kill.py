"""A campaign of a real server: killed in the middle of it everybody has the message after a restart, and once."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.delivery import policy
from bot.storage import batches, campaigns
from bot.storage.campaigns import Progress
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.delivery.doubles import wait_until
from tests.server.conftest import Start
from tests.server.platform import Platform
from tests.server.processes import PATIENCE
from tests.server.watched_line import SlowLine
from tests.storage.crowd import EVERYBODY, admit
from tests.support.daytime import zone_at_night, zone_at_noon

PEOPLE = 1_200
TOLD = [{"type": "text", "text": "膝の体操"}]
BEFORE_THE_KILL = 40
"""Multicasts that LINE has accepted by then; about thirty more are on their way."""


@pytest.fixture
def line(platform: Platform) -> SlowLine:
    return SlowLine(platform)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """The file of the server, opened only while no server holds it."""
    return Database(f"sqlite:///{tmp_path / 'hizaura.db'}")


@pytest.fixture
def people(platform: Platform) -> list[str]:
    users = [platform.fake.chats.add(f"P{i}") for i in range(PEOPLE)]
    for user in users:
        platform.fake.chats.set_status(user, "friend")
    return [user.id for user in users]


@pytest.fixture
def campaign(database: Database, people: list[str], line: SlowLine, monkeypatch: pytest.MonkeyPatch) -> int:
    """A campaign in many batches, all of them due; the small first one is sent."""
    monkeypatch.setattr(batches, "BATCH_SIZE", 10)
    migrate(database)
    admit(database, *people)
    now = time.time_ns() // 1_000_000

    def work(connection: Connection) -> int:
        id = campaigns.add(connection, "self_care", None, EVERYBODY, False, None, now)
        assert campaigns.confirm(connection, id, 1, TOLD, PEOPLE, now, None, now)
        found = campaigns.find(connection, id)
        assert found
        while batches.prepare(connection, found, now, first=policy.FIRST_BATCH, first_pause=0, most=PEOPLE):
            pass
        due = batches.due(connection, now, most=1)
        (first,) = batches.lease(connection, due, "test", now + 1, now, most=1, first_pause=0)
        body = {"to": list(first.user_ids), "messages": TOLD}
        assert line.multicast(body, first.retry_key).status == 200
        batches.settle(connection, first, batches.SENT, now)
        return id

    id = database.transact(work)
    database.close()
    return id


def progress(database: Database, id: int) -> Progress:
    return database.read(lambda connection: campaigns.progress(connection, id))


@pytest.mark.parametrize("loses_calls", [False, True], ids=["LINE had it already", "LINE never had it"])
def test_everybody_gets_it_once(
    start: Start, database: Database, people: list[str], campaign: int, line: SlowLine, loses_calls: bool
) -> None:
    with start(TZ_NAME=zone_at_noon()) as server:
        wait_until(lambda: len(line.accepted) >= BEFORE_THE_KILL, PATIENCE)
        if loses_calls:
            line.loses_calls.set()
        server.kill()
    killed_at = progress(database, campaign)
    assert killed_at.waiting
    assert killed_at.sent
    line.loses_calls.clear()
    with start(TZ_NAME=zone_at_noon()) as server:
        wait_until(lambda: progress(database, campaign) == Progress(sent=PEOPLE), PATIENCE)
        assert server.terminate() == 0
    assert line.reached() == Counter(people)
    assert line.repeated or loses_calls
    found = database.read(lambda connection: campaigns.find(connection, campaign))
    assert found
    assert found.state == "done"
    database.close()


def test_where_it_is_night_nobody_gets_it(start: Start, database: Database, campaign: int, line: SlowLine) -> None:
    with start(TZ_NAME=zone_at_night()) as server:
        time.sleep(3 * policy.CAMPAIGN_LOOK_EVERY)
        assert server.terminate() == 0
    assert len(line.accepted) == 1
    assert progress(database, campaign).waiting == PEOPLE - policy.FIRST_BATCH
    database.close()
