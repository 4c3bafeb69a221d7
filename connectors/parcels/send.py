"""What waits in the outbox, and how it goes on the wire."""

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


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of a parcel that wait for their acknowledgement, as they are stored."""

    topic: str
    first: int
    """Number of the parcel's first record; the others follow it."""
    count: int
    waits: Sequence[int]
    """Which of them wait, in ascending order, from 0."""
    head: str | None
    """What its events have in common; None: its records are no events."""
    records: bytes
    traces: bytes

    @property
    def numbers(self) -> Sequence[int]:
        """Of those that wait."""
        if len(self.waits) == self.count:
            return range(self.first, self.first + self.count)
        return [self.first + at for at in self.waits]

    def sendable(self) -> tuple[list[bytes], list[bytes]]:
        """Keys of those that wait, and their keys, values and headers as they go on the wire (`schemas/wire.py`)."""
        if self.head is None:
            whole = unpack(self.records, self.count)
            wires = [whole[at] for at in self.waits]
            return [read_sized(wire, 0)[0] or b"" for wire in wires], wires
        contents, traces = Contents.read(self.records, self.count), Traces.read(self.traces, self.count)
        if len(self.waits) < self.count:
            contents, traces = contents.pick(self.waits), traces.pick(self.waits)
        writer = event_wire(self.head)
        keys = writer.keys(contents)
        return keys, writer.wires(keys, contents, traces)


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
            waits = _waits(places, count)
            found.append(Waiting(topic, first, count, waits, head, records, traces))
            missing -= len(waits)
            if missing <= 0:
                break
    return found


def _waits(places: bytes | None, count: int) -> Sequence[int]:
    if places is None:
        return range(count)
    return [at for at, partition in enumerate(Places.read(places, count).partitions) if partition == WAITS]
