"""Starting the server: granian with one worker on SQLite, several on PostgreSQL."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from multiprocessing import Value, get_start_method
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from sqlalchemy import Connection

from bot.console.pages import mount_console
from bot.console.services import Services
from bot.console.words import load_words
from bot.counts import SHARED_FOLDER
from bot.cpu_affinity import keep_to_one_cpu
from bot.delivery.breaker import State
from bot.delivery.campaign_sender import CampaignSender
from bot.delivery.courtesies import Courtesies
from bot.delivery.due_sender import DueSender
from bot.delivery.follow_ups import send_due as send_due_follow_ups
from bot.delivery.sender import Sender
from bot.delivery.sequences import Booklet
from bot.delivery.sequences import send_due as send_due_steps
from bot.desk import booklet_messages
from bot.edge import Edge, SlowBodies
from bot.errors import SettingsError, StorageError
from bot.flow.effects import AskFollowUp
from bot.inbox_sweeper import InboxSweeper
from bot.line.client import LineClient, Message
from bot.live_desk import LiveDesk, live_desk, watch
from bot.logs import configure_logging
from bot.pages.mounting import mount_pages
from bot.pages.pages import Pages
from bot.probe import Probe
from bot.reception import Reception
from bot.settings import Settings, read_settings
from bot.storage import batches, inbox, outbox
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.outbox_numbers import numbers
from bot.storage.wake import WakeListener
from bot.web import PROBE_WITHIN, create_app, mount_metrics

if TYPE_CHECKING:
    from bot.metrics import Metrics

HANDLED_AT_ONCE = 112
"""Requests in one worker. They wait for the writer, and the more wait, the larger its groups; with 16 it could not tell
a burst from a busy hour (see CROWD in `bot.storage.group_writer`; measured, see bot/README.md)."""
BLOCKING_THREADS = 128
"""Requests whose bodies one worker waits for, see `bot.edge`. granian starts them when they are needed, and ends them
when they are not."""
SENDER_THREADS = 32
"""Calls to LINE at once. Eight would cap replies at 80 a second when LINE takes 100 ms."""
DRAIN_SECONDS = 5.0
STOP_SECONDS = 10
STOP_WITHIN = 0.5
"""Seconds for each of those who work beside the sender."""
ORPHAN_CHECK_SECONDS = 1.0
BACKLOG = 1024
BACKPRESSURE = 1024
"""Connections of one worker, about 10 kB each; more wait in the backlog of the socket."""
HEADERS_WITHIN = 5_000
"""Milliseconds for the headers of a request to come, and for a connection to be idle."""
LARGEST_HEADERS = 64 * 1024
"""Bytes; also what is read ahead of a body."""

_COUNTS = "hizaura.counts"


class _Beside(Protocol):
    """What works beside the requests."""

    def stop(self, timeout: float) -> None: ...


def prepare(settings: Settings) -> LiveDesk:
    """Everything that can be wrong, found before the server starts.

    Returns:
        The desk, for the workers: a forked one shares its memory.

    Raises:
        HizauraError: of the kind that tells the exit code.
    """
    live = live_desk(settings.flows_dir, settings.content_dir, settings.zone, settings.links)
    if settings.secret_key:
        load_words(settings.console_words_dir)
    _check_address(settings)
    database = open_database(settings)
    lock = lock_file(database)
    migrate(database)
    database.close()
    if lock:
        lock.close()
    return live


def _check_address(settings: Settings) -> None:
    """HOST and PORT can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            message = (
                f"HOST and PORT {settings.host}:{settings.port} cannot be used: {error.strerror}. Choose another PORT."
            )
            raise SettingsError(message) from None


