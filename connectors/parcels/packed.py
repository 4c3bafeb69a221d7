"""Records of a parcel as they go on the wire, in one piece of bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise


def pack(wires: Sequence[bytes]) -> bytes:
    """Records as they go on the wire: how long each is, then all of them."""
    return struct.pack(f"<{len(wires)}I", *map(len, wires)) + b"".join(wires)


def unpack(records: bytes, count: int) -> list[bytes]:
    """The other way round."""
    sizes = struct.unpack_from(f"<{count}I", records)
    return [records[start:end] for start, end in pairwise(accumulate(sizes, initial=4 * count))]
