"""Rows of the outbox → Kafka's batches, each for one partition. Their records stand in it one behind the other.

A batch has one answer. To ask the producer for an answer to each record costs more than all the rest of sending it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from connectors.parcels import OutboxRow
from connectors.partition import partition_of
from schemas.record_batch import ReadyBatch, write

_BATCH_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way."""

    numbers: list[int]
    """Of its rows in the outbox, in the order of its records."""
    answer: asyncio.Future[Any]

    def failure(self) -> BaseException | None:
        """Why nobody knows of its records where they are; None if they are acknowledged with their place."""
        if not self.answer.done():
            return TimeoutError()
        if (error := self.answer.exception()) is not None:
            return error
        return None if tells_place(self.answer.result()) else TimeoutError()

    def places(self) -> list[tuple[int, int, int]]:
        """(partition, offset, number) of each record. Only of a batch without a failure."""
        first = self.answer.result()
        return [(first.partition, offset, number) for offset, number in enumerate(self.numbers, first.offset)]


def tells_place(first: Any) -> bool:
    """Whether an acknowledgement names an offset. A broker that saw the sequence numbers before may name none: it says
    nothing of where the records are, so they count as unknown and are sent again."""
    return first.offset is not None and first.offset >= 0


async def hand_over(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> AsyncIterator[Sent]:
    """Give rows to the producer, those of a partition in their order, the partitions in turn."""
    now = time.time_ns() // 1_000_000
    waiting = {
        place: (iter([row.seq for row in some]), write([(now, row.wire) for row in some], _BATCH_BYTES))
        for place, some in (await _dealt(producer, rows)).items()
    }
    while waiting:
        for place, (numbers, batches) in list(waiting.items()):
            if (records := next(batches, None)) is None:
                del waiting[place]
                continue
            topic, partition = place
            batch: Any = ReadyBatch(records, _check_sum, transactional=False)
            answer = await producer.send_batch(batch, topic, partition=partition)
            yield Sent(list(islice(numbers, records.count)), answer)


async def _dealt(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> dict[tuple[str, int], list[OutboxRow]]:
    """Rows by topic and partition."""
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {row.topic for row in rows}}
    dealt: dict[tuple[str, int], list[OutboxRow]] = {}
    for row in rows:
        dealt.setdefault((row.topic, partition_of(row.key, partitions[row.topic])), []).append(row)
    return dealt


def _check_sum(head: bytes, content: bytes) -> int:
    return int(calc_crc32c(head + content))
