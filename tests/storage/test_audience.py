"""Who a campaign reaches, and why somebody of its audience gets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Connection, delete, select, update

from bot.storage import batches, campaigns
from bot.storage.audience import AskedFor, Audience, Criterion, EndedAt, HasTag, LeftOut, SeenWithin, Speaks
from bot.storage.audience_query import Count, Purpose, count, members
from bot.storage.console_tables import campaign_batches, campaign_recipients, sequence_steps
from bot.storage.console_tables import campaigns as campaigns_table
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import exchanges, patient_tags, patients
from tests.storage.crowd import DAY, EVERYBODY, NOW, admit

BOOK = "osteoarthritis"
OF_BOOK = Purpose(None, BOOK)
OWN_WORDS = Purpose(None, None)
TOLD = [{"type": "text", "text": "hello"}]

OVER_60, INJURED = HasTag(tag="over_60"), HasTag(tag="injured")


class Door:
    """Who of an audience gets in."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def let_in(self, audience: Audience, purpose: Purpose = OWN_WORDS, now: int = NOW) -> set[str]:
        """Those who would get it."""
        return {user for user, reason in self._rows(audience, purpose, now) if reason is None}

    def why(self, user: str, purpose: Purpose = OWN_WORDS, now: int = NOW) -> str | None:
        """Why somebody is left out."""
        return dict(self._rows(EVERYBODY, purpose, now))[user]

    def count(self, audience: Audience = EVERYBODY, purpose: Purpose = OWN_WORDS, now: int = NOW) -> Count:
        return self.database.read(lambda connection: count(connection, audience, purpose, now))

    def _rows(self, audience: Audience, purpose: Purpose, now: int) -> list[Any]:
        return self.database.read(lambda connection: connection.execute(members(audience, purpose, now)).all())


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


class TestCriteria:
    @pytest.fixture(autouse=True)
    def three_patients(self, database: Database) -> None:
        admit(database, "old", tags=["over_60"], urgency="soon_2w", seen_at=NOW - 10 * DAY, asked_for=[BOOK])
        admit(database, "hurt", tags=["over_60", "injured"], urgency="self_care_watch", seen_at=NOW - 30 * DAY)
        admit(database, "new", language="en", asked_for=["other_book"])

    @pytest.mark.parametrize(
        ("criterion", "who"),
        [
            (OVER_60, {"old", "hurt"}),
            (INJURED, {"hurt"}),
            (HasTag(tag="nobody"), set()),
            (EndedAt(urgency="soon_2w"), {"old"}),
            (EndedAt(urgency="same_day"), set()),
            (SeenWithin(days=10), {"old"}),
            (SeenWithin(days=9), set()),
            (SeenWithin(days=30), {"old", "hurt"}),
            (AskedFor(guidebook=BOOK), {"old"}),
            (Speaks(language="ja"), {"old", "hurt"}),
            (Speaks(language="en"), {"new"}),
        ],
    )
    def test_a_criterion_holds_for_some_and_its_opposite_for_all_others(
        self, door: Door, criterion: Criterion, who: set[str]
    ) -> None:
        assert door.let_in(Audience(all=(criterion,))) == who
        assert door.let_in(Audience(any=(criterion,))) == who
        assert door.let_in(Audience(none=(criterion,))) == {"old", "hurt", "new"} - who

    @pytest.mark.parametrize(
        ("audience", "who"),
        [
            (EVERYBODY, {"old", "hurt", "new"}),
            (Audience(all=(OVER_60, INJURED)), {"hurt"}),
            (Audience(any=(INJURED, Speaks(language="en"))), {"hurt", "new"}),
            (Audience(none=(INJURED, Speaks(language="en"))), {"old"}),
            (Audience(all=(OVER_60,), none=(INJURED,)), {"old"}),
            (Audience(all=(OVER_60,), any=(INJURED, Speaks(language="en"))), {"hurt"}),
            (Audience(all=(OVER_60,), any=(INJURED,), none=(Speaks(language="ja"),)), set()),
        ],
    )
    def test_all_of_some_one_of_others_none_of_the_rest(self, door: Door, audience: Audience, who: set[str]) -> None:
        assert door.let_in(audience) == who

    def test_it_is_stored_as_json_and_read_back(self) -> None:
        audience = Audience(all=(OVER_60, SeenWithin(days=7)), any=(EndedAt(urgency="soon_2w"),), none=(INJURED,))
        assert Audience.model_validate_json(audience.model_dump_json()) == audience

    @pytest.mark.parametrize(
        "wrong",
        [
            {"all": [{"kind": "asked_for", "guidebook": "膝"}]},
            {"all": [{"kind": "tag", "tag": ""}]},
            {"any": [{"kind": "seen_within", "days": 0}]},
            {"none": [{"kind": "urgency", "urgency": "urgent"}]},
            {"all": [{"kind": "shoe_size", "size": 42}]},
            {"some": []},
        ],
    )
    def test_what_is_no_criterion_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Audience.model_validate(wrong)


