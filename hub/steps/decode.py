"""Raw bytes become records. What cannot be read is a finding, never an exception with a value in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.steps.batch import Part, RawRecord
from schemas.codec import Codec
from schemas.codes import Finding, Refused

HEADERS_MAX = 100
HEADER_BYTES_MAX = 16 * 1024

# Twice in flight when the process died: nothing looks at it again.
POISON = Finding("E901")


def decode(codec: Codec, parts: Sequence[Part]) -> list[dict[str, Any] | Finding]:
    """For each raw record of the parts, one after the other: what it says, or why it cannot be read."""
    return [POISON if raw.offset in part.poison else _decode_one(codec, raw) for part in parts for raw in part.records]


def _decode_one(codec: Codec, raw: RawRecord) -> dict[str, Any] | Finding:
    if _headers_too_large(raw):
        return Finding("E608")
    try:
        return codec.decode(raw.value)
    except Refused as refused:
        return refused.finding


def _headers_too_large(raw: RawRecord) -> bool:
    if len(raw.headers) > HEADERS_MAX:
        return True
    return sum(len(name) + len(value or b"") for name, value in raw.headers) > HEADER_BYTES_MAX
