"""The outbox of a state file record by record, whatever parcels they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection

from connectors.parcels import TAKEN_BACK, WAITS, Places, Waiting, unpack
from connectors.state import State
from schemas.envelope import Headers
from schemas.wire import read_headers, read_sized


@dataclass(slots=True)
class OutboxRow:
    """A record that waits for its acknowledgement."""

    seq: int
    topic: str
    wire: bytes

    @property
    def key(self) -> bytes:
        """Its key, which every record of a connector has."""
        return read_sized(self.wire, 0)[0] or b""

    @property
    def value(self) -> bytes:
        """Its value, which every record of a connector has."""
        return read_sized(self.wire, self._value_at)[0] or b""

    @property
    def headers(self) -> Headers:
        """Its headers."""
        _, at = read_sized(self.wire, self._value_at)
        return [(name, value or b"") for name, value in read_headers(self.wire[at:])]

    @property
    def _value_at(self) -> int:
        return read_sized(self.wire, 0)[1]


def rows_waiting(state: State) -> list[OutboxRow]:
    """All that wait, one by one."""
    return [
        OutboxRow(number, one.topic, wire)
        for one in state.unpublished(1 << 40)
        for number, wire in zip(one.numbers, one.wires, strict=True)
    ]


def above_number(parcels: list[Waiting], seen: int) -> list[Waiting]:
    """Only records with a higher number than one that was seen: what a careless relay would ask for."""
    found: list[Waiting] = []
    for one in parcels:
        some = [at for at, number in enumerate(one.numbers) if number > seen]
        keys, wires = [one.keys[at] for at in some], [one.wires[at] for at in some]
        if some:
            found.append(Waiting(one.topic, [one.numbers[at] for at in some], keys, wires))
    return found


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
