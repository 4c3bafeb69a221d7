"""Parcels of one topic → batches of Kafka, for each of its partitions in the order of their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat

from connectors.parcels.send import Waiting
from connectors.partition import partitions_of
from schemas.record_batch import Records, write

Batch = tuple[Sequence[int], Records]
"""Numbers of its records in the outbox, in their order, and what it consists of."""
Deal = Callable[[Sequence[Waiting], Sequence[int], int, int], dict[int, Iterator[Batch]]]


@dataclass(slots=True)
class _Pile:
    """Records for one partition, in their order."""

    numbers: list[int] = field(default_factory=list)
    wires: list[bytes] = field(default_factory=list)


def dealt(
    parcels: Sequence[Waiting], partitions: Sequence[int], now_ms: int, bytes_max: int
) -> dict[int, Iterator[Batch]]:
    """Batches by partition.

    Args:
        parcels: of one topic.
        partitions: all that the topic has, in order.
        now_ms: time stamp of their records.
        bytes_max: size of a batch, unless a single record is larger.
    """
    keys, wires = (list(chain.from_iterable(some)) for some in zip(*(one.sendable() for one in parcels), strict=True))
    numbers = chain.from_iterable(one.numbers for one in parcels)
    piles: dict[int, _Pile] = defaultdict(_Pile)
    for partition, number, wire in zip(partitions_of(keys, partitions), numbers, wires, strict=True):
        pile = piles[partition]
        pile.numbers.append(number)
        pile.wires.append(wire)
    return {partition: _batches(pile, now_ms, bytes_max) for partition, pile in sorted(piles.items())}


def _batches(pile: _Pile, now_ms: int, bytes_max: int) -> Iterator[Batch]:
    numbers = iter(pile.numbers)
    for records in write(zip(repeat(now_ms), pile.wires, strict=False), bytes_max):
        yield list(islice(numbers, records.count)), records
