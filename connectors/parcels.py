"""Parcels: records of the outbox that were decided on together, in one row of the state file.

Each record keeps a number of its own and is acknowledged by itself. Events stay here as long as they are their
entity's last word, and nowhere else; `connectors/spent.py` erases them then. Other records, reports on deliveries, lie
there as they go on the wire and go with the last acknowledgement of their parcel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat
from sqlite3 import Connection, DatabaseError

from connectors.event_wire import Head, event_wire
from connectors.events import Contents, Traces
from schemas.wire import read_sized

WAITS, TAKEN_BACK = -1, -2
"""In place of a partition: not acknowledged yet; never sent, since rows of a delivery contradicted each other."""

_BEFORE_ALL = -(1 << 63)
# Of events whose delivery is not known any more. They are not sent again.
_NO_DELIVERY, _NO_HEAD = 0, "{}"
# A parcel is read and written as a whole, for a single event of it too.
_EVENTS_MOST = 256


Told = tuple[int, int, Sequence[int]]
"""What is known of a batch: its partition, the offset of its first record, and the numbers of its records in order."""


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
    """Records as they go on the wire: how long each is, then all of them."""
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
    def read(cls, stored: bytes | None, count: int) -> Places:
        """From the state file, which has none where all wait, or where nobody knows."""
        if stored is None:
            return cls([WAITS] * count, [WAITS] * count)
        numbers = struct.unpack(f"<{count}h{count}q", stored)
        return cls(list(numbers[:count]), list(numbers[count:]))

    def stored(self) -> bytes:
        """For the state file."""
        count = len(self.partitions)
        return struct.pack(f"<{count}h{count}q", *self.partitions, *self.offsets)

    def of(self, at: int) -> tuple[int, int] | None:
        """Partition and offset of one record, if they are known."""
        return (self.partitions[at], self.offsets[at]) if self.partitions[at] >= 0 else None


# ---------------------------------------------------------------------------------------------------- putting


def next_number(sql: Connection) -> int:
    """Number of the record that is put next."""
    found = sql.execute("SELECT first + count FROM parcel ORDER BY first DESC LIMIT 1").fetchone()
    return int(found[0]) if found else 1


def put(sql: Connection, topic: str, wires: Sequence[bytes], delivery: int, at: str) -> int:
    """Add records that go out together; returns the number of the first one, the others follow it."""
    first, count = next_number(sql), len(wires)
    _insert(sql, (first, count, count, topic, delivery, at, None, None), None, pack(wires))
    return first


def put_events(
    sql: Connection, topic: str, head: Head, contents: Contents, traces: Traces, delivery: int, at: str
) -> int:
    """Add events of a delivery; returns the number of the first one, the others follow it."""
    first, stored = next_number(sql), head.stored()
    for begin, count in _cuts(len(contents.keys)):
        some, of_them = contents.cut(begin, begin + count), traces.cut(begin, begin + count)
        row = (first + begin, count, count, topic, delivery, at, None, of_them.stored())
        _insert(sql, row, stored, some.stored())
    return first


def put_known(sql: Connection, topic: str, contents: Contents, at: str) -> int:
    """Add events that were sent long ago, so that they can be ended; returns the number of the first one."""
    first = next_number(sql)
    for begin, count in _cuts(len(contents.keys)):
        row = (first + begin, count, 0, topic, _NO_DELIVERY, at, None, None)
        _insert(sql, row, _NO_HEAD, contents.cut(begin, begin + count).stored())
    return first


def _cuts(count: int) -> Iterator[tuple[int, int]]:
    for begin in range(0, count, _EVENTS_MOST):
        yield begin, min(_EVENTS_MOST, count - begin)


def _insert(sql: Connection, parcel: tuple[object, ...], head: str | None, records: bytes) -> None:
    sql.execute("INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?, ?)", parcel)
    sql.execute("INSERT INTO content VALUES (?, ?, ?)", (parcel[0], head, records))


# ---------------------------------------------------------------------------------------------------- sending


def waiting(sql: Connection, limit: int, after: int | None = None) -> list[Waiting]:
    """The oldest parcels with records that wait, as many as it takes to have so many records.

    Asked by their mark, never by a highest number seen. `after` is the last number of a parcel that is on its way.
    """
    found: list[Waiting] = []
    missing = limit
    rows = sql.execute(
        "SELECT first, count, topic, places, traces, head, records FROM parcel JOIN content USING (first)"
        " WHERE waiting > 0 AND first > ? ORDER BY first",
        (_BEFORE_ALL if after is None else after,),
    )
    with closing(rows):
        for first, count, topic, places, traces, head, records in rows:
            waits = [at for at, one in enumerate(Places.read(places, count).partitions) if one == WAITS]
            numbers = range(first, first + count) if len(waits) == count else [first + at for at in waits]
            found.append(Waiting(topic, numbers, *_sendable(count, waits, traces, head, records)))
            missing -= len(waits)
            if missing <= 0:
                break
    return found


def _sendable(
    count: int, waits: list[int], traces: bytes, head: str | None, records: bytes
) -> tuple[list[bytes], list[bytes]]:
    """Keys and wires of the records of a parcel that wait."""
    if head is None:
        whole = unpack(records, count)
        wires = [whole[at] for at in waits]
        return [read_sized(wire, 0)[0] or b"" for wire in wires], wires
    contents, of_them = Contents.read(records, count), Traces.read(traces, count)
    if len(waits) < count:
        contents, of_them = contents.pick(waits), of_them.pick(waits)
    writer = event_wire(head)
    keys = writer.keys(contents)
    return keys, writer.wires(keys, contents, of_them)


def mark(sql: Connection, told: Iterable[Told]) -> dict[tuple[str, int], int]:
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


def by_parcel(sql: Connection, numbers: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """These numbers in their order, by the first number of the parcel they belong to."""
    some: list[int] = []
    first = end = None
    for number in sorted(numbers):
        if end is None or number >= end:
            if first is not None:
                yield first, some
            some = []
            first, end = sql.execute(
                "SELECT first, max(first + count, ?1 + 1) FROM parcel WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
                (number,),
            ).fetchone()
        some.append(number)
    if first is not None:
        yield first, some


# ---------------------------------------------------------------------------------------------------- keeping


class NotItsRecord(DatabaseError):
    """The state file names a record as an entity's last that is not one of that entity: it is damaged."""


