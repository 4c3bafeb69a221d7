"""The partition of a key, as Kafka's own clients choose it: murmur2.

Everything rests on it: a curated record lies in the partition of its raw one, and versions of an entity are told in
their order only within a partition. aiokafka's function goes byte by byte; this one takes four at a time and half the
CPU. https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SEED, _MIX, _32_BITS = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def partition_of(key: bytes, partitions: Sequence[int]) -> int:
    """One of all partitions of a topic, which are in order."""
    return partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)]


def murmur2(data: bytes) -> int:
    """MurmurHash2 with 32 bits, with Kafka's seed."""
    words = len(data) >> 2
    found = _SEED ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        mixed = word * _MIX & _32_BITS
        found = (found * _MIX ^ (mixed ^ mixed >> 24) * _MIX) & _32_BITS
    if rest := data[words << 2 :]:
        found = (found ^ int.from_bytes(rest, "little")) * _MIX & _32_BITS
    found = (found ^ found >> 13) * _MIX & _32_BITS
    return found ^ found >> 15
