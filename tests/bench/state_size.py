"""`python -m tests.bench.state_size 1000000`: bytes of memory for each entity a worker remembers, and nothing else.

A process of its own, since memory once taken hides what is taken next. W6 measures the same from outside, with all
buffers of the worker in it.
"""

from __future__ import annotations

import gc
import sys

import psutil

from hub.steps.deduplicate import Stamp, state_key
from tests.support.workers import PARTITIONS


def bytes_per_entity(count: int) -> float:
    """Of so many entities, dealt out to the partitions as in a worker."""
    memory = psutil.Process().memory_info
    gc.collect()
    before = memory().rss
    states: list[dict[bytes, bytes]] = [{} for _ in PARTITIONS]
    for number in range(count):
        key = state_key("vacancy", b"borken:BOR-%07d" % number)
        states[number % len(PARTITIONS)][key] = Stamp(0, 1, number.to_bytes(8, "big")).pack()
    gc.collect()
    return (memory().rss - before) / count


if __name__ == "__main__":
    print(f"{bytes_per_entity(int(sys.argv[1])):.0f}")
