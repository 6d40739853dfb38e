"""Bringing a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StorageError
from bot.storage.database import Database
from bot.storage.singletons import Singleton, wait_for

_MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE_S = 60


def migrate(database: Database) -> None:
    """Create or upgrade the tables. Does nothing to a database that is current. Several processes may call it at once.

    Raises:
        StorageError: when the database is damaged, cannot be written, or is newer than this program.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    try:
        with database.engine.execution_options(writes=True).begin() as connection:
            wait_for(connection, Singleton.MIGRATION, _PATIENCE_S)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        where = database.url.render_as_string()
        message = f"The database {where} cannot be used: {reason}. Check that it is whole and can be written."
        raise StorageError(message) from error