AGAINST: dict[LeftOut, dict[str, Any]] = {
    LeftOut.BLOCKED: {"blocked_at": NOW - 1},
    LeftOut.OPTED_OUT: {"news_off_at": NOW - 1},
    LeftOut.NO_CONSENT: {"news_at": None},
    LeftOut.WITH_STAFF: {"asked_for_staff_at": NOW - 1},
    LeftOut.URGENT: {"urgency": "same_day", "urgency_at": NOW - 1},
}
"""What tells against a campaign, by the reason that it gives."""


class TestLeftOut:
    @pytest.mark.parametrize("reason", AGAINST)
    def test_one_thing_that_tells_against_it_is_the_reason(
        self, door: Door, database: Database, reason: LeftOut
    ) -> None:
        admit(database, "U1", **AGAINST[reason])
        assert door.why("U1") == reason
        assert door.count() == Count(0, {reason: 1})

    @pytest.mark.parametrize("first", AGAINST)
    def test_of_several_the_first_counts(self, door: Door, database: Database, first: LeftOut) -> None:
        order = list(AGAINST)
        columns: dict[str, Any] = {}
        for reason in order[order.index(first) :]:
            columns |= AGAINST[reason]
        admit(database, "U1", **columns)
        self_pay = Purpose(None, BOOK, only_to_who_asked=True)
        assert door.why("U1", self_pay) == first

    def test_who_is_left_out_for_nothing_else_must_have_asked_and_not_have_it(
        self, door: Door, database: Database
    ) -> None:
        admit(database, "U1", "U2", asked_for=[BOOK])
        admit(database, "U3")
        gets(database, BOOK, "U2", "U3")
        self_pay = Purpose(None, BOOK, only_to_who_asked=True)
        assert [door.why(user, self_pay) for user in ("U1", "U2", "U3")] == [None, LeftOut.ALREADY, LeftOut.NOT_ASKED]

    def test_who_talks_with_staff_is_left_out_as_long_as_the_bot_is_silent(
        self, door: Door, database: Database
    ) -> None:
        admit(database, "U1", paused_until=NOW)
        assert door.why("U1", now=NOW - 1) == LeftOut.WITH_STAFF
        assert door.why("U1", now=NOW) is None

    @pytest.mark.parametrize("urgency", ["emergency_now", "same_day"])
    def test_an_urgent_outcome_counts_for_two_weeks(self, door: Door, database: Database, urgency: str) -> None:
        admit(database, "U1", urgency=urgency, urgency_at=NOW)
        assert door.why("U1", now=NOW + 14 * DAY - 1) == LeftOut.URGENT
        assert door.why("U1", now=NOW + 14 * DAY) is None

    @pytest.mark.parametrize("urgency", ["soon_2w", "self_care_watch"])
    def test_another_outcome_tells_against_nothing(self, door: Door, database: Database, urgency: str) -> None:
        admit(database, "U1", urgency=urgency, urgency_at=NOW)
        assert door.why("U1") is None

    def test_a_guidebook_of_self_pay_treatment_goes_only_to_who_asked_for_it(
        self, door: Door, database: Database
    ) -> None:
        admit(database, "asked", asked_for=[BOOK])
        admit(database, "asked for another one", asked_for=["other_book"])
        self_pay = Purpose(None, BOOK, only_to_who_asked=True)
        assert door.let_in(EVERYBODY, self_pay) == {"asked"}
        assert door.count(purpose=self_pay) == Count(1, {LeftOut.NOT_ASKED: 1})
        assert door.let_in(EVERYBODY, OF_BOOK) == {"asked", "asked for another one"}

    def test_reasons_are_counted_in_their_order_and_only_of_the_audience(self, door: Door, database: Database) -> None:
        for number, (reason, columns) in enumerate(AGAINST.items(), start=1):
            admit(database, *(f"{reason} {i}" for i in range(number)), tags=["over_60"], **columns)
        admit(database, "reached", tags=["over_60"])
        admit(database, "of no interest", blocked_at=NOW)
        found = door.count(Audience(all=(OVER_60,)))
        assert (found.reached, list(found.left_out.items())) == (1, [(r, i) for i, r in enumerate(AGAINST, start=1)])

    def test_nobody_is_nobody(self, door: Door) -> None:
        assert door.count() == Count(0, {})