def bodies(sql: Connection, wanted: Mapping[int, str]) -> dict[int, bytes]:
    """Avro bodies of events by their numbers, of which the entities are given.

    Raises:
        NotItsRecord: one of them is another's, or erased.
    """
    found: dict[int, bytes] = {}
    for first, numbers in by_parcel(sql, wanted):
        row = sql.execute(
            "SELECT count, records FROM parcel JOIN content USING (first) WHERE first = ? AND head IS NOT NULL",
            (first,),
        ).fetchone()
        contents = Contents.read(row[1], row[0]) if row else Contents()
        for number in numbers:
            at = number - first
            if at >= len(contents.keys) or contents.keys[at] != wanted[number] or not contents.bodies[at]:
                raise NotItsRecord(f"record {number} of the state file is not the last event of {wanted[number]}")
            found[number] = contents.bodies[at]
    return found


def forget(sql: Connection, before: str) -> None:
    """Drop the traces of records put before a time, if nothing of their parcel waits, and parcels without bytes.

    The last one stays: it counts on.
    """
    old = "waiting = 0 AND at < ? AND +first < (SELECT max(first) FROM parcel)"
    sql.execute(
        f"DELETE FROM parcel WHERE {old} AND NOT EXISTS (SELECT 1 FROM content WHERE content.first = parcel.first)",  # noqa: S608
        (before,),
    )
    sql.execute(f"UPDATE parcel SET traces = NULL, places = NULL WHERE {old} AND traces IS NOT NULL", (before,))  # noqa: S608
