"""Parcels: records of the outbox that were decided on together, in one row of the state file.

Each record keeps a number of its own and is acknowledged by itself. Its bytes lie there as they go on the wire, until
the last one of the parcel is acknowledged; where each came to lie stays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, compress, pairwise
from sqlite3 import Connection

from schemas.wire import read_sized

WAITS, TAKEN_BACK = -1, -2
"""In place of a partition: not acknowledged yet; never sent, since rows of a delivery contradicted each other."""

Told = tuple[int, int, Sequence[int]]
"""What is known of a batch: its partition, the offset of its first record, and the numbers of its records in order."""

_BEFORE_ALL = -(1 << 63)


@dataclass(slots=True)
class Waiting:
    """Records of a parcel that wait for their acknowledgement."""

    topic: str
    numbers: Sequence[int]
    """In ascending order, as the records."""
    keys: Sequence[bytes]
    wires: Sequence[bytes]
    """Key, value and headers (`schemas/wire.py`)."""


def pack(wires: Sequence[bytes]) -> bytes:
    """Records of a parcel: how long each is, then all of them."""
    return struct.pack(f"<{len(wires)}I", *map(len, wires)) + b"".join(wires)


def unpack(records: bytes, count: int) -> list[bytes]:
    """The other way round."""
    sizes = struct.unpack_from(f"<{count}I", records)
    return [records[start:end] for start, end in pairwise(accumulate(sizes, initial=4 * count))]


@dataclass(slots=True)
class Places:
    """Partition and offset of each record of a parcel."""

    partitions: list[int]
    offsets: list[int]

    @classmethod
    def unknown(cls, count: int) -> Places:
        """Those of records that wait."""
        return cls([WAITS] * count, [WAITS] * count)

    @classmethod
    def read(cls, stored: bytes, count: int) -> Places:
        """From the state file."""
        numbers = struct.unpack(f"<{count}h{count}q", stored)
        return cls(list(numbers[:count]), list(numbers[count:]))

    def stored(self) -> bytes:
        """For the state file."""
        count = len(self.partitions)
        return struct.pack(f"<{count}h{count}q", *self.partitions, *self.offsets)

    def of(self, at: int) -> tuple[int, int] | None:
        """Partition and offset of one record, if they are known."""
        return (self.partitions[at], self.offsets[at]) if self.partitions[at] >= 0 else None


@dataclass(slots=True)
class _Open:
    """A parcel of which some records wait."""

    first: int
    topic: str
    places: Places


def put(sql: Connection, topic: str, wires: Sequence[bytes], delivery: int) -> int:
    """Add records that go out together; returns the number of the first one, the others follow it."""
    found = sql.execute("SELECT first + count FROM parcel ORDER BY first DESC LIMIT 1").fetchone()
    first, count = int(found[0]) if found else 1, len(wires)
    sql.execute(
        "INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?)",
        (first, count, count, topic, delivery, Places.unknown(count).stored(), pack(wires)),
    )
    return first


def waiting(sql: Connection, limit: int, after: int | None = None) -> list[Waiting]:
    """The oldest parcels with records that wait, as many as it takes to have so many records.

    Asked by their mark, never by a highest number seen. `after` is the last number of a parcel that is on its way.
    """
    found: list[Waiting] = []
    missing = limit
    with closing(
        sql.execute(
            "SELECT first, count, topic, places, records FROM parcel WHERE waiting > 0 AND first > ? ORDER BY first",
            (_BEFORE_ALL if after is None else after,),
        )
    ) as parcels:
        for first, count, topic, places, records in parcels:
            partitions = Places.read(places, count).partitions
            wires = unpack(records, count)
            numbers: Sequence[int] = range(first, first + count)
            if partitions.count(WAITS) < count:
                waits = [partition == WAITS for partition in partitions]
                wires, numbers = [*compress(wires, waits)], [*compress(numbers, waits)]
            found.append(Waiting(topic, numbers, [read_sized(wire, 0)[0] or b"" for wire in wires], wires))
            missing -= len(wires)
            if missing <= 0:
                break
    return found


def mark(sql: Connection, told: Iterable[Told]) -> dict[tuple[str, int], int]:
    """Note where batches of records are; returns for each partition the highest offset among them."""
    places = [(partition, offset + at, number) for partition, offset, some in told for at, number in enumerate(some)]
    ends: dict[tuple[str, int], int] = {}
    for one, partition, offset, at in _opened(sql, sorted(places, key=lambda place: place[2])):
        one.places.partitions[at], one.places.offsets[at] = partition, offset
        ends[one.topic, partition] = max(offset, ends.get((one.topic, partition), offset))
    return ends


def _opened(sql: Connection, told: Sequence[tuple[int, int, int]]) -> Iterator[tuple[_Open, int, int, int]]:
    """Each of these with its parcel and its place there. What was done to a parcel is stored before the next one."""
    one: _Open | None = None
    for partition, offset, number in told:
        if one is None or number >= one.first + len(one.places.partitions):
            _store(sql, one)
            first, count, topic, places = sql.execute(
                "SELECT first, count, topic, places FROM parcel WHERE first <= ? ORDER BY first DESC LIMIT 1", (number,)
            ).fetchone()
            one = _Open(first, topic, Places.read(places, count))
        yield one, partition, offset, number - one.first
    _store(sql, one)


def _store(sql: Connection, one: _Open | None) -> None:
    if one is None:
        return
    waits = one.places.partitions.count(WAITS)
    # Their bytes are not needed any more once none of them waits.
    sql.execute(
        "UPDATE parcel SET waiting = ?, places = ?, records = CASE WHEN ? THEN records END WHERE first = ?",
        (waits, one.places.stored(), waits, one.first),
    )


def take_back(sql: Connection, numbers: Iterable[int]) -> None:
    """These are not sent after all; what was acknowledged stays."""
    for one, _, _, at in _opened(sql, [(0, 0, number) for number in sorted(numbers)]):
        if one.places.partitions[at] == WAITS:
            one.places.partitions[at] = TAKEN_BACK


def forget(sql: Connection, begun_before: str) -> None:
    """Drop parcels of deliveries begun before a time, if nothing of them waits. The last one stays: it counts on."""
    sql.execute(
        "DELETE FROM parcel WHERE waiting = 0 AND first < (SELECT max(first) FROM parcel)"
        " AND delivery IN (SELECT seq FROM delivery WHERE begun_at < ?)",
        (begun_before,),
    )