def gets(
    database: Database,
    guidebook: str | None,
    *users: str,
    campaign: str = "done",
    batch: str = "sent",
    first_tried_at: int | None = NOW,
) -> int:
    """A campaign that reaches exactly these with one batch; both are in a state. Its id."""

    def work(connection: Connection) -> int:
        text = None if guidebook else "hello"
        id = campaigns.add(connection, guidebook, text, EVERYBODY, False, None, NOW)
        connection.execute(update(campaigns_table).where(campaigns_table.c.id == id).values(state=campaign))
        row = {"campaign_id": id, "state": batch, "size": len(users), "retry_key": "K", "due_at": NOW, "attempts": 0}
        added = connection.execute(campaign_batches.insert(), {**row, "first_tried_at": first_tried_at})
        entered = {"campaign_id": id, "batch_id": added.inserted_primary_key[0]}
        connection.execute(campaign_recipients.insert(), [{**entered, "user_id": user} for user in users])
        return id

    return database.transact(work)


class TestAlready:
    """ALREADY looks at what other campaigns did, or are about to do, with the same guidebook."""

    @pytest.fixture(autouse=True)
    def one_patient(self, database: Database) -> None:
        admit(database, "U1")

    @pytest.mark.parametrize("campaign", ["sending", "paused", "cancelled", "done"])
    @pytest.mark.parametrize("batch", ["sent", "unclear"])
    def test_who_has_it_or_may_have_it_does_not_get_it_again(
        self, door: Door, database: Database, campaign: str, batch: str
    ) -> None:
        gets(database, BOOK, "U1", campaign=campaign, batch=batch)
        assert door.why("U1", OF_BOOK) == LeftOut.ALREADY

    @pytest.mark.parametrize("campaign", ["preparing", "scheduled", "sending", "paused"])
    def test_nor_who_waits_for_it_in_another_campaign(self, door: Door, database: Database, campaign: str) -> None:
        gets(database, BOOK, "U1", campaign=campaign, batch="waiting", first_tried_at=None)
        assert door.why("U1", OF_BOOK) == LeftOut.ALREADY

    @pytest.mark.parametrize(("campaign", "batch"), [("cancelled", "waiting"), ("done", "refused")])
    def test_who_never_got_it_may_get_it(self, door: Door, database: Database, campaign: str, batch: str) -> None:
        gets(database, BOOK, "U1", campaign=campaign, batch=batch, first_tried_at=None)
        assert door.why("U1", OF_BOOK) is None

    def test_a_batch_that_was_on_its_way_when_it_was_cancelled_may_have_arrived(
        self, door: Door, database: Database
    ) -> None:
        gets(database, BOOK, "U1", campaign="cancelled", batch="waiting")
        assert door.why("U1", OF_BOOK) == LeftOut.ALREADY

    def test_nor_who_got_it_after_an_outcome(self, door: Door, database: Database) -> None:
        step = {"user_id": "U1", "sequence": "after_w3", "guidebook": BOOK, "due_at": NOW}
        database.transact(lambda connection: connection.execute(sequence_steps.insert(), step).rowcount)
        assert door.why("U1", OF_BOOK) is None
        database.transact(lambda connection: connection.execute(update(sequence_steps).values(sent_at=NOW)).rowcount)
        assert door.why("U1", OF_BOOK) == LeftOut.ALREADY

    def test_who_was_left_out_of_the_other_campaign_may_get_it(self, door: Door, database: Database) -> None:
        id = gets(database, BOOK, "U2")
        row = {"campaign_id": id, "user_id": "U1", "batch_id": None, "left_out": "with_staff"}
        database.transact(lambda connection: connection.execute(campaign_recipients.insert(), row).rowcount)
        assert door.why("U1", OF_BOOK) is None

    def test_a_campaign_does_not_stand_in_its_own_way(self, door: Door, database: Database) -> None:
        id = gets(database, BOOK, "U1", campaign="sending", batch="waiting")
        assert door.why("U1", Purpose(id, BOOK)) is None

    def test_another_guidebook_is_another_matter(self, door: Door, database: Database) -> None:
        gets(database, "other_book", "U1")
        assert door.why("U1", OF_BOOK) is None

    def test_own_words_can_be_sent_any_number_of_times(self, door: Door, database: Database) -> None:
        gets(database, None, "U1")
        assert door.why("U1", OWN_WORDS) is None
        assert door.why("U1", OF_BOOK) is None


