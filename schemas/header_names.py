"""Lets aiokafka read records whose header names are not UTF-8.

Kafka takes such records; aiokafka raises at them, and whatever comes after in the partition is never reached: one
program that writes them would stop the hub for everybody. So a batch it cannot read is read once more, with a mark
(U+FFFD) in place of what is no text; the steps refuse the record by that mark. This replaces a private name of
aiokafka (0.14.0, pinned); tests/unit/schemas/test_header_names.py notices when that is no longer there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

UNREADABLE = "\ufffd"

# Offset of the batch, then the length of what follows.
_HEAD = struct.Struct(">qi")


def read_any_header_name() -> None:
    """From now on, for every consumer of this process. Twice does no harm."""
    fetcher.MemoryRecords = Records


class Records:
    """In place of aiokafka's MemoryRecords: batch after batch of a fetch."""

    def __init__(self, content: bytes) -> None:
        self._records: Any = MemoryRecords(content)
        self._content, self._at = content, 0

    def size_in_bytes(self) -> int:
        """Size of the fetch."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch | None:
        """The next batch."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        _, length = _HEAD.unpack_from(self._content, self._at)
        begin, self._at = self._at, self._at + _HEAD.size + length
        return _Batch(batch, memoryview(self._content)[begin : self._at])


class _Batch:
    """A batch as aiokafka reads it; the careful way only where that fails."""

    def __init__(self, batch: Any, content: memoryview) -> None:
        self._batch, self.content = batch, content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        done = 0
        try:
            for record in self._batch:
                yield record
                done += 1
        except UnicodeDecodeError:
            yield from islice(_carefully(self.content), done, None)

    def __next__(self) -> Any:
        return next(self._batch)


def _carefully(content: memoryview) -> Iterator[Any]:
    batch: Any = _DefaultRecordBatchPy(content)
    batch._maybe_uncompress()
    batch._buffer = _Marked(batch._buffer)
    return iter(batch)


class _Marked(bytearray):
    """Bytes whose parts become text whatever they are."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Marked(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, "replace")
