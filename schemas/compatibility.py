"""Versions of a schema under FULL_TRANSITIVE: each can read what any other wrote.

Producers and subscribers upgrade at different times, and a topic is replayed years later. So every pair of versions
is tried in both directions with real bytes: records that take each branch, each symbol and each length once are
written with one version and read with the other. What both versions know must come out as it went in; only a symbol
the reader does not know may become its default.
"""

from __future__ import annotations

import datetime
import io
import itertools
import json
import re
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import resources
from typing import Any

import fastavro

from schemas.codec import SCHEMAS, AvroSchema

Named = dict[str, AvroSchema]

_PRIMITIVES: dict[str, Any] = {
    "null": None, "boolean": True, "int": 7, "long": 7, "float": 1.5, "double": 1.5, "string": "text", "bytes": b"\1\2",
}  # fmt: skip
_LOGICAL: dict[str, Any] = {
    "date": datetime.date(2026, 11, 25),
    "timestamp-millis": datetime.datetime(2026, 11, 25, 6, 30, tzinfo=datetime.UTC),
}


def versions(name: str) -> list[AvroSchema]:
    """All versions of a schema, v1.avsc first."""
    files = [
        file for file in (resources.files("schemas") / name).iterdir() if re.fullmatch(r"v[0-9]+\.avsc", file.name)
    ]
    files.sort(key=lambda file: int(file.name[1:-5]))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def problems(schemas: Sequence[AvroSchema]) -> list[str]:
    """Why some version cannot read what another wrote; empty when all can."""
    found = []
    for (place, old), (later, new) in itertools.combinations(enumerate(schemas, start=1), 2):
        for writer, reader, way in ((old, new, f"v{later} reads v{place}"), (new, old, f"v{place} reads v{later}")):
            found += [f"{way}: {problem}" for problem in _read_problems(writer, reader)]
    return found


def _read_problems(writer: AvroSchema, reader: AvroSchema) -> Iterator[str]:
    if _full_name(writer) != _full_name(reader):
        # fastavro does not mind another name; other readers do.
        yield f"the record is named {_full_name(reader)}, not {_full_name(writer)}"
        return
    yield from _changed_meanings(writer, reader)
    written, read = fastavro.parse_schema(writer), fastavro.parse_schema(reader)
    told = set()
    for record in samples(writer):
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, written, record, strict=True)
        stream.seek(0)
        try:
            seen = fastavro.schemaless_reader(stream, written, read)
        except Exception as error:  # fastavro raises SchemaResolutionError, KeyError, TypeError, …
            problem = f"{type(error).__name__}: {error}"
        else:
            problem = "; ".join(_differences(record, seen, reader, _names(reader), ""))
        if problem and problem not in told:
            told.add(problem)
            yield problem


def _changed_meanings(writer: AvroSchema, reader: AvroSchema) -> Iterator[str]:
    """Logical types that differ. fastavro reads with the writer's and hides it; other readers take their own."""
    wrote, reads = dict(_meanings(writer, "", _names(writer))), dict(_meanings(reader, "", _names(reader)))
    for place in wrote.keys() & reads.keys():
        if wrote[place] != reads[place]:
            yield f"{place} was written as {wrote[place]} and is read as {reads[place]}"


def _meanings(node: Any, place: str, names: Named) -> Iterator[tuple[str, str]]:
    node = _resolved(node, names)
    if isinstance(node, str):
        yield place, "plain value"
    elif node["type"] == "record":
        for field in node["fields"]:
            yield from _meanings(field["type"], f"{place}.{field['name']}".lstrip("."), names)
    elif node["type"] == "array":
        yield from _meanings(node["items"], f"{place}[]", names)
    elif node["type"] != "enum":
        kind = node.get("logicalType", "plain value")
        yield place, f"{kind} ({node.get('precision')}, {node.get('scale', 0)})" if kind == "decimal" else kind


def _full_name(schema: AvroSchema) -> str:
    return f"{schema.get('namespace', '')}.{schema.get('name', '')}"


def samples(schema: AvroSchema) -> list[dict[str, Any]]:
    """Records that together take every branch of every union, every symbol, and arrays of length 0 and 1."""
    return list(_values(schema, _names(schema)))


def _values(node: Any, names: Named) -> list[Any]:
    if isinstance(node, str):
        return _values(names[node], names) if node in names else [_PRIMITIVES[node]]
    if isinstance(node, list):
        return [value for member in node for value in _values(member, names)]
    if node.get("logicalType") in _LOGICAL:
        return [_LOGICAL[node["logicalType"]]]
    if node.get("logicalType") == "decimal":
        return [Decimal(1234).scaleb(-node.get("scale", 0))]
    if node["type"] == "enum":
        return list(node["symbols"])
    if node["type"] == "array":
        return [[], *([value] for value in _values(node["items"], names))]
    if node["type"] == "fixed":
        return [bytes(node["size"])]
    if node["type"] == "record":
        return _records(node, names)
    return _values(node["type"], names)


def _records(node: AvroSchema, names: Named) -> list[dict[str, Any]]:
    choices = {field["name"]: _values(field["type"], names) for field in node["fields"]}
    base = {name: values[-1] for name, values in choices.items()}
    # One field at a time: every value occurs, and the number of records stays a sum, not a product.
    return [base, *({**base, name: value} for name, values in choices.items() for value in values[:-1])]


def _differences(wrote: Any, seen: Any, reader: Any, names: Named, place: str) -> Iterator[str]:
    reader = _resolved(reader, names)
    if isinstance(wrote, dict) and isinstance(seen, dict):
        fields = {field["name"]: field["type"] for field in reader["fields"]}
        for name in wrote.keys() & seen.keys():
            yield from _differences(wrote[name], seen[name], fields[name], names, f"{place}.{name}".lstrip("."))
    elif isinstance(wrote, list) and isinstance(seen, list):
        for one, other in zip(wrote, seen, strict=True):
            yield from _differences(one, other, reader["items"], names, f"{place}[]")
    elif type(wrote) is not type(seen) or wrote != seen:
        enum = isinstance(reader, dict) and reader.get("type") == "enum"
        if not (enum and wrote not in reader["symbols"] and seen == reader.get("default")):
            yield f"{place} was written as {wrote!r} and is read as {seen!r}"


def _resolved(node: Any, names: Named) -> Any:
    """The schema a value is read with: names looked up, and of an optional type the branch that is not null."""
    if isinstance(node, list):
        node = next((member for member in node if member != "null"), "null")
    if isinstance(node, str):
        node = names.get(node, node)
    return node


def _names(schema: AvroSchema) -> Named:
    found: Named = {}

    def visit(node: Any) -> None:
        for inner in node if isinstance(node, list) else ():
            visit(inner)
        if isinstance(node, dict):
            if "name" in node and "type" in node and node["type"] in ("record", "enum", "fixed"):
                found[node["name"]] = node
            for key in ("type", "items", "fields"):
                visit(node.get(key))

    visit(schema)
    return found


if __name__ == "__main__":
    sys.exit("\n".join(f"{name}: {problem}" for name in SCHEMAS for problem in problems(versions(name))) or 0)
