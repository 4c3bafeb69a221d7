"""The rows of records that everybody gets as they came, for a whole batch: bytes put together, no objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from hub.fast.heads import Heads
from hub.fast.raws import Raws
from hub.steps.batch import Batch
from hub.steps.fan_out import coordinates
from schemas.record_batch import Copied
from schemas.wire import header, sized, varint

_OWN = 3
"""Headers of our own, behind those that are passed on: topic, partition and offset of the raw record."""


def copied(batch: Batch, keys: Sequence[bytes], values: Sequence[bytes], raws: Raws, heads: Heads) -> list[Copied]:
    """For each record the row hub/steps/fan_out.py would make of it."""
    number = varint.__getitem__
    pieces = zip(
        map(number, map(len, keys)),
        keys,
        map(number, map(len, values)),
        values,
        map(number, [count + _OWN for count in heads.counts]),
        heads.passed_on,
        [origin for part in batch.parts for origin in repeat(_origin(part.topic, part.partition), len(part.records))],
        map(number, map(len, told := [b"%d" % offset for offset in raws.offsets])),
        told,
        strict=True,
    )
    times = np.array(raws.timestamps, np.int64)
    times[(times < 0) | (times > batch.now_ms)] = batch.now_ms
    return list(zip(times.tolist(), map(b"".join, pieces), strict=True))


def _origin(topic: str, partition: int) -> bytes:
    *same, (offset, _) = coordinates(topic, partition)
    return b"".join(map(header, same)) + sized(offset.encode())
