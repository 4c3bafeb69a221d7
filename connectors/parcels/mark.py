"""Records are marked: acknowledged at their place in Kafka, or taken back before they were sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from sqlite3 import Connection

from connectors.parcels.numbers import by_parcel
from connectors.parcels.places import TAKEN_BACK, WAITS, Places

Told = tuple[int, int, Sequence[int]]
"""What is known of a batch: its partition, the offset of its first record, and the numbers of its records in order."""


def acknowledged(sql: Connection, told: Iterable[Told]) -> dict[tuple[str, int], int]:
    """Note where batches of records are; returns for each partition the highest offset among them."""
    places: dict[int, tuple[int, int]] = {}
    for partition, offset, numbers in told:
        lie_at = range(offset, offset + len(numbers))
        places.update(zip(numbers, zip(repeat(partition), lie_at, strict=False), strict=True))
    ends: dict[tuple[str, int], int] = {}
    for one, some in _opened(sql, places):
        partitions, offsets, first = one.places.partitions, one.places.offsets, one.first
        for number in some:
            partitions[number - first], offsets[number - first] = places[number]
        for partition, offset in dict(sorted(map(places.__getitem__, some))).items():  # the last one of each
            ends[one.topic, partition] = max(offset, ends.get((one.topic, partition), offset))
        _store(sql, one)
    return ends


def take_back(sql: Connection, numbers: Iterable[int]) -> None:
    """These are not sent after all; what was acknowledged stays."""
    for one, some in _opened(sql, numbers):
        for number in some:
            if one.places.partitions[number - one.first] == WAITS:
                one.places.partitions[number - one.first] = TAKEN_BACK
        _store(sql, one)


@dataclass(slots=True)
class _Open:
    """A parcel whose places are being changed."""

    first: int
    topic: str
    places: Places


def _opened(sql: Connection, numbers: Iterable[int]) -> Iterator[tuple[_Open, list[int]]]:
    for parcel, some in by_parcel(sql, numbers):
        count, topic, places = sql.execute(
            "SELECT count, topic, places FROM parcel WHERE first = ?", (parcel,)
        ).fetchone()
        yield _Open(parcel, topic, Places.read(places, count)), some


def _store(sql: Connection, one: _Open) -> None:
    waits = one.places.partitions.count(WAITS)
    sql.execute("UPDATE parcel SET waiting = ?, places = ? WHERE first = ?", (waits, one.places.stored(), one.first))
    if not waits:
        # What is no event is not needed any more once none of them waits.
        sql.execute("DELETE FROM content WHERE first = ? AND head IS NULL", (one.first,))
