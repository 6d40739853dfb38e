"""One user's messages go out in order, different users in parallel, and nobody's message is forgotten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.delivery import policy
from bot.delivery.breaker import Gates
from bot.delivery.queues import Queues
from bot.line.client import Sent
from bot.storage.database import Database
from tests.delivery.doubles import wait_until
from tests.delivery.office import Office


def test_one_user_is_answered_in_order(open_office: Office) -> None:
    texts = [f"{i:02}" for i in range(25)]
    for text in texts:
        open_office.answer(text)
    open_office.wait_until_empty()
    assert open_office.line.words == texts


def test_one_user_has_one_call_at_a_time(open_office: Office) -> None:
    gate = open_office.line.hold("00")
    for i in range(5):
        open_office.answer(f"{i:02}")
    wait_until(lambda: open_office.line.calls)
    assert open_office.line.words == ["00"]
    gate.set()
    open_office.wait_until_empty()
    assert open_office.line.most_at_once == 1


def test_a_row_that_comes_during_a_sweep_stands_behind_what_the_sweep_finds(office: Office) -> None:
    older, newer = office.promise("older"), office.promise("newer")
    assert older is not None
    assert newer is not None
    queues = Queues(Gates(), office.clock)
    with queues.sweep():
        queues.put([newer], office.clock() + policy.LEASE, taken_over=False)
        queues.put([older], office.clock() + policy.LEASE, taken_over=True)
    sent = []
    for _ in range(2):
        found = queues.next()
        assert found is not None
        sent.append(found[0].row.id)
        queues.done("U1", None)
    assert sent == [older.id, newer.id]


def test_many_users_are_each_answered_in_order(open_office: Office) -> None:
    def talk(user: str) -> None:
        for i in range(5):
            open_office.answer(f"{user} {i}", user)

    with ThreadPoolExecutor(6) as threads:
        for future in [threads.submit(talk, f"U{i}") for i in range(6)]:
            future.result()
    open_office.wait_until_empty()
    for i in range(6):
        assert [words for words in open_office.line.words if words.startswith(f"U{i} ")] == [
            f"U{i} {n}" for n in range(5)
        ]


def test_users_do_not_wait_for_each_other(open_office: Office) -> None:
    gates = [open_office.line.hold(f"U{i}") for i in range(4)]
    for i in range(4):
        open_office.answer(f"U{i}", f"U{i}")
    wait_until(lambda: open_office.line.most_at_once == 4)
    for gate in gates:
        gate.set()
    open_office.wait_until_empty()


def test_a_postponed_row_holds_up_the_users_later_ones(open_office: Office) -> None:
    gate = open_office.line.hold("1")
    open_office.line.replies.append(Sent.BUSY)
    open_office.answer("1")
    open_office.answer("2")
    open_office.answer("other", "U2")
    gate.set()
    open_office.wait_until_postponed()
    open_office.answer("3")
    wait_until(lambda: "other" in open_office.line.words)
    open_office.sweep()
    open_office.wait_until_idle()
    assert [call.words for call in open_office.line.calls if call.to != "token-other"] == ["1"]
    for _ in range(3):
        open_office.clock.advance(2_000)
        open_office.sweep()
        open_office.wait_until_idle()
    open_office.wait_until_empty()
    assert [words for words in open_office.line.words if words != "other"] == ["1", "1", "2", "3"]


def test_a_row_leased_before_the_one_in_front_was_postponed_waits(office: Office) -> None:
    # Committed while the first was on its way, handed over after the first was postponed.
    office.line.replies.append(Sent.BUSY)
    first = office.promise("1")
    second = office.promise("2")
    assert first is not None
    assert second is not None
    office.start()
    office.sender.put([first], office.clock() + policy.LEASE)
    office.wait_until_postponed()
    office.sender.put([second], office.clock() + policy.LEASE)
    office.sweep()
    office.wait_until_idle()
    assert office.line.words == ["1"]
    for _ in range(2):
        office.clock.advance(2_000)
        office.sweep()
        office.wait_until_idle()
    office.wait_until_empty()
    assert office.line.words == ["1", "1", "2"]


@pytest.mark.parametrize("threads", [1, 8])
def test_every_row_is_sent_when_it_is_handed_over(database: Database, threads: int) -> None:
    # Clock and sweeper stand still for these rows: only being woken by `put` gets them sent.
    office = Office(database, threads)
    office.start()
    try:
        for i in range(3 * threads):
            office.answer(f"{i}", f"U{i}")
            wait_until(lambda i=i: f"{i}" in office.line.words, patience=5)  # type: ignore[misc]
    finally:
        office.close()


def test_stopping_sends_what_waits_in_memory(office: Office) -> None:
    gate = office.line.hold("0")
    rows = [office.promise(f"{i}") for i in range(4)]
    office.sender.put([row for row in rows if row], office.clock() + policy.LEASE)
    office.start()
    wait_until(lambda: office.line.calls)
    stopping = threading.Thread(target=office.sender.stop, args=(20,))
    stopping.start()
    gate.set()
    stopping.join()
    assert office.line.words == ["0", "1", "2", "3"]
    assert office.rows() == []


def test_stopping_ends_at_its_timeout_and_the_outbox_keeps_the_rest(office: Office) -> None:
    gate = office.line.hold("0")
    rows = [office.promise("0"), office.promise("1")]
    office.start()
    office.sender.put([row for row in rows if row], office.clock() + policy.LEASE)
    wait_until(lambda: office.line.calls)
    office.sender.stop(timeout=0.1)
    assert len(office.rows()) == 2
    gate.set()
