"""Parcels of the outbox → Kafka's batches, each for one partition. Their records stand in it one behind the other.

A batch has one answer. To ask the producer for an answer to each record costs more than all the rest of sending it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from connectors import fast
from connectors.dealt import Batch, Deal, dealt
from connectors.parcels.mark import Told
from connectors.parcels.send import Waiting
from schemas.record_batch import ReadyBatch

BATCH_BYTES = 896 << 10
"""So large a batch is at most; a broker takes 1 MiB unless told otherwise. What is read at once is one batch for each
of four partitions: then all of it goes out in one request, and the broker is at work on it while the next is made.
What was left over would have to wait for both."""
FEW = 100
"""Fewer events than these cost less one by one."""
_MOST_BYTES = 512 << 20
"""Arrow counts the bytes of a column in 31 bits, and what is sent is somewhat more than what is stored."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way."""

    numbers: Sequence[int]
    """Of its records in the outbox, in their order."""
    answer: asyncio.Future[Any]

    def failure(self) -> BaseException | None:
        """Why nobody knows of its records where they are; None if they are acknowledged with their place."""
        if not self.answer.done():
            return TimeoutError()
        if (error := self.answer.exception()) is not None:
            return error
        return None if tells_place(self.answer.result()) else TimeoutError()

    def told(self) -> Told:
        """Where it is. Only of a batch without a failure."""
        first = self.answer.result()
        return first.partition, first.offset, self.numbers


def tells_place(first: Any) -> bool:
    """Whether an acknowledgement names an offset. A broker that saw the sequence numbers before may name none: it says
    nothing of where the records are, so they count as unknown and are sent again."""
    return first.offset is not None and first.offset >= 0


async def hand_over(producer: AIOKafkaProducer, parcels: Sequence[Waiting], batch_bytes: int) -> AsyncIterator[Sent]:
    """Give records to the producer, those of a partition in their order, the partitions in turn."""
    now = time.time_ns() // 1_000_000
    waiting: dict[tuple[str, int], Iterator[Batch]] = {}
    for topic in {one.topic: None for one in parcels}:
        some, partitions = [one for one in parcels if one.topic == topic], sorted(await producer.partitions_for(topic))
        for partition, batches in way_of(some)(some, partitions, now, batch_bytes).items():
            waiting[topic, partition] = batches
    while waiting:
        for place, batches in list(waiting.items()):
            if (found := next(batches, None)) is None:
                del waiting[place]
                continue
            numbers, records = found
            topic, partition = place
            batch: Any = ReadyBatch(records, transactional=False)
            yield Sent(numbers, await producer.send_batch(batch, topic, partition=partition))


def way_of(parcels: Sequence[Waiting]) -> Deal:
    """By column, if the extra is installed, these are events, and enough of them, but not too much."""
    if not fast.IS_THERE or any(one.head is None for one in parcels) or sum(len(one.waits) for one in parcels) < FEW:
        return dealt
    if sum(len(one.records) for one in parcels) > _MOST_BYTES:
        return dealt
    from connectors.fast.dealt import dealt as by_column

    return by_column
