"""Field tables in schemas/<event>/README.md, made from the .avsc: `python -m schemas.docs` rewrites them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.codec import SCHEMAS, AvroSchema, avsc, locked_ids

BEGIN, END = "<!-- fields: made by python -m schemas.docs -->", "<!-- /fields -->"

_WORDS = {
    "string": "text",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "boolean": "boolean",
    "bytes": "bytes",
}
_LOGICAL = {"date": "date", "timestamp-millis": "time (UTC, ms)"}


def readme(name: str) -> Path:
    """The README of a schema."""
    return Path(__file__).parent / name / "README.md"


def field_table(name: str) -> str:
    """The generated part: identity of the schema, then one row for each field, nested ones with a dotted path."""
    schema = avsc(name)
    lines = [
        f"Record `{schema['namespace']}.{schema['name']}`, schema id {locked_ids()[name]['id']} on the wire.",
        "",
        "| field | type | class | meaning | example |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(cells)} |" for cells in _rows(schema, "", {})),
    ]
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """A README with its generated part replaced.

    Raises:
        ValueError: the marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no part between {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def stale() -> list[str]:
    """Schemas whose README does not hold the table of its .avsc."""
    texts = {name: readme(name).read_text(encoding="utf-8") for name in SCHEMAS}
    return [name for name, text in texts.items() if with_table(text, field_table(name)) != text]


def rewrite() -> None:
    """Bring every README up to date."""
    for name in SCHEMAS:
        file = readme(name)
        file.write_text(with_table(file.read_text(encoding="utf-8"), field_table(name)), encoding="utf-8", newline="\n")


def _rows(record: AvroSchema, path: str, known: dict[str, AvroSchema]) -> Iterator[list[str]]:
    for field in record["fields"]:
        place = f"{path}{field['name']}"
        inner, words, many = _unwrapped(field["type"], known)
        optional = isinstance(field["type"], list)
        default = f", default `{_json(field['default'])}`" if field.get("default") not in (None, []) else ""
        yield [
            f"`{place}`",
            ("list of " if many else "") + words + (", optional" if optional else "") + default,
            str(field["class"]),
            _cell(_meaning(field, inner)),
            f"`{field['example']}`" if "example" in field else "",
        ]
        if inner.get("type") == "record":
            yield from _rows(inner, f"{place}{'[]' if many else ''}.", known)


def _unwrapped(node: Any, known: dict[str, AvroSchema]) -> tuple[AvroSchema, str, bool]:
    """The named type or an empty dictionary, its word, and whether there are many of it."""
    if isinstance(node, list):
        node = next(member for member in node if member != "null")
    if isinstance(node, str):
        return ({}, _WORDS[node], False) if node in _WORDS else (known[node], known[node]["type"], False)
    if node["type"] == "array":
        inner, words, _ = _unwrapped(node["items"], known)
        return inner, words, True
    if "name" in node:
        known[node["name"]] = node
        return node, node["type"], False
    if node.get("logicalType") == "decimal":
        return {}, f"decimal ({node['precision']}, {node['scale']})", False
    return {}, _LOGICAL.get(node.get("logicalType"), _WORDS[node["type"]]), False


def _meaning(field: dict[str, Any], inner: AvroSchema) -> str:
    texts = [field["doc"]]
    if inner and inner["doc"] != field["doc"]:
        texts.append(inner["doc"])
    if inner.get("type") == "enum":
        texts.append("Symbols: " + ", ".join(f"`{symbol}`" for symbol in inner["symbols"]) + ".")
    return " ".join(texts)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(", ".join(stale()) or 0)
    rewrite()
