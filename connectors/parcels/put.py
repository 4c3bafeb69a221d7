"""Parcels are put into the outbox, events by column and other records as they go on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from sqlite3 import Connection

from connectors.event_wire import Head
from connectors.events import Contents, Traces
from connectors.parcels.packed import pack

# Of events whose delivery is not known any more. They are not sent again.
_NO_DELIVERY, _NO_HEAD = 0, "{}"
# A parcel is read and written as a whole, for a single event of it too.
_EVENTS_MOST = 256


def next_number(sql: Connection) -> int:
    """Number of the record that is put next."""
    found = sql.execute("SELECT first + count FROM parcel ORDER BY first DESC LIMIT 1").fetchone()
    return int(found[0]) if found else 1


def records(sql: Connection, topic: str, wires: Sequence[bytes], delivery: int, at: str) -> int:
    """Add records that go out together; returns the number of the first one, the others follow it."""
    first, count = next_number(sql), len(wires)
    _insert(sql, (first, count, count, topic, delivery, at, None, None), None, pack(wires))
    return first


def events(sql: Connection, topic: str, head: Head, contents: Contents, traces: Traces, delivery: int, at: str) -> int:
    """Add events of a delivery; returns the number of the first one, the others follow it."""
    first, stored = next_number(sql), head.stored()
    for begin, count in _cuts(len(contents.keys)):
        some, of_them = contents.cut(begin, begin + count), traces.cut(begin, begin + count)
        row = (first + begin, count, count, topic, delivery, at, None, of_them.stored())
        _insert(sql, row, stored, some.stored())
    return first


def known(sql: Connection, topic: str, contents: Contents, at: str) -> int:
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
