"""What every schema of ours must hold: documented, classified, extensible, and harmless to read.

The last group is a guard. A reader dies on a recursive schema after 5 kB of input, and a few bytes make it allocate
gigabytes where an array's items take no room on the wire.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from schemas.codec import SCHEMAS, AvroSchema, avsc

CLASSES = frozenset({"public", "contact", "internal", "count"})
"""Who may see a field: everyone; those who apply (left out where a vacancy is anonymous or has ended); the
Jobcenters and the operators; a number of cases, shown only where it is not small."""

DECIMAL_DIGITS_MOST = 18

_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9_]*")


def problems(schema: AvroSchema, event: str) -> list[str]:
    """What is wrong with a schema, each with its place; empty when all is well."""
    found = list(_walk(schema, schema.get("name", "?"), {}, ()))
    if schema.get("type") != "record":
        found.append("the top is not a record")
    elif not _takes_room(schema, {}):
        found.append("the top: a record may have no bytes at all, and stock clients refuse such a value")
    if schema.get("namespace") != (expected := f"de.muensterland.jobcenter.{event}.v1"):
        found.append(f"namespace is {schema.get('namespace')!r}, expected {expected!r}")
    return found


def _walk(node: Any, place: str, known: dict[str, Any], inside: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, str):
        if node in inside:
            yield f"{place}: recursive, {node} contains itself"
        return
    if isinstance(node, list):
        for member in node:
            yield from _walk(member, place, known, inside)
        return
    kind = node["type"]
    if "name" in node:
        known[node["name"]] = node
        if not _PASCAL.fullmatch(node["name"]):
            yield f"{place}: type name {node['name']!r} is not PascalCase"
        if not node.get("doc"):
            yield f"{place}: type {node['name']} has no doc"
    if kind == "record":
        for field in node["fields"]:
            yield from _field(field, f"{place}.{field['name']}", known, (*inside, node["name"]))
    elif kind == "enum":
        yield from _enum(node, place)
    elif kind == "array":
        yield from _walk(node["items"], f"{place}[]", known, inside)
        if not _takes_room(node["items"], known):
            yield f"{place}: items of the array may take no bytes on the wire"
    elif kind == "map":
        yield f"{place}: a map has no documented keys; use an array of records"
    if node.get("logicalType") == "decimal":
        precision, scale = node.get("precision", 0), node.get("scale", 0)
        if not 0 < precision <= DECIMAL_DIGITS_MOST or not 0 <= scale <= precision:
            yield f"{place}: decimal is not bounded (precision 1 to {DECIMAL_DIGITS_MOST}, scale 0 to precision)"


def _field(field: dict[str, Any], place: str, known: dict[str, Any], inside: tuple[str, ...]) -> Iterator[str]:
    if not _SNAKE.fullmatch(field["name"]):
        yield f"{place}: field name is not snake_case"
    if not field.get("doc"):
        yield f"{place}: no doc"
    if field.get("class") not in CLASSES:
        yield f"{place}: class is {field.get('class')!r}, one of {', '.join(sorted(CLASSES))} is needed"
    kind = field["type"]
    if isinstance(kind, list):
        if len(kind) != 2 or kind[0] != "null":
            yield f"{place}: a union is null first and one other type"
        if "default" not in field or field["default"] is not None:
            yield f"{place}: optional without default null"
    yield from _walk(kind, place, known, inside)


def _enum(node: dict[str, Any], place: str) -> Iterator[str]:
    if node["symbols"][:1] != ["UNKNOWN"] or node.get("default") != "UNKNOWN":
        yield f"{place}: enum {node['name']} does not begin with UNKNOWN as its default"
    for symbol in node["symbols"]:
        if not _SYMBOL.fullmatch(symbol):
            yield f"{place}: symbol {symbol!r} is not in capitals"


def _takes_room(node: Any, known: dict[str, Any]) -> bool:
    """Whether a value always has at least one byte."""
    if isinstance(node, str):
        return node != "null" and (node not in known or _takes_room(known[node], known))
    if isinstance(node, list):
        return True  # the number of the branch
    if node["type"] == "record":
        return any(_takes_room(field["type"], known) for field in node["fields"])
    if node["type"] == "fixed":
        return bool(node["size"] > 0)
    return bool(node["type"] != "null")


if __name__ == "__main__":
    sys.exit("\n".join(f"{name}: {problem}" for name in SCHEMAS for problem in problems(avsc(name), name)) or 0)
