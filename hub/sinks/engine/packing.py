"""Many records of an event as rows in PostgreSQL's binary form, column by column (ADR 5 tells why there are two ways).

What a field makes of a column is worked out once for each distinct value, by the plain functions and psycopg's own
dumpers, and remembered by the bytes the value has in the record. So an ordinary cell costs a look into a dictionary.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import fastavro
from psycopg import adapters
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from hub.fast.spans import Span, Spans, reader
from hub.fast.texts import doubt_utf8
from hub.fast.walk import Walk
from hub.sinks.engine.read import fingerprint
from hub.sinks.engine.target import Item, KafkaRecord, written
from hub.store.made import Columns, Made, Own, as_is
from hub.store.rows import moment
from schemas.codec import avsc, codec
from schemas.envelope import coordinates_in
from schemas.identity import entity_key
from schemas.topics import Event

BYTES_MAX = 32 * 1024
"""Larger records go the plain way: a batch of giants is not to be copied."""

_REMEMBERED_MAX = 10_000  # for each column
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_SIZE, _LONG, _CELLS = struct.Struct(">i").pack, struct.Struct(">iq").pack, struct.Struct(">h").pack
_NULL = _SIZE(-1)
_FALSE = _SIZE(1) + b"\0"
_MARK = _SIZE(8)

Cells = list[bytes]


class InDoubt(Exception):
    """Something in this batch is not as usual; the plain way finds out what, record by record."""


class Packing:
    """From records of one event to rows of its table and of further ones.

    Args:
        event: kind of event, names the schema.
        tables: each with the columns made of the event.

    Raises:
        Unsupported: the schema holds something that is not known here.
    """

    def __init__(self, event: Event, tables: Sequence[tuple[Table, Columns]]) -> None:
        self._header = codec(event).header
        made = [column for _, columns in tables for column in columns.values()]
        own = {path for column in made if isinstance(column, Own) for path in column.paths}
        fields = {path for column in made if not isinstance(column, Own) for path in column.paths}
        self._read, schemas = reader(avsc(event), own | fields | {"jobcenter", "source_id"})
        self._own, self._fields = sorted(own | {"source_id"}), sorted(fields | {"jobcenter"})
        self._decode = {path: _decoder(schema) for path, schema in schemas.items()}
        self._tables = [(_CELLS(len(written(table))), *self._columns(table, columns)) for table, columns in tables]
        topics = _Remembered(as_is, "text")
        self._topic, self._partition = topics, _Remembered(as_is, "integer")
        self._moment = _Remembered(moment, "timestamp with time zone")

    def _columns(self, table: Table, columns: Columns) -> tuple[list[str], dict[str, tuple[Made, _Remembered]]]:
        names = [column.name for column in written(table)]
        return names, {
            column.name: (made, _Remembered(self._from_bytes(made), _kind(column)))
            for column in written(table)
            if (made := columns.get(column.name)) is not None
        }

    def _from_bytes(self, made: Made) -> Callable[[Any], Any]:
        """The value of a column, of the bytes of its one field or of those of each of its fields."""
        if len(made.paths) == 1:
            decode = self._decode[made.paths[0]]
            return lambda told: made.make(decode(told))
        decoders = [self._decode[path] for path in made.paths]
        return lambda told: made.make(*(decode(one) for decode, one in zip(decoders, told, strict=True)))

    def pack(self, records: Sequence[KafkaRecord]) -> list[Item]:
        """An item with its rows for each record; all of them have a value.

        Raises:
            InDoubt: not all of them are surely in order.
        """
        values = [record.value or b"" for record in records]
        walk, spans = self._walk(values)
        fields = {path: _cut(walk, spans.fields.get(path), b"") for path in self._fields}
        own = {path: _cut(walk, spans.texts.get(path), None) for path in self._own}
        entities = [
            entity_key(self._decode["jobcenter"](jobcenter), (source_id or b"").decode())
            for jobcenter, source_id in zip(fields["jobcenter"], own["source_id"], strict=True)
        ]
        epochs, versions = spans.numbers["epoch"].tolist(), spans.numbers["version"].tolist()
        marks = list(map(fingerprint, values))
        headers = [dict(record.headers) for record in records]
        origins = list(map(coordinates_in, headers))
        moments = [self._moment[record.timestamp] for record in records]
        given: dict[str, Cells] = {
            "entity": [_cell(entity.encode()) for entity in entities],
            "epoch": [_LONG(8, epoch) for epoch in epochs],
            "version": [_LONG(8, version) for version in versions],
            "removed": [_FALSE] * len(records),
            "fingerprint": [_MARK + mark for mark in marks],
            "first_seen_at": moments,
            "changed_at": moments,
            "event_id": [_event_id(found.get("ce_id")) for found in headers],
            "record_topic": [self._topic[record.topic] for record in records],
            "record_partition": [self._partition[record.partition] for record in records],
            "record_offset": [_LONG(8, record.offset) for record in records],
            "raw_topic": [self._topic[raw.topic] if raw is not None else _NULL for raw in origins],
            "raw_partition": [self._partition[raw.partition] if raw is not None else _NULL for raw in origins],
            "raw_offset": [_LONG(8, raw.offset) if raw is not None else _NULL for raw in origins],
        }
        rows = zip(*(_rows(*table, given, fields, own) for table in self._tables), strict=True)
        return [
            Item(record.offset, (entity,), (epoch, version, False), mark, {}, (), raw, packed)
            for record, entity, epoch, version, mark, raw, packed in zip(
                records, entities, epochs, versions, marks, origins, rows, strict=True
            )
        ]

    def _walk(self, values: Sequence[bytes]) -> tuple[Walk, Spans]:
        if max(map(len, values)) > BYTES_MAX:
            raise InDoubt
        walk = Walk.over(values)
        spans = self._read_all(walk)
        doubt_utf8(walk, walk.finish())
        if walk.doubt.any():
            raise InDoubt
        return walk, spans

    def _read_all(self, walk: Walk) -> Spans:
        spans = Spans()
        walk.expect(self._header)
        self._read(walk, None, spans)
        return spans


class _Remembered(dict[Any, bytes]):
    """From what tells a value to its cell."""

    def __init__(self, value_of: Callable[[Any], Any], kind: str) -> None:
        super().__init__()
        self._value_of, self._psycopg = value_of, Transformer()
        self._psycopg.set_dumper_types([adapters.types.get_oid(kind)], Format.BINARY)

    def __missing__(self, told: Any) -> bytes:
        [packed] = self._psycopg.dump_sequence([self._value_of(told)], [PyFormat.BINARY])
        if len(self) >= _REMEMBERED_MAX:
            self.clear()
        cell = self[told] = _cell(bytes(packed)) if packed is not None else _NULL
        return cell


def _rows(
    head: bytes,
    names: Sequence[str],
    made: dict[str, tuple[Made, _Remembered]],
    given: dict[str, Cells],
    fields: dict[str, list[bytes]],
    own: dict[str, list[bytes | None]],
) -> list[bytes]:
    """The rows of one table: the number of cells, then each behind its size."""
    cells: list[Cells] = []
    for name in names:
        if name not in made:
            cells.append(given[name])
            continue
        column, remembered = made[name]
        if isinstance(column, Own):
            cells.append([_cell(text) for text in own[column.paths[0]]])
        elif len(column.paths) == 1:
            cells.append([remembered[told] for told in fields[column.paths[0]]])
        else:
            together = zip(*(fields[path] for path in column.paths), strict=True)
            cells.append([remembered[told] for told in together])
    return list(map(b"".join, zip(repeat(head), *cells)))


def _cell(content: bytes | None) -> bytes:
    return _SIZE(len(content)) + content if content is not None else _NULL


def _event_id(told: bytes | None) -> bytes:
    return _cell(told.decode(errors="replace").encode()) if told else _NULL


def _cut(walk: Walk, span: Span | None, absent: Any) -> list[Any]:
    return span.cut(walk, absent) if span is not None else [absent] * walk.count


def _decoder(schema: Any) -> Callable[[bytes], Any]:
    """A field of its bytes; None of no bytes, since then the part it belongs to is not there."""
    parsed = fastavro.parse_schema(schema)
    return lambda told: fastavro.schemaless_reader(io.BytesIO(told), parsed, None) if told else None


def _kind(column: Column[Any]) -> str:
    """The type of a column, as PostgreSQL calls it, without its measures."""
    kind, _, _ = str(column.type.compile(dialect=_DIALECT)).lower().partition("(")
    return kind
