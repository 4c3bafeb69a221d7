"""The rows of records that everybody gets as they came, for a whole batch: bytes put together, no objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import numpy as np

from hub.fast.heads import Heads
from hub.fast.raws import Raws
from hub.steps.batch import Batch, Copied
from hub.steps.fan_out import coordinates
from hub.steps.wire import header, sized, varint


def copied(batch: Batch, keys: Sequence[bytes], values: Sequence[bytes], raws: Raws, heads: Heads) -> list[Copied]:
    """For each record the row hub/steps/fan_out.py would make of it."""
    # Topic and partition are the same for all records of a part, and so is the name of the header with the offset.
    origins = [(_origin(part.topic, part.partition), len(part.records)) for part in batch.parts]
    rows = zip(
        keys,
        values,
        heads.counts,
        heads.passed_on,
        chain.from_iterable(repeat(origin, count) for origin, count in origins),
        raws.offsets,
        strict=True,
    )
    wires = [
        b"".join(
            (
                varint[len(key)],
                key,
                varint[len(value)],
                value,
                varint[count + 3],
                passed_on,
                origin,
                varint[len(told := b"%d" % offset)],
                told,
            )
        )
        for key, value, count, passed_on, origin, offset in rows
    ]
    times = np.array(raws.timestamps, np.int64)
    times[(times < 0) | (times > batch.now_ms)] = batch.now_ms
    return list(zip(times.tolist(), wires, strict=True))


def _origin(topic: str, partition: int) -> bytes:
    *same, (offset, _) = coordinates(topic, partition)
    return b"".join(map(header, same)) + sized(offset.encode())
