"""A campaign sender at work: its database, its clock, and a LINE whose phones count what arrives."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from bot.delivery.campaign_sender import CampaignSender
from bot.line.client import Message, Quota, Receipt, Sent
from bot.simulator.fake_line import FakeLine
from bot.storage import batches, campaigns
from bot.storage.audience import Audience, LeftOut
from bot.storage.campaigns import Campaign, Progress
from bot.storage.console_tables import campaign_batches
from bot.storage.database import Database
from bot.storage.tables import patients
from tests.delivery.doubles import PATIENCE, FakeClock, wait_until
from tests.storage.crowd import EVERYBODY, NOW, admit

ME = "me"
TOLD = [{"type": "text", "text": "膝の体操"}]
TOKYO = ZoneInfo("Asia/Tokyo")
UNREACHABLE = 0
"""Trouble: LINE cannot be reached, or gives no access token."""
LOST = -1
"""Trouble: LINE takes the call, and its answer is lost."""

_SENT = {200: Sent.ACCEPTED, 409: Sent.ACCEPTED, 429: Sent.BUSY, UNREACHABLE: Sent.BUSY}


@dataclass(frozen=True)
class Call:
    """One multicast as it left."""

    user_ids: tuple[str, ...]
    retry_key: str


class Phones:
    """LINE's multicast, straight into a fake LINE."""

    def __init__(self, clock: FakeClock, monthly_quota: int | None = None) -> None:
        self.fake = FakeLine(
            "secret", lambda: datetime.fromtimestamp(clock() / 1000, UTC), lambda *_: 200, monthly_quota=monthly_quota
        )
        self.calls: list[Call] = []
        self.trouble: deque[int] = deque()
        """What the next calls meet: a status, `UNREACHABLE` or `LOST`."""
        self.invalid: set[str] = set()
        """Ids for which LINE refuses the whole call."""
        self.refuses_everything = False
        self.open = threading.Event()
        self.open.set()
        """While it is not set, calls wait before LINE takes them."""
        self._lock = threading.Lock()

    def friends(self, count: int) -> list[str]:
        """So many people who have added the account."""
        users = [self.fake.chats.add(f"P{i}") for i in range(count)]
        for user in users:
            self.fake.chats.set_status(user, "friend")
        return [user.id for user in users]

    def multicast(self, user_ids: Sequence[str], messages: Sequence[Message], retry_key: str) -> Receipt:
        with self._lock:
            self.calls.append(Call(tuple(user_ids), retry_key))
            trouble = self.trouble.popleft() if self.trouble else None
        self.open.wait(PATIENCE)
        if trouble is not None and trouble != LOST:
            return _receipt(trouble)
        if self.refuses_everything or self.invalid.intersection(user_ids):
            return _receipt(400)
        status = self.fake.multicast({"to": list(user_ids), "messages": list(messages)}, retry_key).status
        return Receipt(Sent.UNCERTAIN, 0, "") if trouble == LOST else _receipt(status)

    def quota(self) -> Quota | None:
        limit, used = self.fake.quota().body, self.fake.consumption().body
        return Quota(limit.get("value"), used["totalUsage"])

    def arrived(self) -> Counter[str]:
        """How often each phone got it; who got nothing is not in it."""
        counted = {user["id"]: len(self.fake.chat(user["id"])) for user in self.fake.users()}
        return Counter({id: times for id, times in counted.items() if times})

    @property
    def sizes(self) -> list[int]:
        """How many people each call was for."""
        return [len(call.user_ids) for call in self.calls]


def _receipt(status: int) -> Receipt:
    refused = Sent.REFUSED if 400 <= status < 500 else Sent.UNCERTAIN
    return Receipt(_SENT.get(status, refused), status, "R1")


