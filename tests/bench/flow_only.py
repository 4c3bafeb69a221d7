"""`python -m tests.bench.flow_only [EVENTS] [lean|rich]`: CPU of each part of a replay, without a broker.

The records of W2, as a broker would hand them over: what reading Kafka's batches costs, the flow, writing Kafka's
batches, and changing the state in memory. What W2 has beyond that is sockets, transactions and Faust.
"""

from __future__ import annotations

import gc
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from hub.flow import Flow
from hub.steps.batch import Batch, Part, copy_of
from hub.stream.fetches import Records
from hub.stream.state import state_rows
from schemas import topics
from schemas.header_names import read_any_header_name
from schemas.record_batch import ReadyBatch, write
from tests.bench.replay import Replay, Shape, headers_like_a_connector

BATCH = 4_000
_NOW_MS = 1_795_600_000_000
_JOBCENTERS = [f"bench{letter}" for letter in "abcde"]


def polls(count: int, shape: Shape) -> Iterator[dict[str, tuple[int, bytes]]]:
    """First offset and Kafka batch of each Jobcenter, poll after poll."""
    first, builders, sizes = Counter[str](), dict[str, Any](), Counter[str]()
    for number, (jobcenter, key, value) in enumerate(Replay(_JOBCENTERS, shape).records(count), 1):
        if jobcenter not in builders:
            builders[jobcenter] = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, batch_size=4 << 20)
        headers = headers_like_a_connector(number, key)
        builders[jobcenter].append(sizes[jobcenter], _NOW_MS - 1000, key, value, headers)
        sizes[jobcenter] += 1
        if number % BATCH == 0:
            yield {one: (first[one], _based(builder.build(), first[one])) for one, builder in builders.items()}
            first += sizes
            builders.clear()
            sizes.clear()


def _based(content: Any, offset: int) -> bytes:
    struct.pack_into(">q", content, 0, offset)
    return bytes(content)


def main() -> None:
    """One measured run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    shape: Shape = "rich" if sys.argv[2:] == ["rich"] else "lean"
    read_any_header_name()
    gc.set_threshold(50_000, 20, 50)  # as the worker does
    flow, known, spent, done = Flow("vacancy", {}), dict[bytes, bytes](), Counter[str](), 0
    for poll in list(polls(count, shape)):
        clock = [time.process_time()]
        parts = []
        for jobcenter, (first, content) in poll.items():
            topic = topics.raw(jobcenter, "vacancy")
            answer = fetcher.MemoryRecords(content)
            fetched = Records(TopicPartition(topic, 0), answer, [], first, None, None, True, fetcher.READ_UNCOMMITTED)
            parts.append(Part(topic, 0, jobcenter, fetched.take(None)[0]))
        clock.append(time.process_time())
        outcome = flow.run(Batch("vacancy", parts, _NOW_MS), known)
        clock.append(time.process_time())
        before, written = None, []
        for rows in (*outcome.rows.values(), state_rows(outcome.changes, {}, _NOW_MS)):
            if rows != before:
                before, written = rows, list(write(map(copy_of, rows), 5 << 18))
            for records in written:
                ReadyBatch(records, transactional=True)._build()
        clock.append(time.process_time())
        known.update(outcome.changes)
        clock.append(time.process_time())
        for name, begin, end in zip(("read", "flow", "write", "state"), clock, clock[1:], strict=False):
            spent[name] += end - begin  # type: ignore[assignment]
        done += BATCH
    for name, secs in spent.items():
        print(f"{name:6} {secs / done * 1e6:6.2f} µs per event")
    print(f"{'sum':6} {sum(spent.values()) / done * 1e6:6.2f} µs, {done:,} events")


if __name__ == "__main__":
    main()
