"""A campaign to 1,200 people, from the owner's login on a phone to the last of them, with a crash in between."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from bot.simulator.messaging_api import Answer, answer
from bot.storage.audience import LeftOut
from bot.storage.campaigns import Progress
from tests.delivery.doubles import wait_until
from tests.server.platform import Platform
from tests.server.processes import PATIENCE, Server, free_port, serving
from tests.server.watched_line import WatchedLine
from tests.storage.crowd import admit
from tests.support import campaign_steps as steps
from tests.support.campaign_book import CampaignBook
from tests.support.daytime import zone_at_noon

pytestmark = pytest.mark.browser

RECIPIENTS, INJURED, BLOCKED, OPTED_OUT = 1_200, 50, 30, 20
TESTERS = ("Mari", "Ken")
FIRST = 20
WITHIN = 20_000
"""Milliseconds; a bound for something broken."""

Start = Callable[[], AbstractContextManager[Server]]


class Fate(Enum):
    """What becomes of a multicast.

    TAKEN: LINE takes it and says so.
    UNANSWERED: LINE takes it, and does not get to say so.
    LOST: LINE never gets it.
    """

    TAKEN = auto()
    UNANSWERED = auto()
    LOST = auto()


class StuckLine(WatchedLine):
    """Calls get stuck as `fates` says, until they are let go; when it says nothing more, they are taken."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.fates: deque[Fate] = deque()
        self.stuck = 0
        self.let_go = threading.Event()
        self._lock = threading.Lock()

    def multicast(self, body: dict[str, Any], retry_key: str | None = None) -> Answer:
        with self._lock:
            fate = self.fates.popleft() if self.fates else Fate.TAKEN
        given = answer(503) if fate is Fate.LOST else super().multicast(body, retry_key)
        if fate is not Fate.TAKEN:
            self.stuck += 1
            self.let_go.wait(PATIENCE)
        return given


class Crowd:
    """Everybody who has the account as a friend. The phones would show a message that was sent to the wrong person."""

    def __init__(self, platform: Platform, book: CampaignBook) -> None:
        self._platform = platform
        self._book = book
        self.recipients = self._enter(RECIPIENTS)
        self._enter(INJURED, tags=["injured"])
        self._enter(BLOCKED, blocked_at=1)
        self._enter(OPTED_OUT, news_off_at=1)
        self.testers = [id for name in TESTERS for id in self._enter(1, tags=["staff"], name=name)]

    def _enter(self, count: int, **about: Any) -> list[str]:
        users = [self._platform.fake.chats.add("somebody") for _ in range(count)]
        for user in users:
            self._platform.fake.chats.set_status(user, "friend")
        ids = [user.id for user in users]
        admit(self._book.database, *ids, **about)
        return ids

    def got(self) -> Counter[str]:
        """How many messages stand on each phone; who got none is not in it."""
        fake = self._platform.fake
        return +Counter({user["id"]: len(fake.chat(user["id"])) for user in fake.users()})


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform().running() as platform:
        yield platform


@pytest.fixture
def line(platform: Platform) -> Iterator[StuckLine]:
    line = StuckLine(platform)
    yield line
    line.let_go.set()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[CampaignBook]:
    book = CampaignBook(f"sqlite:///{tmp_path}/clinic.db")
    yield book
    book.close()


@pytest.fixture
def crowd(platform: Platform, book: CampaignBook) -> Crowd:
    return Crowd(platform, book)


@pytest.fixture
def zone() -> str:
    return zone_at_noon()


@pytest.fixture
def start(platform: Platform, book: CampaignBook, tmp_path: Path, zone: str) -> Start:
    """Starts the server, always at the same address."""
    settings = {
        **platform.settings,
        "DATABASE_URL": book.database.url.render_as_string(),
        "SECRET_KEY": "of the test",
        "TZ_NAME": zone,
    }
    return partial(serving, "serve", tmp_path, settings, free_port())


