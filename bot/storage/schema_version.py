"""Whether a database has the tables that this program needs."""

from __future__ import annotations

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


class SchemaVersion:
    """The newest version that this program knows, and those before it."""

    def __init__(self) -> None:
        scripts = ScriptDirectory(str(Path(__file__).with_name("migrations")))
        head = scripts.get_current_head()
        self._older = {script.revision for script in scripts.walk_revisions()} - {head}

    def is_reached(self, connection: Connection) -> bool:
        """Whether the tables are there, as this program or a newer one has made them: a newer one only adds."""
        version = MigrationContext.configure(connection).get_current_revision()
        return version is not None and version not in self._older
