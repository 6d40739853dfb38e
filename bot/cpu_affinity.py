"""Which CPU a worker runs on: always the same one.

Python's threads run one at a time. On several CPUs each hand-over wakes a thread elsewhere, often for nothing, and
brings it cold memory: with fifty threads that costs a third of the throughput (measured, see bot/README.md).
"""

from __future__ import annotations

import os
from collections.abc import Sequence


def chosen_cpu(allowed: Sequence[int], server: int, worker: int) -> int:
    """The CPU of a worker.

    Args:
        allowed: ids of CPUs.
        server: process id of the server; two servers on one machine should not choose the same CPU.
        worker: number of the worker within it, from 0.
    """
    return allowed[(server + worker) % len(allowed)]


def keep_to_one_cpu(server: int, worker: int) -> None:
    """Keep this thread, and those that it will start, to one CPU. Without effect where the system cannot (macOS)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {chosen_cpu(sorted(os.sched_getaffinity(0)), server, worker)})
