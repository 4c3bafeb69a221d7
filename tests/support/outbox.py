"""The outbox of a state file record by record, whatever parcels they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection

from connectors.parcels import TAKEN_BACK, WAITS, OutboxRow, Places, unpack


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that was put into the outbox."""

    number: int
    topic: str
    delivery: int
    partition: int | None
    """None: it waits."""
    offset: int | None
    record: OutboxRow | None
    """None: all of its parcel are acknowledged."""


def entries(sql: Connection) -> Iterator[Entry]:
    """All of them but those taken back, in the order of their numbers."""
    rows = sql.execute("SELECT first, count, topic, delivery, places, records FROM parcel ORDER BY first").fetchall()
    for first, count, topic, delivery, stored, records in rows:
        places = Places.read(stored, count)
        wires = unpack(records, count) if records is not None else [None] * count
        for at, (partition, wire) in enumerate(zip(places.partitions, wires, strict=True)):
            if partition == TAKEN_BACK:
                continue
            waits, record = partition == WAITS, None if wire is None else OutboxRow(first + at, topic, wire)
            place = None if waits else partition
            yield Entry(first + at, topic, delivery, place, None if waits else places.offsets[at], record)
