"""Examples beside a schema, schemas/<event>/examples/{valid,invalid}/*.json, as records or bytes.

An example is the record with dates and timestamps as ISO text, decimals as text, bytes as hexadecimal text; fields
left out take the default of the schema. Where the bytes themselves are at fault, an example is `{"hex": "…"}`, with
`"repeat"` for something long. The name of an invalid example begins with the code that must come of it.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import schemas
from schemas.codec import AvroSchema, avsc

FOLDER = Path(schemas.__file__).parent

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """One example file."""

    schema: str
    path: Path

    def __str__(self) -> str:
        return f"{self.schema}/{self.path.stem}"

    @property
    def code(self) -> str:
        """Code the file name begins with."""
        return self.path.stem.split("_", 1)[0]

    def content(self) -> Record | bytes:
        """The record, or the bytes of a value."""
        loaded = json.loads(self.path.read_text(encoding="utf-8"))
        if loaded.keys() <= {"hex", "repeat"}:
            return bytes.fromhex(loaded["hex"]) * int(loaded.get("repeat", 1))
        return to_record(self.schema, loaded)

    def record(self) -> Record:
        """The record of an example that is one."""
        content = self.content()
        assert isinstance(content, dict), f"{self} holds bytes"
        return content


def examples(schema: str, kind: str) -> list[Example]:
    """Examples of a schema; kind is "valid" or "invalid"."""
    return [Example(schema, path) for path in sorted((FOLDER / schema / "examples" / kind).glob("*.json"))]


def to_record(schema: str, loaded: Record) -> Record:
    """A record out of its JSON form. What cannot be converted stays as it is, for a rule to refuse."""
    return _record(avsc(schema), loaded, _named(schema))


@cache
def _named(schema: str) -> dict[str, AvroSchema]:
    found: dict[str, AvroSchema] = {}

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for inner in node:
                visit(inner)
        elif isinstance(node, dict):
            if node.get("type") in ("record", "enum", "fixed"):
                found[node["name"]] = node
            for key in ("type", "items", "fields"):
                visit(node.get(key))

    visit(avsc(schema))
    return found


def _record(schema: AvroSchema, loaded: Record, named: dict[str, AvroSchema]) -> Record:
    known = {field["name"]: field for field in schema["fields"]}
    record = {name: field["default"] for name, field in known.items() if "default" in field} | loaded
    return {
        name: _value(known[name]["type"], value, named) if name in known else value for name, value in record.items()
    }


def _value(kind: Any, value: Any, named: dict[str, AvroSchema]) -> Any:
    if isinstance(kind, str):
        kind = named.get(kind, kind)
    if value is None:
        return None
    if isinstance(kind, list):
        return _value(next(member for member in kind if member != "null"), value, named)
    if kind == "bytes":
        return bytes.fromhex(value)
    if not isinstance(kind, dict):
        return value
    if kind["type"] == "record" and isinstance(value, dict):
        return _record(kind, value, named)
    if kind["type"] == "array" and isinstance(value, list):
        return [_value(kind["items"], inner, named) for inner in value]
    try:
        if kind.get("logicalType") == "date":
            return datetime.date.fromisoformat(value)
        if kind.get("logicalType") == "timestamp-millis":
            return datetime.datetime.fromisoformat(value)
        if kind.get("logicalType") == "decimal":
            return Decimal(value)
    except (ValueError, InvalidOperation, TypeError):
        return value
    return value
