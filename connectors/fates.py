"""What became of rows. Of a row whose event was sent, the event tells it; of all others there is a row of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, get_args

from connectors.compare import Outcome
from connectors.events import Traces
from connectors.parcels.places import Places
from schemas.topics import Event


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of one row (or of an end nobody wrote a row for), and where its event is in Kafka."""

    delivery: str
    file: str
    event: str
    key: str | None
    outcome: str
    code: str | None
    column: str | None
    line: int | None
    version: int | None
    at: str
    topic: str | None
    partition: int | None
    offset: int | None


@dataclass(frozen=True, slots=True)
class _Sent:
    """An event of an entity, as its parcel tells of it."""

    number: int
    first: int
    topic: str
    delivery: int
    at: str
    count: int
    places: bytes | None
    traces: bytes


def history(sql: Connection, key: str, event: str | None) -> list[RowFate]:
    """Fates of an entity's rows, oldest first. Unchanged rows leave none."""
    found = [*_noted(sql, key, event)]
    for one in get_args(Event) if event is None else (event,):
        found += _sent(sql, key, one)
    return sorted(found, key=lambda fate: (fate.at, fate.line or 0, fate.version or 0))


def keys(sql: Connection) -> list[str]:
    """Identifiers of all entities and of all rows with a fate."""
    return [key for (key,) in sql.execute("SELECT key FROM fate WHERE key IS NOT NULL UNION SELECT key FROM entity")]


def sent_in(sql: Connection, delivery: int, event: str, key: str) -> list[int]:
    """Numbers of the events a delivery sent of an entity, if they are its last ones."""
    return [one.number for one, *_ in _chain(sql, event, key, delivery)]


def _noted(sql: Connection, key: str, event: str | None) -> Iterator[RowFate]:
    rows = sql.execute(
        "SELECT delivery.id, file, fate.event, fate.key, outcome, code, column_name, line, version, fate.at,"
        " topic, count, places, outbox_seq - first FROM fate JOIN delivery ON delivery.seq = fate.delivery"
        " LEFT JOIN parcel ON first = (SELECT max(first) FROM parcel WHERE first <= outbox_seq)"
        " WHERE fate.key = ? AND (? IS NULL OR fate.event = ?)",
        (key, event, event),
    )
    for *told, topic, count, places, at in rows:
        values: tuple[Any, ...] = (*told, *_place(topic, count, places, at))
        yield RowFate(*values)


def _sent(sql: Connection, key: str, event: str) -> Iterator[RowFate]:
    for one, outcome, line, version in _chain(sql, event, key, None):
        named = sql.execute("SELECT id, file FROM delivery WHERE seq = ?", (one.delivery,)).fetchone()
        if named is not None:
            (id_, file), place = named, _place(one.topic, one.count, one.places, one.number - one.first)
            yield RowFate(id_, file, event, key, outcome.value, None, None, line or None, version, one.at, *place)


def _chain(sql: Connection, event: str, key: str, delivery: int | None) -> Iterator[tuple[_Sent, Outcome, int, int]]:
    """Events an entity was last sent with, of one delivery or of all, the last one first; outcome, line, version."""
    found = sql.execute("SELECT record FROM entity WHERE event = ? AND key = ?", (event, key)).fetchone()
    number = found[0] if found else 0
    while number:
        row = sql.execute(
            "SELECT first, topic, delivery, at, count, places, traces FROM parcel"
            " WHERE first <= ? ORDER BY first DESC LIMIT 1",
            (number,),
        ).fetchone()
        if row is None or row[6] is None or number >= row[0] + row[4] or delivery not in (None, row[2]):
            return  # told long ago, or by another delivery
        one = _Sent(number, *row)
        outcome, line, version, number = Traces.one(one.traces, one.count, number - one.first)
        yield one, outcome, line, version


def _place(topic: str | None, count: int, places: bytes | None, at: int) -> tuple[str | None, int | None, int | None]:
    """Topic of a record's parcel, and partition and offset once they are known; nothing if the parcel is gone."""
    if topic is None or at >= count:
        return None, None, None
    partition, offset = Places.read(places, count).of(at) or (None, None)
    return topic, partition, offset
