"""The fields of an event as its .avsc has them: which there are, of what kind, and what stands there unless mapped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.codec import Record, avsc
from schemas.topics import Event

IDENTITY = ("jobcenter", "source_id", "epoch", "version", "status", "end_reason", "ended_on")
"""Fields every event has; the connector fills them itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its path ("pay.minimum"), kind of value, and whether an event may do without it."""

    path: str
    kind: str
    nullable: bool
    default: Any
    has_default: bool
    symbols: tuple[str, ...] = ()
    """Of a closed list: its values."""


@cache
def fields_of(event: Event) -> dict[str, Field]:
    """All fields of an event by path, records and the fields inside them."""
    return {field.path: field for field in _walk(avsc(event)["fields"], "")}


def blank(event: Event) -> Record:
    """A record in which every optional thing is absent."""
    record = _blank(event).copy()
    for name in _copied(event):
        record[name] = record[name].copy()
    return record


@cache
def _copied(event: Event) -> tuple[str, ...]:
    return tuple(name for name, value in _blank(event).items() if isinstance(value, (dict, list)))


@cache
def _blank(event: Event) -> Record:
    record: Record = {}
    for field in fields_of(event).values():
        *parents, name = field.path.split(".")
        holder: Any = record
        for parent in parents:
            holder = holder[parent] if holder is not None else None
        if holder is not None:
            holder[name] = {} if field.kind == "record" and not field.nullable else field.default
    return record


def _walk(fields: list[dict[str, Any]], prefix: str) -> list[Field]:
    found: list[Field] = []
    for field in fields:
        union = field["type"] if isinstance(field["type"], list) else [field["type"]]
        kinds = [kind for kind in union if kind != "null"]
        kind = kinds[0]
        name = kind if isinstance(kind, str) else str(kind.get("logicalType", kind["type"]))
        listed = kind.get("items", kind) if isinstance(kind, dict) else None
        symbols = tuple(listed.get("symbols", ())) if isinstance(listed, dict) else ()
        path, nullable = prefix + field["name"], len(kinds) < len(union)
        found.append(Field(path, name, nullable, field.get("default"), "default" in field, symbols))
        if isinstance(kind, dict) and kind["type"] == "record":
            found += _walk(kind["fields"], f"{prefix}{field['name']}.")
    return found
