"""Kafka's record batches (format 2), both ways: many records to columns, many rows to one batch.

aiokafka does this record by record, an object each with a tuple for every header; here a column is cut out at a time.
https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from google_crc32c import extend
from google_crc32c import value as crc32c

from hub.fast.raws import Raws
from hub.fast.walk import Numbers, Walk
from hub.steps.batch import Copied, Row
from hub.steps.wire import copy_of, varint

# Offset of the first record, length of what follows, epoch of the leader, format, check sum; then what it is taken of:
# attributes, number of the last record, first and latest time, producer's id, its epoch, sequence, number of records.
_HEAD = struct.Struct(">qiibIhiqqqhii")
_BEFORE_SUM, _BEHIND_SUM = struct.Struct(">qiibI"), struct.Struct(">hiqqqhii")
_FORMAT = 2
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
        base, _, _, form, _, attributes, last, first, latest, _, _, _, count = _HEAD.unpack_from(content, at)
        if form != _FORMAT or attributes & _STRANGE or last != count - 1:
            return None
        if not _borders(content, at + _HEAD.size, at := at + len(batch), count, start, end):
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
    *_, told = _BEFORE_SUM.unpack_from(batch)
    return bool(told == crc32c(bytes(batch[_BEFORE_SUM.size :])))


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


# ------------------------------------------------------------------------------------------------------------- writing

_TRANSACTIONAL = 0x10
_NO_ATTRIBUTES = b"\0"
_RECORD = 5 + 1 + 10 + 5  # the most that stands before a record's key: length, attributes, time, number
_ROOM = _HEAD.size + _RECORD


class TooLarge(Exception):
    """A single record is larger than a batch may be."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records as they stand in a batch, and what its head tells of them."""

    content: bytes
    count: int
    first_ms: int
    latest_ms: int

    def batch(self, producer_id: int, epoch: int, sequence: int) -> bytes:
        """The whole batch, part of a transaction of this producer."""
        times = self.first_ms, self.latest_ms
        head = _BEHIND_SUM.pack(_TRANSACTIONAL, self.count - 1, *times, producer_id, epoch, sequence, self.count)
        checked = extend(crc32c(head), self.content)
        length = len(head) + len(self.content) + _BEFORE_SUM.size - 12  # of what stands behind this number
        return b"".join((_BEFORE_SUM.pack(0, length, -1, _FORMAT, checked), head, self.content))


def write(rows: Iterable[Row | Copied], bytes_max: int) -> Iterator[Records]:
    """Rows in as few batches as possible.

    Raises:
        TooLarge: a row alone is larger than `bytes_max`.
    """
    first = latest = count = size = 0
    pieces: list[bytes] = []
    for row in rows:
        time, wire = copy_of(row) if isinstance(row, Row) else row
        if not count or size + len(wire) > bytes_max - _ROOM:
            if count:
                yield Records(b"".join(pieces), count, first, latest)
            if len(wire) > bytes_max - _ROOM:
                raise TooLarge
            pieces, count, size, first, latest = [], 0, 0, time, time
        place = varint[time - first] + varint[count]
        pieces += (varint[1 + len(place) + len(wire)], _NO_ATTRIBUTES, place, wire)
        count += 1
        size += len(wire) + _RECORD
        if time > latest:
            latest = time
    if count:
        yield Records(b"".join(pieces), count, first, latest)
