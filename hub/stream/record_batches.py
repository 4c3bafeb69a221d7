"""Records of Kafka's batches (format 2) as columns. What writes such batches: `schemas/record_batch.py`.

aiokafka does this record by record, an object each with a tuple for every header; here a column is cut out at a time.
https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from google_crc32c import value as crc32c

from hub.fast.raws import Raws
from hub.fast.walk import Numbers, Walk
from schemas.record_batch import BEFORE_SUM, FORMAT, HEAD

# Attributes of batches that are left to aiokafka: compressed, control.
_STRANGE = 0x07 | 0x20
_STAMPED_BY_BROKER = 0x08


def read(batches: Sequence[bytes | memoryview]) -> Raws | None:
    """Records of batches that follow each other. None: there is something strange in them, or a null."""
    content = b"".join([*batches, Walk.GAP])
    start: list[int] = []
    end: list[int] = []
    offsets: list[int] = []
    bases, counts, at = [], [], 0
    for batch in batches:
        base, _, _, form, _, attributes, last, first, latest, _, _, _, count = HEAD.unpack_from(content, at)
        if form != FORMAT or attributes & _STRANGE or last != count - 1:
            return None
        if not _borders(content, at + HEAD.size, at := at + len(batch), count, start, end):
            return None
        offsets += range(base, base + count)
        # The broker stamps all records of a batch with one time: then what each of them says does not count.
        bases.append((base, latest, 0) if attributes & _STAMPED_BY_BROKER else (base, first, 1))
        counts.append(count)
    walk = Walk(content, np.array(start, np.int64), np.array(end, np.int64))
    base, time, own = np.repeat(np.array(bases, np.int64).reshape(-1, 3), counts, axis=0).T
    walk.byte(None)  # attributes of a record: there are none
    times = time + own * walk.number(None)
    walk.doubt |= base + walk.number(None) != np.array(offsets, np.int64)
    key, value = _sized(walk), _sized(walk)
    walk.doubt |= walk.at > walk.end
    if walk.doubt.any():
        return None
    return Raws(offsets, times.tolist(), [*walk.cut(*key)], [*walk.cut(*value)], walk.cut(walk.at, walk.end))


def is_whole(batch: bytes | memoryview) -> bool:
    """Whether the check sum of a batch is right."""
    *_, told = BEFORE_SUM.unpack_from(batch)
    return bool(told == crc32c(bytes(batch[BEFORE_SUM.size :])))


def _borders(content: bytes, at: int, stop: int, count: int, start: list[int], end: list[int]) -> bool:
    """Where records begin and end: each says how long it is. Whether it comes out even."""
    for _ in range(count):
        if at >= stop:
            return False
        size, more, at = content[at], content[at + 1], at + 1
        if size > 127:
            size, at = (size & 127) | more << 7, at + 1
            if more > 127:  # longer than two bytes, which few are
                size, at = _longer(content, size & 0x3FFF, at)
        start.append(at)
        at += size >> 1
        end.append(at)
    return at == stop


def _longer(content: bytes, size: int, at: int) -> tuple[int, int]:
    shift, more = 14, True
    while more and at < len(content):
        byte = content[at]
        size |= (byte & 127) << shift
        more, shift, at = byte > 127, shift + 7, at + 1
    return size, at


def _sized(walk: Walk) -> tuple[Numbers, Numbers]:
    length = walk.number(None)
    walk.doubt |= length < 0
    at = walk.skip(None, np.maximum(length, 0), text=True)
    return at, walk.at
