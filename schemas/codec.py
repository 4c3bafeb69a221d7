"""Avro in Confluent wire format: 0x00, four bytes of schema id, body. Strict in both directions."""

from __future__ import annotations

import io
import json
from functools import cache, cached_property
from importlib import resources
from typing import Any

import fastavro

from schemas.codes import Refused
from schemas.writer import Doubt, Write, writer

SCHEMAS = ("vacancy", "measure", "placement", "rejected", "receipt", "delivery", "remark", "match")
LIMIT_BYTES = 1 << 20
_HEADER = 5

AvroSchema = dict[str, Any]
Record = dict[str, Any]


@cache
def avsc(name: str) -> AvroSchema:
    """The schema as its file has it, with our own attributes (class, example).

    Raises:
        KeyError: no event of that name.
    """
    if name not in SCHEMAS:
        raise KeyError(f"no schema {name!r}; known: {', '.join(SCHEMAS)}")
    loaded: AvroSchema = json.loads((resources.files("schemas") / name / "v1.avsc").read_text(encoding="utf-8"))
    return loaded


@cache
def locked_ids() -> dict[str, dict[str, Any]]:
    """Pinned schema ids: name -> {"id": …, "sha256": fingerprint of the canonical form}."""
    loaded: dict[str, dict[str, Any]] = json.loads(
        (resources.files("schemas") / "ids.lock").read_text(encoding="utf-8")
    )
    return loaded


@cache
def schema_names_by_id() -> dict[int, str]:
    """Schema id -> name of the schema."""
    return {int(entry["id"]): name for name, entry in locked_ids().items()}


class Codec:
    """Writes and reads the values of one schema.

    A value is accepted only in the one form this writer would give it: fastavro reads negative enum and
    union indexes, over-long numbers and trailing bytes without complaint, and other readers of the
    forwarded bytes would fail on them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.schema_id = int(locked_ids()[name]["id"])
        self.schema = fastavro.parse_schema(avsc(name))
        self.header = b"\0" + self.schema_id.to_bytes(4, "big")

    def body(self, record: Record) -> bytes:
        """Avro body without the wire header.

        Raises:
            ValueError, TypeError: the record does not fit the schema.
        """
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.schema, record, strict=True)
        return out.getvalue()

    def body_fast(self, record: Record) -> bytes:
        """The same bytes as `body`, sooner; what the fast writer does not know for certain goes to `body`."""
        try:
            return self._write(record)
        except (Doubt, ValueError):
            return self.body(record)

    @cached_property
    def _write(self) -> Write:
        try:
            return writer(avsc(self.name))
        except Doubt:
            return self.body

    def encode(self, record: Record) -> bytes:
        """Value of a Kafka record."""
        return self.header + self.body(record)

    def decode(self, value: bytes | None) -> Record:
        """The record a value stands for.

        Raises:
            Refused: E606 no value, E605 too large, E601 unknown schema id, E607 schema of another event,
                E602 not decodable, E603 not in canonical form.
        """
        if not value:
            raise Refused("E606")
        if len(value) > LIMIT_BYTES:
            raise Refused("E605")
        if value[:_HEADER] != self.header:
            raise Refused(
                "E607" if value[0] == 0 and int.from_bytes(value[1:_HEADER], "big") in schema_names_by_id() else "E601"
            )
        stream = io.BytesIO(value)
        stream.seek(_HEADER)
        try:
            record = fastavro.schemaless_reader(stream, self.schema, None)
            again = self.body_fast(record)  # type: ignore[arg-type]
        except Exception as error:  # fastavro raises EOFError, IndexError, OverflowError, UnicodeDecodeError, …
            raise Refused("E602") from error
        if again != value[_HEADER:]:
            raise Refused("E603")
        return record  # type: ignore[return-value]


@cache
def codec(name: str) -> Codec:
    """The codec of a schema; one object for each."""
    return Codec(name)
