"""Where each record of a parcel lies in Kafka, or that it waits, or never goes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

WAITS, TAKEN_BACK = -1, -2
"""In place of a partition: not acknowledged yet; never sent, since rows of a delivery contradicted each other."""


@dataclass(slots=True)
class Places:
    """Partition and offset of each record of a parcel."""

    partitions: list[int]
    offsets: list[int]

    @classmethod
    def read(cls, stored: bytes | None, count: int) -> Places:
        """From the state file, which has none where all wait, or where nobody knows."""
        if stored is None:
            return cls([WAITS] * count, [WAITS] * count)
        numbers = struct.unpack(f"<{count}h{count}q", stored)
        return cls(list(numbers[:count]), list(numbers[count:]))

    def stored(self) -> bytes:
        """For the state file."""
        count = len(self.partitions)
        return struct.pack(f"<{count}h{count}q", *self.partitions, *self.offsets)

    def of(self, at: int) -> tuple[int, int] | None:
        """Partition and offset of one record, if they are known."""
        return (self.partitions[at], self.offsets[at]) if self.partitions[at] >= 0 else None
