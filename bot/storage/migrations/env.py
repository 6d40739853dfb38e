"""Alembic runs this file; the connection comes from `bot.storage.migrate`."""

from alembic import context

import bot.storage.console_tables  # noqa: F401 - its tables belong to the metadata
from bot.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
