"""Bringing a database to the newest schema."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.errors import StorageError
from bot.storage.database import Database
from bot.storage.singletons import Singleton, wait_for

_MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE_S = 60
_TRIES = 20
_PAUSE_S = 1.0
_LOCK_NOT_AVAILABLE = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def migrate(database: Database) -> None:
    """Create or upgrade the tables. Does nothing to a database that is current. Several processes may call it at once.

    Processes of the older program may go on beside: a migration only adds, and it asks for its locks for a moment
    only, again and again, since whoever wants a table waits behind a migration that waits.

    Raises:
        StorageError: when the database is damaged, cannot be written, or is newer than this program.
    """
    try:
        for _ in range(_TRIES - 1):
            try:
                return _upgrade(database)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                time.sleep(_PAUSE_S)
        return _upgrade(database)
    except (SQLAlchemyError, CommandError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        where = database.url.render_as_string()
        message = f"The database {where} cannot be used: {reason}. Check that it is whole and can be written."
        raise StorageError(message) from error


def _upgrade(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.engine.execution_options(writes=True).begin() as connection:
        wait_for(connection, Singleton.MIGRATION, _PATIENCE_S)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
