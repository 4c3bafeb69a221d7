"""Parcels of one topic → batches of Kafka by column, some thousand events at once. Others: `connectors/dealt.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np
import pyarrow as pa

from connectors.dealt import Batch
from connectors.fast.binary import ends_of, joined, scalar, sizes_of, varints
from connectors.fast.murmur import places_of
from connectors.fast.parcels import Events, read, rows_waiting
from connectors.fast.wires import Piece, keys_of, lengths, pieces_of
from connectors.parcels.send import Waiting
from schemas.record_batch import RECORD, ROOM, SAME_TIME, Records


def dealt(
    parcels: Sequence[Waiting], partitions: Sequence[int], now_ms: int, bytes_max: int
) -> dict[int, Iterator[Batch]]:
    """Batches by partition. All parcels hold events, with their headers less than 2 GiB."""
    events, keys, ends = _sorted(read(parcels), rows_waiting(parcels), len(partitions))
    pieces = pieces_of(events, keys)
    sizes = lengths(pieces)
    begins = [_begins(sizes, begin, end, bytes_max) for begin, end in pairwise([0, *ends])]
    records = _framed(pieces, sizes, list(chain.from_iterable(begins)))
    content, at = memoryview(records.buffers()[2]), ends_of(records)

    def batches(some: Sequence[int], end: int) -> Iterator[Batch]:
        for first, behind in pairwise([*some, end]):
            whole = content[at[first] : at[behind]].tobytes()
            yield events.numbers[first:behind].tolist(), Records(whole, behind - first, now_ms, now_ms)

    return {
        partition: batches(some, end) for partition, some, end in zip(partitions, begins, ends, strict=True) if some
    }


def _sorted(events: Events, waiting: np.ndarray, partitions: int) -> tuple[Events, pa.BinaryArray, list[int]]:
    """Those that wait, partition by partition in their order, with their Kafka keys, and where each partition ends."""
    keys = keys_of(events)
    lie_in = places_of(keys, partitions)[waiting]
    rows = waiting[np.argsort(lie_in, kind="stable")]
    ends: list[int] = np.cumsum(np.bincount(lie_in, minlength=partitions)).tolist()
    return events.take(rows), keys.take(pa.array(rows)), ends


def _framed(pieces: Sequence[Piece], sizes: np.ndarray, begins: Sequence[int]) -> pa.BinaryArray:
    """Records as they stand in batches that begin there."""
    counts = np.diff(begins, append=len(sizes))
    within = varints(np.arange(len(sizes)) - np.repeat(begins, counts))
    return joined([varints(sizes_of(within) + len(SAME_TIME) + sizes), scalar(SAME_TIME), within, *pieces])


def _begins(sizes: np.ndarray, begin: int, end: int, bytes_max: int) -> list[int]:
    """Where batches of a partition begin (`schemas/record_batch.write`)."""
    room = np.cumsum(sizes[begin:end] + RECORD)
    needed = room - RECORD  # by the batches up to a record, with this one as their last
    found: list[int] = []
    at, before = 0, 0
    while at < end - begin:
        found.append(begin + at)
        at = max(at + 1, int(np.searchsorted(needed, before + bytes_max - ROOM, side="right")))
        before = int(room[at - 1])
    return found
