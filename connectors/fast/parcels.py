"""Events of parcels by column, read from how they are stored (`connectors/events.py`) without an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.event_wire import EventWire, event_wire
from connectors.fast.binary import MEMORY, at, laid_out
from connectors.parcels.send import Waiting

_HASH = 16
_BETWEEN_KEYS = b"\n"
_UPPER_BITS, _CONTINUES = 0xC0, 0x80
"""In UTF-8 a byte that continues a character has its two upper bits so."""


@dataclass(slots=True)
class Events:
    """Events one after the other, whatever parcels they lie in."""

    numbers: np.ndarray
    writers: list[EventWire]
    """One for each parcel."""
    parcels: np.ndarray
    """Which of them is whose."""
    keys: pa.BinaryArray
    hashes: np.ndarray
    """A matrix of bytes."""
    bodies: pa.BinaryArray
    times: np.ndarray
    ended: np.ndarray
    lines: np.ndarray
    versions: np.ndarray

    def take(self, rows: np.ndarray) -> Events:
        """Those in these rows."""
        some = pa.array(rows)
        return Events(
            self.numbers[rows], self.writers, self.parcels[rows], self.keys.take(some), self.hashes[rows],
            pc.take(self.bodies, some, memory_pool=MEMORY), self.times[rows], self.ended[rows],
            self.lines[rows], self.versions[rows],
        )  # fmt: skip


def read(parcels: Sequence[Waiting]) -> Events:
    """All events of parcels, those that do not wait, too."""
    parts = [_parts(one.records, one.traces, one.count) for one in parcels]
    keys, bodies, *others = zip(*parts, strict=True)
    key_lengths, hashes, times, ended, lines, versions = map(np.concatenate, others)
    counts = [one.count for one in parcels]
    return Events(
        np.concatenate([np.arange(one.first, one.first + one.count) for one in parcels]),
        [event_wire(one.head or "") for one in parcels],
        np.repeat(np.arange(len(parcels)), counts),
        _keys(_BETWEEN_KEYS.join(keys), key_lengths),
        hashes, pa.concat_arrays(bodies, memory_pool=MEMORY), times, ended, lines, versions,
    )  # fmt: skip


def rows_waiting(parcels: Sequence[Waiting]) -> np.ndarray:
    """Rows of those among them that wait."""
    is_waiting = [np.ones(one.count, np.bool_) for one in parcels]
    for some, one in zip(is_waiting, parcels, strict=True):
        if len(one.waits) < one.count:
            some[:] = False
            some[one.waits] = True
    return np.flatnonzero(np.concatenate(is_waiting))


def _parts(records: bytes, traces: bytes, count: int) -> tuple[Any, ...]:
    """Of a parcel keys as they are stored, bodies, lengths of keys, hashes, times, ends, lines and versions."""
    lengths = np.frombuffer(records, "<u4", 2 * count)
    times = np.frombuffer(records, "<i8", count, 8 * count)
    ended = np.frombuffer(records, np.bool_, count, 16 * count)
    hashes = np.frombuffer(records, np.uint8, _HASH * count, 17 * count).reshape(count, _HASH)
    ends = np.empty(count + 1, np.int32)
    ends[0] = (17 + _HASH) * count
    np.cumsum(lengths[count:], out=ends[1:])
    ends[1:] += ends[0]
    lines = np.frombuffer(traces, "<u4", count, count)
    versions = np.frombuffer(traces, "<i8", count, 5 * count)
    bodies = at(pa.py_buffer(records), ends)
    return records[ends[-1] :], bodies, lengths[:count], hashes, times, ended, lines, versions


def _keys(stored: bytes, lengths: np.ndarray) -> pa.BinaryArray:
    """Without what stands between them. How many characters each has is stored, not how many bytes."""
    data = np.frombuffer(stored, np.uint8)
    characters = np.append(np.flatnonzero(data & _UPPER_BITS != _CONTINUES), len(data))
    behind = characters[np.cumsum(lengths + 1, dtype=np.int64) - 1]
    is_key = np.ones(len(data), np.bool_)
    is_key[behind[:-1]] = False
    return laid_out(data[is_key], np.diff(behind, prepend=-1) - 1)
