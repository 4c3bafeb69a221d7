"""Records are marked: acknowledged at their place in Kafka, or taken back before they were sent."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from connectors.parcels.numbers import by_parcel
from connectors.parcels.places import TAKEN_BACK, WAITS, Places

Told = tuple[int, int, Sequence[int]]
"""What is known of a batch: its partition, the offset of its first record, the numbers of its records, ascending."""


def acknowledged(sql: Connection, told: Iterable[Told]) -> dict[tuple[str, int], int]:
    """Note where batches of records are; returns for each partition the highest offset among them."""
    parcels: list[_Open] = []
    ends: dict[tuple[str, int], int] = {}
    for partition, offset, numbers in told:
        at = 0
        while at < len(numbers):
            one = _parcel_of(sql, numbers[at], parcels)
            behind, first = bisect_left(numbers, one.end, at), one.first
            partitions, offsets = one.places.partitions, one.places.offsets
            for place, number in enumerate(numbers[at:behind], offset + at):
                partitions[number - first], offsets[number - first] = partition, place
            last = offset + behind - 1
            ends[one.topic, partition] = max(last, ends.get((one.topic, partition), last))
            at = behind
    for one in parcels:
        _store(sql, one)
    return ends


def take_back(sql: Connection, numbers: Iterable[int]) -> None:
    """These are not sent after all; what was acknowledged stays."""
    for first, some in by_parcel(sql, numbers):
        one = _open(sql, first)
        for number in some:
            if one.places.partitions[number - one.first] == WAITS:
                one.places.partitions[number - one.first] = TAKEN_BACK
        _store(sql, one)


@dataclass(slots=True)
class _Open:
    """A parcel whose places are being changed."""

    first: int
    end: int
    topic: str
    places: Places


def _parcel_of(sql: Connection, number: int, parcels: list[_Open]) -> _Open:
    """The parcel a record belongs to, opened if it is not among these."""
    for one in parcels:
        if one.first <= number < one.end:
            return one
    parcels.append(_open(sql, number))
    return parcels[-1]


def _open(sql: Connection, number: int) -> _Open:
    first, count, topic, places = sql.execute(
        "SELECT first, count, topic, places FROM parcel WHERE first <= ? ORDER BY first DESC LIMIT 1", (number,)
    ).fetchone()
    return _Open(first, first + count, topic, Places.read(places, count))


def _store(sql: Connection, one: _Open) -> None:
    waits = one.places.partitions.count(WAITS)
    sql.execute("UPDATE parcel SET waiting = ?, places = ? WHERE first = ?", (waits, one.places.stored(), one.first))
    if not waits:
        # What is no event is not needed any more once none of them waits.
        sql.execute("DELETE FROM content WHERE first = ? AND head IS NULL", (one.first,))
