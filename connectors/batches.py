"""Rows of the outbox → Kafka's batches, each for one partition. Their records stand in it one behind the other.

A batch has one answer. To ask the producer for an answer to each record costs more than all the rest of sending it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from connectors.partition import partition_of
from connectors.state import OutboxRow


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
    waiting = await _dealt(producer, rows)
    while waiting:
        for place, some in list(waiting.items()):
            topic, partition = place
            batch = producer.create_batch()
            count = _fill(batch, some)
            yield Sent([row.seq for row in some[:count]], await producer.send_batch(batch, topic, partition=partition))
            if count < len(some):
                waiting[place] = some[count:]
            else:
                del waiting[place]


async def _dealt(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> dict[tuple[str, int], list[OutboxRow]]:
    """Rows by topic and partition."""
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {row.topic for row in rows}}
    dealt: dict[tuple[str, int], list[OutboxRow]] = {}
    for row in rows:
        dealt.setdefault((row.topic, partition_of(row.key, partitions[row.topic])), []).append(row)
    return dealt


def _fill(batch: Any, rows: Sequence[OutboxRow]) -> int:
    """Put in as many rows as there is room for, and close it; how many. The first one goes in whatever its size."""
    for count, row in enumerate(rows):
        if batch.append(timestamp=None, key=row.key, value=row.value, headers=row.headers) is None:
            return count
    batch.close()
    return len(rows)