def test_1200_people_get_it_once_and_nobody_else_does(
    start: Start, book: CampaignBook, crowd: Crowd, line: StuckLine, zone: str, open_page: Callable[[str], Page]
) -> None:
    with start() as server:
        server.wait_until_ready()
        owner = steps.log_in(open_page(f"{server.url}/console/login"))
        owner.goto(f"{server.url}/console/campaigns/")
        faults: list[str] = []
        owner.on("pageerror", lambda error: faults.append(str(error)))

        choose_people(owner)
        try_it_on_staff(owner, crowd)
        tomorrow = datetime.now(ZoneInfo(zone)) + timedelta(days=1)
        steps.choose_time(owner, f"{tomorrow:%Y-%m-%dT10:00}")
        expect(owner.locator("#start")).to_contain_text(f"{tomorrow:%Y-%m-%d 10:00}")
        id = steps.confirm(owner, RECIPIENTS)
        expect(owner.locator("#hold")).to_be_visible()

        let_the_first_ones_get_it(owner, book, line, id)
        kill_it_in_mid_send(server, book, line, id)
    with start() as server:
        server.wait_until_ready()
        # The page was open all the time, and goes on by itself.
        expect(owner.locator('[data-state="done"]')).to_be_visible(timeout=WITHIN)
        assert line.reached() == Counter(crowd.recipients)
        assert crowd.got() == Counter(crowd.recipients + crowd.testers)
        check_the_numbers(owner, book, line, id)
        assert faults == []
        assert server.terminate() == 0


def choose_people(owner: Page) -> None:
    steps.choose_guidebook(owner, "self_care")
    reached = owner.locator("#count [data-reached]")
    expect(reached).to_have_attribute("data-number", str(RECIPIENTS + INJURED + len(TESTERS)))
    steps.leave_out(owner, "injured", "staff")
    expect(reached).to_have_attribute("data-number", str(RECIPIENTS))
    owner.locator("[data-total]").click()
    expect(owner.locator("#left-opted_out")).to_be_in_viewport(ratio=1)
    check_who_is_left_out(owner)
    assert steps.width_beyond(owner) <= 0
    steps.to_the_preview(owner)


def check_who_is_left_out(owner: Page) -> None:
    expect(owner.locator("#left-blocked dd")).to_contain_text(str(BLOCKED))
    expect(owner.locator("#left-opted_out dd")).to_contain_text(str(OPTED_OUT))
    expect(owner.locator(".left-out > div")).to_have_count(2)


def try_it_on_staff(owner: Page, crowd: Crowd) -> None:
    expect(owner.locator(".line-room [data-testid=flex-bubble]").first).to_be_visible()
    steps.send_test(owner)
    expect(owner.locator(".alert-success")).to_have_count(len(TESTERS))
    expect(owner.locator(".alert-success").last).to_be_in_viewport()
    assert crowd.got() == Counter(crowd.testers)


def let_the_first_ones_get_it(owner: Page, book: CampaignBook, line: StuckLine, id: int) -> None:
    book.wait_until_prepared(id)
    assert line.reached() == Counter()
    book.make_due(id)
    expect(owner.locator('[data-number="sent"]')).to_have_text(str(FIRST), timeout=WITHIN)
    assert line.reached().total() == FIRST


def kill_it_in_mid_send(server: Server, book: CampaignBook, line: StuckLine, id: int) -> None:
    """Of the three multicasts of the rest one is settled; the server waits for the answers to the others."""
    line.fates.extend(Fate)
    book.make_due(id)
    wait_until(lambda: line.stuck == 2 and book.progress(id).sent > FIRST, PATIENCE)
    server.kill()
    line.let_go.set()
    killed_at = book.progress(id)
    assert killed_at.waiting == RECIPIENTS - killed_at.sent
    assert FIRST < killed_at.sent < line.reached().total() < RECIPIENTS


def check_the_numbers(owner: Page, book: CampaignBook, line: StuckLine, id: int) -> None:
    """The page, the ledger and LINE say the same."""
    assert book.progress(id) == Progress(sent=RECIPIENTS)
    assert book.left_out(id) == {LeftOut.BLOCKED: BLOCKED, LeftOut.OPTED_OUT: OPTED_OUT}
    for name, number in {"sent": RECIPIENTS, "waiting": 0, "refused": 0, "unclear": 0}.items():
        expect(owner.locator(f'[data-number="{name}"]')).to_have_text(f"{number:,}")
    check_who_is_left_out(owner)
    # LINE knew the one whose answer had not come.
    assert (len(line.accepted), line.repeated, book.keys_tried(id)) == (4, 1, 4)
