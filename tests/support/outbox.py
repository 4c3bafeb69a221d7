"""The outbox of a state file record by record, whatever parcels they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from sqlite3 import Connection

from connectors.events import Contents, Traces
from connectors.parcels.places import TAKEN_BACK, WAITS, Places
from connectors.parcels.send import Waiting, waiting
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
        for number, wire in zip(one.numbers, one.sendable()[1], strict=True)
    ]


def above_number(parcels: list[Waiting], seen: int) -> list[Waiting]:
    """Only records with a higher number than one that was seen: what a careless relay would ask for."""
    above = [replace(one, waits=[at for at in one.waits if one.first + at > seen]) for one in parcels]
    return [one for one in above if one.waits]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that was put into the outbox."""

    number: int
    topic: str
    delivery: int
    partition: int | None
    """None: it waits, or nobody knows."""
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
        for number, wire in zip(some.numbers, some.sendable()[1], strict=True)
    }
    # A million of them would not fit: parcel by parcel.
    for (first,) in sql.execute("SELECT first FROM parcel ORDER BY first").fetchall():
        count, topic, delivery, stored, told, head, content = sql.execute(
            "SELECT count, topic, delivery, places, traces, head, records"
            " FROM parcel LEFT JOIN content USING (first) WHERE first = ?",
            (first,),
        ).fetchone()
        places = Places.read(stored, count)
        bodies = Contents.read(content, count).bodies if head is not None else [b""] * count
        for at, (partition, body) in enumerate(zip(places.partitions, bodies, strict=True)):
            if partition == TAKEN_BACK:
                continue
            waits, number = partition == WAITS, first + at
            place, offset = (None, None) if waits else (partition, places.offsets[at])
            said = None if told is None else Traces.one(told, count, at)
            yield Entry(number, topic, delivery, place, offset, records.get(number), body or None, said)
