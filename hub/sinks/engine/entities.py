"""Records of entities: one reading for vacancies, measures and placements, with or without a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Table

from hub.fast.readers import Unsupported
from hub.sinks.engine.packing import Packing
from hub.sinks.engine.read import decode, fingerprint
from hub.sinks.engine.target import Child, Item, KafkaRecord, Target
from hub.store.made import Columns, row_of
from hub.store.rows import IDENTITY, provenance, skeleton
from schemas.codes import Refused
from schemas.envelope import read_coordinates
from schemas.identity import entity_key
from schemas.topics import Event

ORDER = ("epoch", "version", "removed")

_log = structlog.get_logger(__name__)


def entity_target(event: Event, table: Table, columns: Columns, *further: tuple[Table, Columns]) -> Target:
    """A table with one row for each entity.

    Args:
        event: kind of event, names the schema.
        table: where the rows go.
        columns: columns of this table made of an event, beside identity and provenance.
        further: tables that have a row for each entity that did not leave, with its key and these columns.
    """
    columns = {**IDENTITY, **columns}

    def read(record: KafkaRecord) -> Item:
        mark, raw = fingerprint(record.value), read_coordinates(record.headers)
        origin = provenance(record.topic, record.partition, record.offset, record.timestamp, record.headers, raw)
        if record.value is None:
            row = {**skeleton(_entity(record)), **origin}
            return Item(record.offset, (row["entity"],), None, mark, row, tuple(() for _ in further), raw)
        found = decode(event, record.value)
        entity = entity_key(found["jobcenter"], found["source_id"])
        row = {"entity": entity, **row_of(columns, found), **origin}
        rows = tuple(({"entity": entity, **row_of(more, found)},) for _, more in further)
        return Item(record.offset, (entity,), (found["epoch"], found["version"], False), mark, row, rows, raw)

    children = tuple(Child(more, "entity") for more, _ in further)
    return Target(table, read, ORDER, ("first_seen_at",), children, _pack(event, (table, columns), *further))


def _pack(event: Event, *tables: tuple[Table, Columns]) -> Callable[[Sequence[KafkaRecord]], list[Item]] | None:
    try:
        return Packing(event, tables).pack
    except Unsupported as unsupported:
        _log.warning("every record goes the plain way", event_type=event, reason=str(unsupported))
        return None


def _entity(record: KafkaRecord) -> str:
    """The key of a record without a value, which is all it says."""
    try:
        entity = (record.key or b"").decode()
    except UnicodeDecodeError as error:
        raise Refused("E521") from error
    if ":" not in entity:
        raise Refused("E521")
    return entity
