"""What the ledger tells of what patients have got."""

from __future__ import annotations

import pytest

from bot.storage import campaigns, receipts
from bot.storage.audience import Audience, HasTag
from bot.storage.batches import REFUSED, SENT, UNCLEAR
from bot.storage.database import Database
from bot.storage.patients import forget_patient
from bot.storage.receipts import Received, SameWords
from tests.storage.campaigns.ledger import FIRST, NOW, PAUSE, TOLD, Ledger
from tests.storage.crowd import EVERYBODY, admit, names


def received(ledger: Ledger, user: str, since: int | None = None, until: int | None = None) -> list[Received]:
    found: list[Received] = ledger.run(receipts.of_patient, user, since, until)
    return found


def same_words(ledger: Ledger, draft: int, now: int = NOW) -> list[SameWords]:
    found: list[SameWords] = ledger.run(receipts.same_words, ledger.find(draft), now)
    return found


class TestWhatAPatientGot:
    @pytest.fixture(autouse=True)
    def patient(self, database: Database) -> None:
        admit(database, "U1", "U2")

    def test_it_is_told_as_it_went_out(self, ledger: Ledger) -> None:
        id = ledger.prepared()
        assert received(ledger, "U1") == []
        ledger.settle(*ledger.lease())
        assert received(ledger, "U1") == [Received(NOW, ledger.find(id), TOLD)]

    @pytest.mark.parametrize("state", [REFUSED, UNCLEAR])
    def test_what_may_not_have_arrived_is_not_told(self, ledger: Ledger, state: str) -> None:
        ledger.prepared()
        ledger.settle(*ledger.lease(), state=state)
        assert received(ledger, "U1") == []

    def test_who_was_left_out_got_nothing(self, ledger: Ledger, database: Database) -> None:
        admit(database, "B1", blocked_at=NOW)
        ledger.prepared()
        ledger.settle(*ledger.lease())
        assert received(ledger, "B1") == []

    def test_of_some_time(self, ledger: Ledger) -> None:
        ledger.prepared()
        ledger.settle(*ledger.lease())
        spans = [(None, NOW), (NOW, None), (None, NOW + 1), (NOW + 1, None), (NOW, NOW + 1)]
        assert [len(received(ledger, "U1", *span)) for span in spans] == [0, 1, 1, 0, 1]

    def test_after_the_data_were_deleted_nothing_is_left(self, ledger: Ledger) -> None:
        ledger.prepared()
        ledger.settle(*ledger.lease())
        ledger.run(forget_patient, "U1")
        assert received(ledger, "U1") == []
        assert len(received(ledger, "U2")) == 1


class TestTheSameWords:
    @pytest.fixture(autouse=True)
    def crowd(self, database: Database) -> None:
        admit(database, *names(FIRST + 10))

    def test_those_who_got_them_are_counted(self, ledger: Ledger, database: Database) -> None:
        first = ledger.prepared(guidebook=None)
        ledger.settle(*ledger.lease())
        ledger.settle(*ledger.lease(NOW + PAUSE))
        admit(database, "N1")
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, FIRST + 10, NOW + PAUSE)]

    def test_only_those_whom_the_draft_would_reach(self, ledger: Ledger, database: Database) -> None:
        admit(database, "T1", "T2", tags=["over_60"])
        first = ledger.prepared(Audience(all=(HasTag(tag="over_60"),)), guidebook=None)
        ledger.settle(*ledger.lease())
        ledger.change("T1", news_off_at=NOW)
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, 1, NOW)]
        assert same_words(ledger, ledger.draft(Audience(none=(HasTag(tag="over_60"),)), guidebook=None)) == []

    def test_those_who_are_about_to_get_them_count_too(self, ledger: Ledger) -> None:
        first = ledger.prepared(guidebook=None)
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, FIRST + 10, None)]
        ledger.settle(*ledger.lease())
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, FIRST + 10, None)]

    def test_of_a_cancelled_campaign_only_those_who_have_them(self, ledger: Ledger) -> None:
        first = ledger.prepared(guidebook=None)
        ledger.settle(*ledger.lease())
        ledger.run(campaigns.cancel, first, ledger.find(first).version, NOW)
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, FIRST, NOW)]

    def test_what_was_refused_can_be_said_again(self, ledger: Ledger) -> None:
        first = ledger.prepared(guidebook=None)
        ledger.settle(*ledger.lease(), state=REFUSED)
        ledger.run(campaigns.cancel, first, ledger.find(first).version, NOW)
        assert same_words(ledger, ledger.draft(guidebook=None)) == []

    def test_what_may_have_arrived_counts(self, ledger: Ledger) -> None:
        first = ledger.prepared(guidebook=None)
        ledger.settle(*ledger.lease(), state=UNCLEAR)
        ledger.run(campaigns.cancel, first, ledger.find(first).version, NOW)
        assert same_words(ledger, ledger.draft(guidebook=None)) == [SameWords(first, FIRST, NOW)]

    def test_other_words_drafts_and_guidebooks_are_not_the_same(self, ledger: Ledger) -> None:
        ledger.prepared()
        ledger.draft(guidebook=None)
        ledger.prepared(guidebook=None)
        ledger.settle(*ledger.lease(), state=SENT)
        assert same_words(ledger, ledger.draft()) == []
        assert same_words(ledger, ledger.draft(guidebook=None, text="hello!")) == []

    def test_every_earlier_campaign_is_named_the_newest_first(self, ledger: Ledger) -> None:
        ids = [ledger.prepared(EVERYBODY, guidebook=None) for _ in range(2)]
        ledger.settle(*ledger.lease())
        assert [each.campaign_id for each in same_words(ledger, ledger.draft(guidebook=None))] == ids[::-1]