def open_database(settings: Settings) -> Database:
    """The database of the settings; the folder of an SQLite file is created."""
    database = Database(settings.database_url)
    if database.is_sqlite and database.url.database:
        folder = Path(database.url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The folder {folder} of the database cannot be made: {error.strerror}.") from None
    return database


def lock_file(database: Database) -> IO[str] | None:
    """Hold an SQLite file for this process, as long as the result is open.

    Raises:
        StorageError: when another server holds it: two writing processes make each other wait past LINE's deadline.
    """
    if not database.is_sqlite or not database.url.database:
        return None
    path = f"{database.url.database}.lock"
    try:
        lock = open(path, "w")  # noqa: SIM115
    except OSError as error:
        raise StorageError(f"The file {path} cannot be written: {error.strerror}.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        message = f"Another server uses {database.url.database}. Stop it first, or use PostgreSQL for several."
        raise StorageError(message) from None
    return lock


def serve(
    settings: Settings,
    make_app: Callable[[], Flask],
    threads: int = BLOCKING_THREADS,
    stop_within: int = STOP_SECONDS,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: host, port and number of processes.
        make_app: makes the application, inside each worker.
        threads: requests handled at once in each worker.
        stop_within: seconds after which a worker that still answers requests is ended; its outbox keeps the rest.
    """
    leave_alone_what_stays()
    started: Synchronized[int] = Value("i", 0)
    with _shared_metrics(settings.web_concurrency):
        Granian(
            "hizaura",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_concurrency,
            blocking_threads=threads,
            backlog=BACKLOG,
            backpressure=BACKPRESSURE,
            # One request at a time on each connection: HTTP/2 would bring 200.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN, max_buffer_size=LARGEST_HEADERS),
            websockets=False,
            log_level=LogLevels.error,
            respawn_failed_workers=False,
            workers_kill_timeout=stop_within,
        ).serve(target_loader=partial(_made_by_a_worker, make_app, started), wrap_loader=False)


def _made_by_a_worker(make_app: Callable[[], Flask], started: Synchronized[int]) -> Flask:
    with started.get_lock():
        worker = started.value
        started.value += 1
    keep_to_one_cpu(os.getppid(), worker)
    return make_app()


def inherited(live: LiveDesk) -> LiveDesk | None:
    """What a worker gets of the desk: a forked one shares its memory, a spawned one loads its own."""
    return live if get_start_method() == "fork" else None


@contextmanager
def _shared_metrics(processes: int) -> Iterator[None]:
    """A folder in which several processes count together, until they have ended."""
    if processes == 1:
        yield
        return
    folder = tempfile.mkdtemp(prefix="hizaura-metrics-")
    os.environ[SHARED_FOLDER] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def worker_app(live: LiveDesk | None = None) -> Flask:
    """The application of one worker, with its own senders.

    Args:
        live: the desk of the process that started this one, None when there is none to share.
    """
    settings = read_settings().for_line()
    configure_logging(settings.log_level)
    live = live or live_desk(settings.flows_dir, settings.content_dir, settings.zone, settings.links)
    watch(live)
    app = app_for(settings, live)
    bodies = SlowBodies(settings.port, BLOCKING_THREADS)
    bodies.start()
    app.wsgi_app = Edge(app.wsgi_app, bodies, HANDLED_AT_ONCE, app.extensions[_COUNTS])  # type: ignore[method-assign]
    return app


def app_for(settings: Settings, live: LiveDesk) -> Flask:
    """The application for settings that name a channel; starts what works beside the requests."""
    # Here and no earlier: see there.
    from bot.metrics import MeasuredLine, Metrics

    database = open_database(settings)
    lock = lock_file(database)
    migrate(database)
    if database.is_sqlite:
        database.transact(_take_back)
    stored = Probe(lambda: database.read(numbers), PROBE_WITHIN)
    metrics = Metrics(stored.answer)
    line = MeasuredLine(LineClient(access_token(settings), settings.line_api_base_url), metrics)
    owner = str(uuid.uuid4())
    sender = Sender(database, line, owner, threads=SENDER_THREADS)
    metrics.watch(lambda: sender.held, lambda: sender.line_state is not State.CLOSED)
    courtesies = Courtesies(line)
    reception = Reception(
        live, database, sender, counts=metrics, hash_key=settings.line_channel_secret[0], courtesies=courtesies
    )
    beside = (
        InboxSweeper(database, reception.answer_all, _now),
        courtesies,
        WakeListener(database, sender.wake),
        CampaignSender(database, line, owner, settings.zone),
        DueSender("sequences", partial(send_due_steps, database, partial(_booklet, live)), _now),
        DueSender("follow-ups", partial(send_due_follow_ups, database, partial(_follow_up, live), settings.zone), _now),
    )
    sender.start()
    for worker in beside:
        worker.start()
    # granian ends a worker as multiprocessing does, which runs this and no atexit.
    Finalize(sender, _close, args=(sender, beside, database, metrics), exitpriority=1)
    threading.Thread(target=_end_with_parent, args=(os.getppid(), sender), name="orphan-watch", daemon=True).start()
    app = create_app(reception, settings.line_channel_secret, settings.trusted_proxies, metrics)
    if settings.metrics_token:
        mount_metrics(app, metrics.text, settings.metrics_token)
    if settings.secret_key:
        words = load_words(settings.console_words_dir)
        console = Services(database, live, line, sender, words, _now, settings.zone)
        mount_console(app, console, settings.secret_key, settings.public_base_url.startswith("https://"))
    if settings.links:
        mount_pages(app, Pages(database, live, settings.links, _now, settings.zone, settings.content_dir / "pictures"))
    # The lock lives as long as the application does.
    app.extensions["hizaura"] = lock
    app.extensions[_COUNTS] = metrics
    leave_alone_what_stays()
    return app


def _take_back(connection: Connection) -> None:
    """No other process can be alive on an SQLite file: whoever held something is dead."""
    outbox.release_all(connection)
    batches.release_all(connection)
    inbox.make_all_due(connection, _now())


def leave_alone_what_stays() -> None:
    """Take what the start has built out of the garbage collector's rounds.

    Desk, words and imported code are some hundred thousand objects that live as long as the process. A full collection
    looks at each of them, and meanwhile no thread runs: over 100 ms in which every patient waits for an answer.
    """
    gc.collect()
    gc.freeze()


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _booklet(live: LiveDesk, guidebook: str, language: str) -> Booklet | None:
    """A guidebook as it goes out today; None when it is gone or its review has expired."""
    tongue = live.desk.tongue(language)
    found = tongue.library.guidebooks.get(guidebook)
    now = datetime.now(tongue.renderer.zone)
    if found is None or found.expires_on <= now.date():
        return None
    return Booklet(booklet_messages(tongue.renderer, guidebook, now), found.self_pay)


def _follow_up(live: LiveDesk, conversation_id: str, language: str) -> Sequence[Message]:
    """The question how it went."""
    renderer = live.desk.tongue(language).renderer
    return renderer.render(conversation_id, (AskFollowUp(),), datetime.now(renderer.zone))


def _close(sender: Sender, beside: Sequence[_Beside], database: Database, metrics: Metrics) -> None:
    """Send what is waiting in memory, then leave the rest to the next start."""
    sender.stop(DRAIN_SECONDS)
    for worker in beside:
        worker.stop(timeout=STOP_WITHIN)
    database.close()
    metrics.close()


def _end_with_parent(parent: int, sender: Sender) -> None:
    """End this worker when the process that started it was killed: it would keep the port and the database."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_SECONDS)
    sender.stop(DRAIN_SECONDS)
    if SHARED_FOLDER in os.environ:
        shutil.rmtree(os.environ[SHARED_FOLDER], ignore_errors=True)
    os._exit(1)


def access_token(settings: Settings) -> Callable[[], str]:
    """Where the channel access token comes from: the settings, or LINE by channel id and secret."""
    if settings.line_channel_access_token:
        return lambda: settings.line_channel_access_token
    # Here and no earlier: line-bot-sdk takes 26 MB and 0.3 s, and who has a long-lived token needs none of it.
    from bot.line.tokens import StatelessToken

    return StatelessToken(settings.line_channel_id, settings.line_channel_secret[0], settings.line_api_base_url)