# -- any patients ------------------------------------------------------------------------------------------------------

MOMENTS = st.sampled_from([None, NOW - 20 * DAY, NOW - 14 * DAY, NOW - 1, NOW, NOW + 1])
PATIENTS = st.lists(
    st.fixed_dictionaries(
        {
            "blocked_at": st.sampled_from([None, None, NOW]),
            "news_at": st.sampled_from([NOW, NOW, None]),
            "news_off_at": st.sampled_from([None, None, NOW]),
            "asked_for_staff_at": st.sampled_from([None, None, NOW]),
            "paused_until": MOMENTS,
            "seen_at": MOMENTS,
            "urgency": st.sampled_from([None, "emergency_now", "same_day", "soon_2w", "self_care_watch"]),
            "urgency_at": MOMENTS,
            "language": st.sampled_from(["ja", "en"]),
            "tags": st.sets(st.sampled_from(["over_60", "injured"])),
            "asked_for": st.sets(st.just(BOOK)),
            "has_it": st.booleans(),
        }
    ),
    max_size=25,
)
CRITERIA = st.lists(
    st.sampled_from(
        [
            OVER_60,
            INJURED,
            SeenWithin(days=14),
            EndedAt(urgency="soon_2w"),
            AskedFor(guidebook=BOOK),
            Speaks(language="en"),
        ]
    ),
    max_size=2,
    unique=True,
).map(tuple)
AUDIENCES = st.builds(Audience, all=CRITERIA, any=CRITERIA, none=CRITERIA)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples; each begins with nobody in it."""
    path: Path = tmp_path_factory.mktemp("house") / "hizaura.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    yield database
    database.close()


@given(PATIENTS, AUDIENCES, st.sampled_from([None, BOOK]), st.booleans(), st.integers(1, 7))
def test_what_was_counted_is_what_is_prepared(
    house: Database,
    people: list[dict[str, Any]],
    audience: Audience,
    guidebook: str | None,
    only_to_who_asked: bool,
    at_once: int,
) -> None:
    nobody_in(house)
    for number, person in enumerate(people):
        columns = dict(person)
        has_it = columns.pop("has_it")
        admit(house, f"U{number:02}", **columns)
        if has_it:
            gets(house, BOOK, f"U{number:02}")
    counted = house.read(
        lambda connection: count(connection, audience, Purpose(None, guidebook, only_to_who_asked), NOW)
    )

    def work(connection: Connection) -> int:
        id = campaigns.add(connection, guidebook, None, audience, only_to_who_asked, None, NOW)
        campaigns.confirm(connection, id, 1, TOLD, counted.reached, NOW, None, NOW)
        campaign = campaigns.find(connection, id)
        assert campaign
        while batches.prepare(connection, campaign, NOW, first=3, first_pause=1, most=at_once):
            pass
        return id

    id = house.transact(work)
    progress = house.read(lambda connection: campaigns.progress(connection, id))
    left_out = house.read(lambda connection: campaigns.left_out(connection, id))
    assert (progress.waiting, left_out) == (counted.reached, counted.left_out)
    entered = select(campaign_recipients.c.user_id).where(campaign_recipients.c.campaign_id == id)
    assert len(house.read(lambda connection: connection.execute(entered).all())) == progress.total + sum(
        left_out.values()
    )


def nobody_in(database: Database) -> None:
    tables = (patients, patient_tags, exchanges, campaigns_table, campaign_batches, campaign_recipients)
    database.transact(lambda connection: [connection.execute(delete(table)).rowcount for table in tables])
