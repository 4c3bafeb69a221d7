"""Parcels of the outbox → Kafka's batches, each for one partition. Their records stand in it one behind the other.

A batch has one answer. To ask the producer for an answer to each record costs more than all the rest of sending it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import Any

from aiokafka import AIOKafkaProducer

from connectors.parcels.mark import Told
from connectors.parcels.send import Waiting
from connectors.partition import partitions_of
from schemas.record_batch import ReadyBatch, write

_BATCH_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way."""

    numbers: list[int]
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


@dataclass(slots=True)
class _Dealt:
    """Records for one partition, in their order."""

    numbers: list[int] = field(default_factory=list)
    wires: list[bytes] = field(default_factory=list)


async def hand_over(producer: AIOKafkaProducer, parcels: Sequence[Waiting]) -> AsyncIterator[Sent]:
    """Give records to the producer, those of a partition in their order, the partitions in turn."""
    now = time.time_ns() // 1_000_000
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {one.topic for one in parcels}}
    waiting = {
        place: (iter(some.numbers), write(zip(repeat(now), some.wires, strict=False), _BATCH_BYTES))
        for place, some in _dealt(parcels, partitions).items()
    }
    while waiting:
        for place, (numbers, batches) in list(waiting.items()):
            if (records := next(batches, None)) is None:
                del waiting[place]
                continue
            topic, partition = place
            batch: Any = ReadyBatch(records, transactional=False)
            answer = await producer.send_batch(batch, topic, partition=partition)
            yield Sent(list(islice(numbers, records.count)), answer)


def _dealt(parcels: Sequence[Waiting], partitions: dict[str, list[int]]) -> dict[tuple[str, int], _Dealt]:
    """Records by topic and partition."""
    dealt: dict[tuple[str, int], _Dealt] = defaultdict(_Dealt)
    for topic, known in partitions.items():
        some = [one for one in parcels if one.topic == topic]
        lie_in = partitions_of([key for one in some for key in one.keys], range(len(known)))
        numbers = chain.from_iterable(one.numbers for one in some)
        wires = chain.from_iterable(one.wires for one in some)
        places = [dealt[topic, partition] for partition in known]
        for place, number, wire in zip(lie_in, numbers, wires, strict=True):
            to = places[place]
            to.numbers.append(number)
            to.wires.append(wire)
    return dealt
