"""The outbox of a state file record by record, whatever parcels they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection

from connectors.events import Contents, Traces
from connectors.parcels import TAKEN_BACK, WAITS, OutboxRow, Places, waiting


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
    """None: it does not wait."""
    kept: bytes | None
    """Body of an event that is not erased."""
    told: tuple[str, int, int, int] | None
    """Of an event: outcome, line, version, number of the one before."""


def entries(sql: Connection) -> Iterator[Entry]:
    """All of them but those taken back, in the order of their numbers."""
    records = {
        number: OutboxRow(number, some.topic, wire)
        for some in waiting(sql, 1 << 40)
        for number, wire in zip(some.numbers, some.wires, strict=True)
    }
    rows = sql.execute(
        "SELECT first, count, topic, delivery, places, traces, head, records FROM parcel LEFT JOIN content USING (first)"
        " ORDER BY first"
    ).fetchall()
    for first, count, topic, delivery, stored, told, head, content in rows:
        places = Places.read(stored, count)
        bodies = Contents.read(content, count).bodies if head is not None else [b""] * count
        for at, (partition, body) in enumerate(zip(places.partitions, bodies, strict=True)):
            if partition == TAKEN_BACK:
                continue
            waits, number = partition == WAITS, first + at
            place, offset = (None, None) if waits else (partition, places.offsets[at])
            said = None if told is None else Traces.one(told, count, at)
            yield Entry(number, topic, delivery, place, offset, records.get(number), body or None, said)
