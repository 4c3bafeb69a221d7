"""Record batches as a broker hands them over, made record by record by aiokafka; and rows told as they are read."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from hub.steps.batch import RawRecord, Row
from schemas.record_batch import Copied
from schemas.wire import read_headers, read_sized

STAMPED_BY_BROKER = 0x08


def batch_bytes(records: Sequence[RawRecord], *, compression: int = 0, stamped: int | None = None) -> bytes:
    """One batch; `stamped`: the time the broker gave all its records."""
    builder: Any = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, 0, batch_size=64 << 20)
    for place, raw in enumerate(records):
        assert builder.append(place, raw.timestamp, raw.key, raw.value, list(raw.headers)) is not None
    content = bytearray(builder.build())
    struct.pack_into(">q", content, 0, records[0].offset)
    if stamped is not None:
        struct.pack_into(">h", content, 21, STAMPED_BY_BROKER)
        struct.pack_into(">q", content, 35, stamped)
        struct.pack_into(">I", content, 17, calc_crc32c(bytes(content[21:])))
    return bytes(content)


def row_of(row: Row | Copied) -> Row:
    """A row whatever its form."""
    if isinstance(row, Row):
        return row
    timestamp_ms, wire = row
    key, at = read_sized(wire, 0)
    value, at = read_sized(wire, at)
    return Row(key, value, timestamp_ms, [(name, value or b"") for name, value in read_headers(wire[at:])])