class CampaignOffice:
    """What the tests of the campaign sender talk to. It looks for work when it is told to."""

    def __init__(
        self,
        database: Database,
        owner: str = ME,
        beside: CampaignOffice | None = None,
        threads: int = 4,
        monthly_quota: int | None = None,
        zone: tzinfo = TOKYO,
    ) -> None:
        """
        Args:
            beside: another process, with the same clock and the same LINE.
            zone: where the clinic is.
        """
        self.database = database
        self.zone = zone
        self.clock = beside.clock if beside else FakeClock(NOW)
        self.line = beside.line if beside else Phones(self.clock, monthly_quota)
        self.sender = CampaignSender(database, self.line, owner, zone, threads, self.clock)

    def close(self) -> None:
        self.line.open.set()
        self.sender.stop(PATIENCE)
        self.database.close()

    # -- staff ---------------------------------------------------------------------------------------------------------

    def admit(self, count: int, **columns: Any) -> list[str]:
        """So many patients who hold a phone; by id, as they are entered."""
        users = sorted(self.line.friends(count))
        admit(self.database, *users, **columns)
        return users

    def change(self, user: str, **columns: object) -> None:
        """Change what is known of a patient."""
        values = update(patients).where(patients.c.user_id == user).values(**columns)
        self.database.transact(lambda connection: connection.execute(values).rowcount)

    def confirm(
        self, audience: Audience = EVERYBODY, guidebook: str | None = "osteoarthritis", starts_in: int = 0
    ) -> int:
        """Confirm a campaign that starts in so many milliseconds."""
        now = self.clock()

        def work(connection: Any) -> int:
            id = campaigns.add(connection, guidebook, None, audience, False, None, now)
            assert campaigns.confirm(connection, id, 1, TOLD, 0, now + starts_in, None, now)
            return id

        return self.database.transact(work)

    def pause(self, id: int) -> None:
        version = self.find(id).version
        assert self.database.transact(lambda connection: campaigns.pause(connection, id, version, "by hand"))

    def resume(self, id: int) -> None:
        version = self.find(id).version
        assert self.database.transact(lambda connection: campaigns.resume(connection, id, version))

    def cancel(self, id: int) -> None:
        version = self.find(id).version
        assert self.database.transact(lambda connection: campaigns.cancel(connection, id, version, self.clock()))

    def send_rest_again(self, id: int) -> None:
        version = self.find(id).version
        assert self.database.transact(lambda c: batches.send_rest_again(c, id, version, self.clock()))

    # -- the sender ----------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Do everything that there is to do at this moment."""
        while not self.sender.work_once():
            self.wait_until_idle()

    def work_later(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)
        self.work()

    def work_at(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """The same at a time of the clinic, on this day or so many days later."""
        self.be_at(hour, minute, days)
        self.work()

    def be_at(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """Set the clock to a time of the clinic, on this day or so many days later."""
        today = datetime.fromtimestamp(self.clock() / 1000, self.zone)
        then = (today + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.clock.now = int(then.timestamp() * 1000)

    def look_until_called(self) -> None:
        """Look until a call has left, and wait for no answer."""
        before = len(self.line.calls)
        while len(self.line.calls) == before:
            self.sender.work_once()

    def wait_until_idle(self) -> None:
        """Nothing of this process is on its way."""
        wait_until(lambda: not any(row.lease_owner == self.sender.owner for row in self.rows()))

    # -- what came of it -----------------------------------------------------------------------------------------------

    def find(self, id: int) -> Campaign:
        found = self.database.read(lambda connection: campaigns.find(connection, id))
        assert found
        return found

    def state(self, id: int) -> str:
        return self.find(id).state

    def progress(self, id: int) -> Progress:
        return self.database.read(lambda connection: campaigns.progress(connection, id))

    def left_out(self, id: int) -> dict[LeftOut, int]:
        return self.database.read(lambda connection: campaigns.left_out(connection, id))

    def rows(self) -> list[Any]:
        statement = select(campaign_batches).order_by(campaign_batches.c.id)
        return list(self.database.read(lambda connection: connection.execute(statement).all()))


def once(users: Iterable[str]) -> Counter[str]:
    """What `Phones.arrived` shows when each of them got it exactly once and nobody else got anything."""
    return Counter(users)
