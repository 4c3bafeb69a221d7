"""What waits in the outbox, ready for the wire."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from sqlite3 import Connection

from connectors.event_wire import event_wire
from connectors.events import Contents, Traces
from connectors.parcels.packed import unpack
from connectors.parcels.places import WAITS, Places
from schemas.wire import read_sized

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
