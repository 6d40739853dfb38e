"""Numbers for Prometheus: counted while the work is done, or read when they are asked for. Never a user or a text.

Several worker processes share their numbers through files in one folder (prometheus-client's multiprocess mode), so
that it does not matter which of them is asked. prometheus-client decides at its import whether they do: import this
module only when `SHARED_FOLDER` is set, or never will be.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from bot.counts import SHARED_FOLDER
from bot.line.client import LineClient, Message, Quota, Receipt
from bot.storage.outbox_numbers import Numbers

SAMPLE_EVERY = 5.0
"""Seconds between two looks at what each of several processes holds."""

_ACKNOWLEDGED = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Seconds; LINE gives up after two."""
_CALLED = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; a call ends after eleven (`bot.line.client`)."""


class Metrics:
    """What this process counts, and what is told of all of them. Safe to share between threads."""

    def __init__(self, stored: Callable[[], Numbers | None] = lambda: None) -> None:
        """
        Args:
            stored: what the database holds now; None when it does not answer.
        """
        self._folder = os.environ.get(SHARED_FOLDER)
        self._registry = registry = CollectorRegistry()
        self._stored = _Stored(stored)
        if not self._folder:
            ProcessCollector(registry=registry)
            registry.register(self._stored)
        webhooks = Histogram(
            "hizaura_webhook_seconds", "Until it was answered.", ["result"], buckets=_ACKNOWLEDGED, registry=registry
        )
        events = Counter("hizaura_events", "Events of webhooks.", ["result", "kind"], registry=registry)
        calls = Histogram(
            "hizaura_line_call_seconds", "Calls to LINE.", ["method", "result"], buckets=_CALLED, registry=registry
        )
        # Kept by their labels: looking them up costs more than counting.
        self._webhooks = cache(webhooks.labels)
        self._events = cache(events.labels)
        self._calls = cache(calls.labels)
        self._processes = self._gauge("hizaura_workers", "Processes that answer.")
        self._held = self._gauge("hizaura_outbox_held", "Rows in memory, with those on their way to LINE.")
        self._pausing = self._gauge("hizaura_line_pausing", "Processes that do not call LINE for now.")
        self._processes.set(1)

    def _gauge(self, name: str, text: str) -> Gauge:
        """One that adds up over the processes that are alive."""
        return Gauge(name, text, multiprocess_mode="livesum", registry=self._registry)

    def webhook(self, result: str, seconds: float) -> None:
        """As `bot.counts.Counts`."""
        self._webhooks(result).observe(seconds)

    def events(self, result: str, number: int = 1, kind: str = "") -> None:
        """As `bot.counts.Counts`."""
        self._events(result, kind).inc(number)

    def line_call(self, method: str, result: str, seconds: float) -> None:
        """A call to LINE has ended.

        Args:
            method: reply, push, multicast or quota.
            result: as `bot.line.client.Sent`; of the quota told or untold.
        """
        self._calls(method, result).observe(seconds)

    def watch(self, held: Callable[[], int], is_pausing: Callable[[], bool]) -> None:
        """Look at the sender: when asked for numbers, or every few seconds for whichever process is asked.

        Args:
            held: rows in its memory.
            is_pausing: whether it does not call LINE for now.
        """
        if not self._folder:
            self._held.set_function(held)
            self._pausing.set_function(is_pausing)
            return
        threading.Thread(target=self._sample, args=(held, is_pausing), name="metrics", daemon=True).start()

    def _sample(self, held: Callable[[], int], is_pausing: Callable[[], bool]) -> None:
        pause = threading.Event()
        while True:
            self._held.set(held())
            self._pausing.set(is_pausing())
            pause.wait(SAMPLE_EVERY)

    def text(self) -> bytes:
        """All numbers, as Prometheus reads them."""
        if not self._folder:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        registry.register(self._stored)
        return generate_latest(registry)

    def close(self) -> None:
        """This process ends: what it holds no longer counts."""
        if self._folder:
            mark_process_dead(os.getpid(), self._folder)  # type: ignore[no-untyped-call]


class MeasuredLine:
    """A `LineClient` whose calls are measured."""

    def __init__(self, line: LineClient, metrics: Metrics) -> None:
        self._line = line
        self._metrics = metrics

    def reply(self, reply_token: str, messages: str) -> Receipt:
        """As `LineClient.reply`."""
        return self._measured("reply", lambda: self._line.reply(reply_token, messages))

    def push(self, user_id: str, messages: str, retry_key: str) -> Receipt:
        """As `LineClient.push`."""
        return self._measured("push", lambda: self._line.push(user_id, messages, retry_key))

    def multicast(self, user_ids: Sequence[str], messages: Sequence[Message], retry_key: str) -> Receipt:
        """As `LineClient.multicast`."""
        return self._measured("multicast", lambda: self._line.multicast(user_ids, messages, retry_key))

    def quota(self) -> Quota | None:
        """As `LineClient.quota`."""
        begun = time.perf_counter()
        quota = self._line.quota()
        self._metrics.line_call("quota", "told" if quota else "untold", time.perf_counter() - begun)
        return quota

    def show_loading(self, user_id: str) -> None:
        """As `LineClient.show_loading`."""
        self._line.show_loading(user_id)

    def mark_as_read(self, token: str) -> None:
        """As `LineClient.mark_as_read`."""
        self._line.mark_as_read(token)

    def is_read_by_hand(self) -> bool:
        """As `LineClient.is_read_by_hand`."""
        return self._line.is_read_by_hand()

    def _measured(self, method: str, call: Callable[[], Receipt]) -> Receipt:
        begun = time.perf_counter()
        receipt = call()
        self._metrics.line_call(method, receipt.sent, time.perf_counter() - begun)
        return receipt


class _Stored(Collector):
    """What the database holds, read when it is asked for; nothing when the database does not answer."""

    def __init__(self, stored: Callable[[], Numbers | None]) -> None:
        self._stored = stored

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: to be registered must not mean to be asked."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The numbers of now."""
        found = self._stored()
        yield GaugeMetricFamily("hizaura_database_up", "Whether the database answers in time.", found is not None)
        if found is None:
            return
        yield GaugeMetricFamily("hizaura_inbox_waiting", "Events that are kept and not answered.", found.unanswered)
        yield _age("hizaura_inbox_oldest_seconds", found.unanswered_since)
        yield GaugeMetricFamily("hizaura_outbox_waiting", "Rows that are promised and not sent.", found.waiting)
        yield _age("hizaura_outbox_oldest_seconds", found.waiting_since)
        yield GaugeMetricFamily("hizaura_outbox_dead", "Rows that were given up.", found.dead)


def _age(name: str, since: int | None) -> GaugeMetricFamily:
    age = 0.0 if since is None else max(0.0, time.time() - since / 1000)
    return GaugeMetricFamily(name, "Age of the oldest of them, 0 without any.", age)
