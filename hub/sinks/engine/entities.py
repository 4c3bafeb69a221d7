"""Records of entities: one reading for vacancies, measures and placements, with or without a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from hub.sinks.engine.read import decode, fingerprint
from hub.sinks.engine.target import Child, Item, KafkaRecord, Row, Target
from hub.store.rows import identity, provenance, skeleton
from schemas.codes import Refused
from schemas.envelope import read_coordinates
from schemas.topics import Event

Fields = Callable[[Mapping[str, Any]], dict[str, Any]]
FurtherRows = Callable[[str, Mapping[str, Any]], Sequence[Row]]

ORDER = ("epoch", "version", "removed")


def entity_target(event: Event, table: Table, fields: Fields, *children: tuple[Child, FurtherRows]) -> Target:
    """A table with one row for each entity.

    Args:
        event: kind of event, names the schema.
        table: where the rows go.
        fields: columns of this table for an event, beside identity and provenance.
        children: further tables and how their rows are made of entity and event.
    """

    def read(record: KafkaRecord) -> Item:
        mark, raw = fingerprint(record.value), read_coordinates(record.headers)
        origin = provenance(record.topic, record.partition, record.offset, record.timestamp, record.headers, raw)
        if record.value is None:
            row = {**skeleton(_entity(record)), **origin}
            return Item(record.offset, (row["entity"],), None, mark, row, tuple(() for _ in children), raw)
        found = decode(event, record.value)
        row = {**identity(found), **fields(found), **origin}
        entity = row["entity"]
        rows = tuple(further(entity, found) for _, further in children)
        return Item(record.offset, (entity,), (found["epoch"], found["version"], False), mark, row, rows, raw)

    return Target(table, read, ORDER, ("first_seen_at",), tuple(child for child, _ in children))


def _entity(record: KafkaRecord) -> str:
    """The key of a record without a value, which is all it says."""
    try:
        entity = (record.key or b"").decode()
    except UnicodeDecodeError as error:
        raise Refused("E521") from error
    if ":" not in entity:
        raise Refused("E521")
    return entity
