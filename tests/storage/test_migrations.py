"""The migrations create exactly the tables of `bot.storage.tables`, and are harmless to repeat."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, inspect, text
from support.postgres import Postgres

from bot.errors import StorageError
from bot.storage import console_tables, page_tables, statistics
from bot.storage.database import Database
from bot.storage.migrate import migrate

MIGRATIONS = Path(statistics.__file__).with_name("migrations")
REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
STEPS = list(pairwise(REVISIONS))

metadata = console_tables.metadata
assert metadata is page_tables.metadata


def differences(database: Database, wanted: MetaData) -> Sequence[Any]:
    """What alembic would change to make the database as `wanted`."""
    found = database.read(
        lambda connection: compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True}), wanted
        )
    )
    # Comments stand in the program; a change of one column comes as a list of changes.
    changes = [change for changes in found for change in (changes if isinstance(changes, list) else [changes])]
    return [change for change in changes if change[0] != "modify_comment"]


def schema(database: Database) -> dict[str, list[str]]:
    """Columns and indexes of every table."""

    def look(connection: Connection) -> dict[str, list[str]]:
        found = inspect(connection)
        return {
            table: [repr(part) for part in (*found.get_columns(table), *found.get_indexes(table))]
            for table in found.get_table_names()
        }

    return database.read(look)


def tables(database: Database) -> dict[str, set[tuple[str, str]]]:
    """Name and type of every column, by table."""

    def look(connection: Connection) -> dict[str, set[tuple[str, str]]]:
        found = inspect(connection)
        return {
            name: {(column["name"], str(column["type"])) for column in found.get_columns(name)}
            for name in found.get_table_names()
        }

    return database.read(look)


def test_the_tables_are_those_that_the_program_uses(database: Database) -> None:
    assert differences(database, metadata) == []


def test_the_comparison_would_notice_a_column_and_an_index(database: Database) -> None:
    wanted = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(wanted)
    wanted.tables["patients"].append_column(Column("shoe_size", Integer, index=True))
    assert {difference[0] for difference in differences(database, wanted)} == {"add_column", "add_index"}


def test_a_second_migration_changes_nothing(database: Database) -> None:
    database.transact(
        lambda connection: connection.exec_driver_sql("INSERT INTO webhook_events VALUES ('E1', 5)").rowcount
    )
    before = schema(database)
    migrate(database)
    assert schema(database) == before
    count = database.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM webhook_events").scalar())
    assert count == 1


def test_a_database_of_a_newer_program_is_refused_and_kept(empty: Database) -> None:
    database = empty
    migrate(database)
    database.transact(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'").rowcount
    )
    before = schema(database)
    with pytest.raises(StorageError) as refused:
        migrate(database)
    assert len(str(refused.value).splitlines()) == 1
    assert schema(database) == before


def test_half_a_migration_leaves_nothing(empty: Database) -> None:
    # A table of the same name stands in the way of the second one.
    empty.transact(lambda connection: connection.exec_driver_sql("CREATE TABLE patients (id INTEGER)").rowcount)
    before = schema(empty)
    with pytest.raises(StorageError):
        migrate(empty)
    assert schema(empty) == before


class TestBesideTheOlderProgram:
    """While processes are replaced one after the other, those of the older program go on with the newer tables."""

    @pytest.mark.parametrize(("older", "newer"), STEPS)
    def test_a_migration_only_adds(self, empty: Database, older: str, newer: str) -> None:
        upgrade(empty, older)
        before = tables(empty)
        upgrade(empty, newer)
        after = tables(empty)
        assert {name: after[name] & columns for name, columns in before.items()} == before

    @pytest.mark.parametrize(("older", "newer"), STEPS)
    def test_the_older_program_need_not_fill_what_is_new(self, empty: Database, older: str, newer: str) -> None:
        upgrade(empty, older)
        before = tables(empty)
        upgrade(empty, newer)
        found = empty.read(lambda c: {name: inspect(c).get_columns(name) for name in before})
        known = {name: {column for column, _ in columns} for name, columns in before.items()}
        new = [(name, column) for name in before for column in found[name] if column["name"] not in known[name]]
        assert [
            (name, column["name"]) for name, column in new if not column["nullable"] and column["default"] is None
        ] == []

    def test_a_table_in_use_is_asked_for_again(self, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        paused: list[float] = []
        with postgres.database(migrated=False) as url:
            database = Database(url)
            upgrade(database, "0002")
            with database.engine.connect() as older:
                # 0003 gives this table a column.
                older.exec_driver_sql("LOCK TABLE conversations IN ACCESS SHARE MODE")

                def end_of_use(seconds: float) -> None:
                    paused.append(seconds)
                    older.rollback()

                monkeypatch.setattr(time, "sleep", end_of_use)
                migrate(database)
            assert differences(database, metadata) == []
            database.close()
        assert len(paused) == 1


class TestOpenQuestions:
    """Before 0003 the question that stands open was only in the state of a conversation."""

    @pytest.mark.parametrize(
        ("state", "urgency", "stops"),
        [
            ({"asking": "swelling", "finished": None}, None, {"swelling": 1}),
            ({"asking": "", "finished": None}, None, {"": 1}),
            ({"asking": "consent", "finished": ["declined", None, "", 1]}, None, {"declined": 1}),
            ({"asking": "", "finished": ["assessment", "soon_2w", "", 1]}, "soon_2w", {}),
            ("{", None, {"": 1}),
            ("[]", None, {"": 1}),
        ],
        ids=["open", "none_yet", "declined", "ended", "damaged", "strange"],
    )
    def test_are_found_in_what_was_stored(
        self, empty: Database, state: Any, urgency: str | None, stops: dict[str, int]
    ) -> None:
        upgrade(empty, "0002")
        columns = "id, user_id, state, started_at, updated_at, urgency"
        written = state if isinstance(state, str) else json.dumps(state)
        row = {"state": written, "urgency": urgency}
        insert = text(f"INSERT INTO conversations ({columns}) VALUES ('C1', 'U1', :state, 5, 5, :urgency)")
        empty.transact(lambda connection: connection.execute(insert, row).rowcount)
        migrate(empty)
        assert empty.read(lambda c: statistics.where_people_stop(c, 0, 10)) == stops


def upgrade(database: Database, revision: str) -> None:
    """The database of an older program."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
