"""Workers stay on one CPU each."""

from __future__ import annotations

from bot.cpu_affinity import chosen_cpu


def test_the_workers_of_a_server_share_the_cpus_evenly() -> None:
    allowed = [0, 2, 5]
    assert sorted(chosen_cpu(allowed, 4711, worker) for worker in range(6)) == [0, 0, 2, 2, 5, 5]


def test_two_servers_that_start_one_after_the_other_do_not_meet() -> None:
    assert chosen_cpu([0, 1], 4711, 0) != chosen_cpu([0, 1], 4712, 0)


def test_where_there_is_one_cpu_it_is_the_one() -> None:
    assert chosen_cpu([3], 4711, 8) == 3
