"""The partition of a key, as Kafka's own clients choose it: murmur2.

Everything rests on it: a curated record lies in the partition of its raw one, and versions of an entity are told in
their order only within a partition. aiokafka's function goes byte by byte through one key. Here keys of one length
stand side by side in a large integer, 64 bits for each, and every step is done for all of them at once.
https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Sequence

SEED, MIX, _32_BITS = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF
_LANE = 8  # bytes: what two numbers of 32 bits make when multiplied does not reach the next key


def partitions_of(keys: Sequence[bytes], partitions: Sequence[int]) -> list[int]:
    """For each key one of all partitions of a topic, which are in order."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        by_length[len(key)].append(place)
    found, count = [0] * len(keys), len(partitions)
    for length, places in by_length.items():
        for place, number in zip(places, murmur2([keys[place] for place in places], length), strict=True):
            found[place] = partitions[(number & 0x7FFFFFFF) % count]
    return found


def murmur2(keys: Sequence[bytes], length: int) -> Sequence[int]:
    """MurmurHash2 with 32 bits, with Kafka's seed, of keys that are all of this length."""
    joined, words = b"".join(keys), length & ~3
    ones = int.from_bytes((1).to_bytes(_LANE, "little") * len(keys), "little")
    whole = ones * _32_BITS
    found = ones * (SEED ^ length)
    for at in range(0, words, 4):
        mixed = _side_by_side(joined, length, at, at + 4) * MIX & whole
        found = found * MIX & whole ^ (mixed ^ mixed >> 24 & ones * 0xFF) * MIX & whole
    if words < length:
        found = (found ^ _side_by_side(joined, length, words, length)) * MIX & whole
    # Shifted, the bits of the next key come into this one's lane: the masks keep them out.
    found = (found ^ found >> 13 & ones * (_32_BITS >> 13)) * MIX & whole
    found ^= found >> 15 & ones * (_32_BITS >> 15)
    return struct.unpack(f"<{len(keys)}Q", found.to_bytes(_LANE * len(keys), "little"))


def _side_by_side(joined: bytes, length: int, start: int, end: int) -> int:
    """The same bytes of all keys, those of each in its lane."""
    lanes = bytearray(_LANE * (len(joined) // length))
    for at in range(start, end):
        lanes[at - start :: _LANE] = joined[at::length]
    return int.from_bytes(lanes, "little")
