"""The partition of a key (`connectors/partition.py`), of many keys at once by NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from connectors.fast.binary import ends_of
from connectors.partition import MIX, SEED

_WORD = 4
_24, _15, _13 = np.uint32(24), np.uint32(15), np.uint32(13)


def places_of(keys: pa.BinaryArray, count: int) -> np.ndarray:
    """For each key the place of its partition among so many."""
    ends = ends_of(keys)
    data = np.frombuffer(keys.buffers()[2] or b"", np.uint8)
    sizes, found = np.diff(ends), np.zeros(len(keys), np.uint32)
    for length in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == length)
        found[rows] = murmur2(data[ends[rows][:, None] + np.arange(length)])
    return (found & np.uint32(0x7FFFFFFF)) % np.uint32(count)


def murmur2(keys: np.ndarray) -> np.ndarray:
    """MurmurHash2 with 32 bits, with Kafka's seed, of the rows of a matrix of bytes."""
    count, length = keys.shape
    padded = np.zeros((count, -(-length // _WORD) * _WORD), np.uint8)
    padded[:, :length] = keys
    words = padded.view("<u4").astype(np.uint32)
    mix = np.uint32(MIX)
    found = np.full(count, SEED ^ length, np.uint32)
    for at in range(length // _WORD):
        mixed = words[:, at] * mix
        found = found * mix ^ (mixed ^ mixed >> _24) * mix
    if length % _WORD:
        found = (found ^ words[:, -1]) * mix
    found = (found ^ found >> _13) * mix
    return found ^ found >> _15
