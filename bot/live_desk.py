"""The desk in use: when the files change, a newly loaded one takes its place; when they have faults, the last good
one stays and says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import structlog

from bot.desk import DEFAULT_LANGUAGE, ENDINGS, Desk, load_desk
from bot.errors import FaultsFound
from bot.faults import Fault
from bot.links import Links
from bot.logs import described

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
"""Seconds. Files that are still changing from one look to the next are left to settle."""

Stamp = frozenset[tuple[str, int, int]]
"""Path, time of change in nanoseconds and size of every file."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Changed files that are not in use.

    Args:
        faults: what is wrong with them; empty when they could not be read at all.
    """

    faults: tuple[Fault, ...]


class LiveDesk:
    """Holds the desk in use. Safe to share between threads; only one thread may call `refresh`.

    Args:
        load: reads everything anew.
        stamp: changes when a file does.
    """

    def __init__(self, load: Callable[[], Desk], stamp: Callable[[], Stamp]) -> None:
        self._load = load
        self._stamp = stamp
        self._tried = stamp()
        self._seen = self._tried
        self._desk = load()
        self._refused: Refused | None = None

    @property
    def desk(self) -> Desk:
        """The desk in use."""
        return self._desk

    @property
    def refused(self) -> Refused | None:
        """Why the present files are not in use; None when they are."""
        return self._refused

    def refresh(self) -> None:
        """Load the files when they have changed and have come to rest since the last call."""
        stamp = self._stamp()
        has_settled = stamp == self._seen
        self._seen = stamp
        if stamp == self._tried or not has_settled:
            return
        self._tried = stamp
        try:
            self._desk = self._load()
        except FaultsFound as found:
            self._refused = Refused(found.faults)
            log.error("content_refused", faults=[str(fault) for fault in found.faults], in_use="the last good one")
        except Exception as error:
            # A file that vanished while it was read, or one without permission: the next change is tried again.
            self._refused = Refused(())
            log.error("content_refused", **described(error), in_use="the last good one")
        else:
            self._refused = None
            log.warning("content_reloaded", languages=[DEFAULT_LANGUAGE, *self._desk.others])


def live_desk(flows_dir: Path, content_dir: Path, zone: tzinfo, links: Links | None = None) -> LiveDesk:
    """A live desk over two folders.

    Raises:
        FaultsFound: when the files have faults already: there is no last good one yet.
    """
    return LiveDesk(lambda: load_desk(flows_dir, content_dir, zone, links), lambda: stamp_of((flows_dir, content_dir)))


def watch(live: LiveDesk) -> None:
    """Look at its files every few seconds, in a thread of its own."""
    threading.Thread(target=_watch, args=(live,), name="content-watch", daemon=True).start()


def stamp_of(folders: Iterable[Path]) -> Stamp:
    """What the YAML files of some folders look like from outside. A file that vanishes meanwhile is left out."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    return frozenset(found for path in paths for found in _seen(path))


def _seen(path: Path) -> Iterable[tuple[str, int, int]]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return ()
    return ((str(path), status.st_mtime_ns, status.st_size),)


def _watch(live: LiveDesk) -> None:
    pause = threading.Event()
    while True:
        pause.wait(LOOK_EVERY)
        try:
            live.refresh()
        except OSError as error:
            log.error("content_not_looked_at", **described(error))
