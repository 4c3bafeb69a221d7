"""Parcels of one topic → batches of Kafka by column, some thousand events at once. Others: `connectors/dealt.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np

from connectors.dealt import Batch
from connectors.fast.binary import ends_of, joined, scalar, sizes_of, varints
from connectors.fast.murmur import places_of
from connectors.fast.parcels import read, rows_waiting
from connectors.fast.wires import keys_of, lengths, pieces_of
from connectors.parcels.send import Waiting
from schemas.record_batch import RECORD, ROOM, SAME_TIME, Records


def dealt(
    parcels: Sequence[Waiting], partitions: Sequence[int], now_ms: int, bytes_max: int
) -> dict[int, Iterator[Batch]]:
    """Batches by partition; all parcels hold events."""
    events, rows = read(parcels), rows_waiting(parcels)
    keys = keys_of(events)
    lie_in = places_of(keys, len(partitions))[rows]
    rows = rows[np.argsort(lie_in, kind="stable")]
    keys, events = keys.take(rows), events.take(rows)
    pieces = pieces_of(events, keys)
    sizes = lengths(pieces)
    piles = np.cumsum(np.bincount(lie_in, minlength=len(partitions)), dtype=np.int64).tolist()
    begins = [_begins(sizes, begin, end, bytes_max) for begin, end in pairwise([0, *piles])]
    all_begins = np.array(list(chain.from_iterable(begins)), np.int64)
    counts = np.diff(all_begins, append=len(rows))
    within = varints(np.arange(len(rows)) - np.repeat(all_begins, counts))
    framed = joined([varints(sizes_of(within) + len(SAME_TIME) + sizes), scalar(SAME_TIME), within, *pieces])
    content, ends = memoryview(framed.buffers()[2]), ends_of(framed)

    def batches(some: Sequence[int], end: int) -> Iterator[Batch]:
        for first, behind in pairwise([*some, end]):
            records = Records(content[ends[first] : ends[behind]].tobytes(), behind - first, now_ms, now_ms)
            yield events.numbers[first:behind].tolist(), records

    return {
        partition: batches(some, end)
        for partition, some, end in zip(partitions, begins, piles, strict=True)
        if len(some)
    }


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
