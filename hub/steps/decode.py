"""Raw bytes become records. What cannot be read is a finding, never an exception with a value in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import fastavro

from hub.steps.batch import Part, RawRecord
from hub.steps.headers import letterhead
from schemas.codec import Codec
from schemas.codes import Finding, Refused

# Twice in flight when the process died: nothing looks at it again.
POISON = Finding("E901")


def decode(codec: Codec, parts: Sequence[Part]) -> list[dict[str, Any] | Finding]:
    """For each raw record of the parts, one after the other: what it says, or why it cannot be read."""
    return [POISON if raw.offset in part.poison else _decode_one(codec, raw) for part in parts for raw in part.records]


def _decode_one(codec: Codec, raw: RawRecord) -> dict[str, Any] | Finding:
    if letterhead(raw.headers) is None:
        return Finding("E608")
    try:
        return codec.decode(raw.value)
    except Refused as refused:
        return refused.finding


def read(codec: Codec, value: bytes) -> dict[str, Any]:
    """What a record says of which the fast way is sure; no second look."""
    record: Any = fastavro.schemaless_reader(io.BytesIO(value[len(codec.header) :]), codec.schema, None)
    return dict(record)
