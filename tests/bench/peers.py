"""`python -m tests.bench.peers copy|same_work BROKER JOBCENTERS COUNT`: what W2 is compared with; prints JSON.

Both are plain aiokafka loops, at least once, without transactions and without durable state.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from hub.steps.batch import Batch, Part, Row
from schemas import topics
from schemas.record_batch import Copied
from tests.support.mixed_raws import plain_flow
from tests.support.workers import PARTITIONS

Polled = Mapping[TopicPartition, Sequence[Any]]
Rows = Mapping[str, Sequence[Row | Copied]]
Work = Callable[[int, Polled], Rows]


def copy(_: int, polled: Polled) -> Rows:
    """Every record as it is to one other topic; the least a worker can do."""
    rows = [Row(raw.key, raw.value, raw.timestamp, list(raw.headers)) for some in polled.values() for raw in some]
    return {topics.INTERNAL_VACANCY: rows}


def same_work() -> Work:
    """The flow the plain way, with state in memory."""
    flow, known = plain_flow("vacancy"), dict[bytes, bytes]()

    def work(partition: int, polled: Polled) -> Rows:
        parts = [Part(tp.topic, partition, topics.parse_raw(tp.topic).jobcenter, some) for tp, some in polled.items()]
        outcome = flow.run(Batch("vacancy", parts, int(time.time() * 1000)), known)
        known.update(outcome.changes)
        return outcome.rows

    return work


async def _loop(bootstrap_servers: str, jobcenters: Sequence[str], count: int, work: Work) -> dict[str, float]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", linger_ms=0, max_batch_size=1 << 20, max_request_size=4 << 20
    )
    await consumer.start()
    await producer.start()
    partitions = {p: [TopicPartition(topics.raw(jc, "vacancy"), p) for jc in jobcenters] for p in PARTITIONS}
    consumer.assign([tp for some in partitions.values() for tp in some])
    done, began, cpu_began = 0, 0.0, 0.0
    while done < count:
        for p, some in partitions.items():
            polled = await consumer.getmany(*some, timeout_ms=0, max_records=4_000)
            if not polled:
                await asyncio.sleep(0.001)
                continue
            if not began:
                began, cpu_began = time.monotonic(), time.process_time()
            sends = [sent for topic, rows in work(p, polled).items() for sent in await _send(producer, topic, p, rows)]
            await asyncio.gather(*sends)
            done += sum(map(len, polled.values()))
    secs, cpu = time.monotonic() - began, time.process_time() - cpu_began
    await producer.stop()
    await consumer.stop()
    return {"events_per_s": done / secs, "cpu_us_per_event": cpu / done * 1e6}


async def _send(producer: Any, topic: str, p: int, rows: Sequence[Row | Copied]) -> list[Any]:
    sends, batch = [], producer.create_batch()
    for row in rows:
        assert isinstance(row, Row)  # the plain way makes no others
        while batch.append(timestamp=row.timestamp_ms, key=row.key, value=row.value, headers=row.headers) is None:
            sends.append(await producer.send_batch(batch, topic, partition=p))
            batch = producer.create_batch()
    if batch.record_count():
        batch.close()
        sends.append(await producer.send_batch(batch, topic, partition=p))
    return sends


def main() -> None:
    """One measured run."""
    name, bootstrap_servers, jobcenters, count = sys.argv[1:]
    gc.set_threshold(50_000, 20, 50)  # as the worker does
    work = copy if name == "copy" else same_work()
    print(json.dumps(asyncio.run(_loop(bootstrap_servers, jobcenters.split(","), int(count), work))))


if __name__ == "__main__":
    main()
