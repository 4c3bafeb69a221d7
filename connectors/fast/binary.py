"""Columns of bytes: put together, laid out from numbers, and numbers written as Kafka writes them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BYTES = pa.binary()
MEMORY = pa.system_memory_pool()
"""Arrow's own allocator gives memory back to the system soon; to be given it anew costs half a microsecond a record
(`connectors/relay.py` has it kept)."""
_BITS, _ALL, _MORE = 7, np.uint32(0x7F), np.uint32(0x80)


def scalar(content: bytes) -> pa.Scalar:
    """The same in every row."""
    return pa.scalar(content, BYTES)


def joined(pieces: Iterable[pa.Array | pa.Scalar]) -> pa.BinaryArray:
    """What stands beside each other, as one."""
    return pc.binary_join_element_wise(*pieces, scalar(b""), memory_pool=MEMORY)


def laid_out(data: np.ndarray, sizes: np.ndarray) -> pa.BinaryArray:
    """A column of bytes that lie one behind the other."""
    ends = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=ends[1:])
    return at(pa.py_buffer(np.ascontiguousarray(data)), ends)


def at(data: pa.Buffer, ends: np.ndarray) -> pa.BinaryArray:
    """A column of bytes that lie one behind the other: where the first begins, and where each ends."""
    return pa.BinaryArray.from_buffers(BYTES, len(ends) - 1, [None, pa.py_buffer(ends), data])


def as_wide(rows: np.ndarray) -> pa.BinaryArray:
    """A column of bytes that are all of the same length, from a matrix of them."""
    count, width = rows.shape
    return at(pa.py_buffer(rows), np.arange(0, (count + 1) * width, width, dtype=np.int32))


def ends_of(column: pa.BinaryArray) -> np.ndarray:
    """Where the first begins in the bytes of all, and where each ends."""
    return np.frombuffer(column.buffers()[1], np.int32, len(column) + 1, 4 * column.offset)


def sizes_of(column: pa.BinaryArray) -> np.ndarray:
    """How long each is."""
    ends = ends_of(column)
    sizes: np.ndarray = ends[1:] - ends[:-1]
    return sizes


def varints(numbers: np.ndarray) -> pa.BinaryArray:
    """Lengths and numbers of records, 0 to 2^31, as `schemas/wire.py` writes them."""
    twice = numbers.astype(np.uint32) << np.uint32(1)
    width = max(1, -(-int(twice.max()).bit_length() // _BITS))
    groups = twice[:, None] >> np.arange(0, _BITS * width, _BITS, dtype=np.uint32)
    has_more = groups > _ALL
    # The first group is always there, another one if the one before has more.
    is_there = np.ones_like(has_more)
    is_there[:, 1:] = has_more[:, :-1]
    return laid_out((groups & _ALL | has_more * _MORE).astype(np.uint8)[is_there], is_there.sum(axis=1))
