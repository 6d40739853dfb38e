"""One audience that cannot be read costs no other, and reaches nobody."""

from __future__ import annotations

import pytest

from bot.storage import campaigns, export_rows, saved_audiences
from bot.storage.audience import UNREADABLE, Audience, HasTag
from bot.storage.audience_query import Purpose, members
from bot.storage.console_tables import audiences as kept
from bot.storage.console_tables import campaigns as campaigns_table
from bot.storage.database import Database
from tests.storage.crowd import EVERYBODY, NOW, admit

BOOK = "osteoarthritis"
OVER_60 = HasTag(tag="over_60")

STRANGE = ["{", "", "[]", '{"all": [{"kind": "shoe_size", "size": 42}]}', '{"some": []}']
"""Audiences that this version did not write."""


@pytest.mark.parametrize("stored", STRANGE)
def test_a_kept_one_stands_among_the_others(database: Database, stored: str) -> None:
    for name in ("a", "b"):
        database.transact(lambda c, name=name: saved_audiences.save(c, name, Audience(all=(OVER_60,)), False))
    database.transact(lambda c: c.execute(kept.update().where(kept.c.name == "a").values(definition=stored)))
    found = {each.name: each.audience for each in database.read(saved_audiences.everything)}
    assert found == {"a": UNREADABLE, "b": Audience(all=(OVER_60,))}
    assert [audience.is_readable for audience in found.values()] == [False, True]


@pytest.mark.parametrize("stored", STRANGE)
def test_that_of_a_campaign_hides_no_other(database: Database, stored: str) -> None:
    ids = [
        database.transact(lambda c: campaigns.add(c, BOOK, None, Audience(all=(OVER_60,)), False, None, NOW))
        for _ in range(2)
    ]
    strange = campaigns_table.update().where(campaigns_table.c.id == ids[0])
    database.transact(lambda c: c.execute(strange.values(audience=stored)))
    found = {each.id: each.audience.is_readable for each in database.read(campaigns.latest)}
    assert found == {ids[0]: False, ids[1]: True}


@pytest.mark.parametrize("mode", ["all", "any", "none"])
def test_it_reaches_nobody_whatever_is_asked_besides(database: Database, mode: str) -> None:
    admit(database, "old", tags=["over_60"])
    for audience in (UNREADABLE, Audience(**{"all": (OVER_60,), mode: UNREADABLE.all})):
        found = members(audience, Purpose(None, None), NOW)
        assert database.read(lambda c, found=found: c.execute(found).all()) == []


def test_it_stays_unreadable_when_it_is_stored_again(database: Database) -> None:
    database.transact(lambda c: saved_audiences.save(c, "a", UNREADABLE, False))
    (found,) = database.read(saved_audiences.everything)
    assert found.audience == UNREADABLE


def test_it_can_be_replaced_and_deleted(database: Database) -> None:
    database.transact(lambda c: saved_audiences.save(c, "a", UNREADABLE, False))
    assert database.transact(lambda c: saved_audiences.save(c, "a", EVERYBODY, True))
    (found,) = database.read(saved_audiences.everything)
    assert found.audience == EVERYBODY
    assert database.transact(lambda c: saved_audiences.remove(c, found.id)) == "a"


def test_what_is_taken_out_as_a_file_is_what_was_stored(database: Database) -> None:
    id = database.transact(lambda c: campaigns.add(c, BOOK, None, EVERYBODY, False, None, NOW))
    database.transact(lambda c: saved_audiences.save(c, "a", EVERYBODY, False))
    database.transact(lambda c: c.execute(kept.update().values(definition=STRANGE[3])))
    database.transact(
        lambda c: c.execute(campaigns_table.update().where(campaigns_table.c.id == id).values(audience=STRANGE[3]))
    )
    (audience,) = database.read(lambda c: export_rows.read_audiences(c, None)).rows
    (campaign,) = database.read(lambda c: export_rows.read_campaigns(c, None)).rows
    assert (audience.definition, campaign.audience) == (STRANGE[3], STRANGE[3])
