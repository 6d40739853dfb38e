"""Whatever becomes due in the night waits until the morning of the clinic."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from bot.delivery import policy
from bot.storage.campaigns import Progress
from bot.storage.database import Database
from tests.delivery.campaign_office import LOST, CampaignOffice, once

HOUR = 3_600_000
PAUSE = policy.FIRST_BATCH_PAUSE


def test_after_an_outage_over_the_evening_it_begins_in_the_morning(office: CampaignOffice) -> None:
    users = office.admit(30)
    office.be_at(17)
    id = office.confirm(starts_in=HOUR)
    for hour, minute, days in ((20, 0, 0), (23, 59, 0), (0, 0, 1), (7, 59, 0)):
        office.work_at(hour, minute, days)
        assert (office.line.calls, office.state(id)) == ([], "scheduled")
    office.work_at(8)
    assert office.line.arrived() == once(users[:20])
    office.work_later(PAUSE)
    assert office.line.arrived() == once(users)


def test_the_rest_after_a_first_batch_in_the_evening(office: CampaignOffice) -> None:
    users = office.admit(30)
    office.be_at(19, 59)
    id = office.confirm()
    office.work()
    assert office.line.sizes == [20]
    office.work_later(PAUSE)
    assert (office.line.sizes, office.state(id)) == ([20], "sending")
    office.work_at(8, days=1)
    assert office.line.arrived() == once(users)


def test_a_batch_without_a_clear_answer_keeps_its_key_over_the_night(office: CampaignOffice) -> None:
    users = office.admit(5)
    office.be_at(19, 59)
    id = office.confirm()
    office.line.trouble.append(LOST)
    office.work()
    office.work_at(20)
    assert len(office.line.calls) == 1
    office.work_at(8, days=1)
    assert office.line.calls == [office.line.calls[0]] * 2
    assert (office.progress(id), office.line.arrived()) == (Progress(sent=5), once(users))


def test_who_opts_out_in_the_night_gets_nothing_in_the_morning(office: CampaignOffice) -> None:
    users = office.admit(5)
    office.be_at(19)
    office.confirm(starts_in=HOUR)
    office.work_at(22)
    office.change(users[0], news_off_at=office.clock())
    office.work_at(8, days=1)
    assert office.line.arrived() == once(users[1:])


def test_it_is_prepared_all_the_same(office: CampaignOffice) -> None:
    office.admit(30)
    office.be_at(23)
    id = office.confirm()
    office.work()
    assert (office.state(id), office.progress(id), office.line.calls) == ("scheduled", Progress(waiting=30), [])


class TestSomewhereElse:
    @pytest.fixture
    def office(self, database: Database) -> Iterator[CampaignOffice]:
        """A clinic where it is night while it is day in Japan."""
        office = CampaignOffice(database, zone=ZoneInfo("America/New_York"))
        yield office
        office.close()

    def test_it_is_night_where_the_clinic_is(self, office: CampaignOffice) -> None:
        users = office.admit(5)
        office.be_at(3)
        office.confirm()
        office.work()
        assert office.line.calls == []
        office.work_at(8)
        assert office.line.arrived() == once(users)
