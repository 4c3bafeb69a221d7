"""Lets aiokafka hand over records of raw topics as columns, not as one object each.

Replaces two private names of aiokafka (0.14.0, pinned): what holds an answer of the broker until it is asked for.
tests/unit/hub/test_fetches.py notices when they are no longer there or mean something else. Other topics, and batches
that are small or in any way unusual, are read as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException

from hub.fast.judge import RECORDS_MIN
from hub.steps.batch import RawRecord
from hub.stream.record_batches import is_whole, read
from schemas.topics import EVENTS, parse_raw

_FetchResult: Any = fetcher.FetchResult
_PartitionRecords: Any = fetcher.PartitionRecords


def read_in_columns() -> None:
    """From now on, for every consumer of this process that reads raw topics. Twice does no harm."""
    fetcher.FetchResult = Result
    fetcher.PartitionRecords = Records


class Result(_FetchResult):  # type: ignore[misc]
    """What a partition's answer still holds."""

    _partition_records: Any

    def getall(self, max_records: int | None = None) -> Sequence[RawRecord]:
        """The next records."""
        tp, records = self._topic_partition, self._partition_records
        if records is None or not (_is_raw(tp.topic) and records._isolation_level == fetcher.READ_UNCOMMITTED):
            ever: Sequence[RawRecord] = super().getall(max_records)
            return ever
        if not self.check_assignment(tp) or not self.has_more():
            return []
        taken: Sequence[RawRecord]
        taken, there_is_more = records.take(max_records)
        self._update_position()
        if not there_is_more:
            self._partition_records = None
        return taken


class Records(_PartitionRecords):  # type: ignore[misc]
    """An answer of the broker: its batches."""

    _records: Any
    _rest: Sequence[RawRecord] | None = None
    _end: int
    _broken: Exception | None = None

    def take(self, most: int | None) -> tuple[Sequence[RawRecord], bool]:
        """At most so many of the records nobody took yet, and whether there are more."""
        if self._rest is None:
            self._rest = self._read_all()
        if not self._rest and self._broken is not None:
            raise self._broken
        taken, self._rest = self._rest[:most], self._rest[len(self._rest) if most is None else most :]
        more = bool(self._rest) or self._broken is not None
        self.next_fetch_offset = taken[-1].offset + 1 if more else self._end
        return taken, more

    def _read_all(self) -> Sequence[RawRecord]:
        self._end, batches = self.next_fetch_offset, []
        while self._records.has_next():
            batch = self._records.next_batch()
            # An older format has its check sum elsewhere; aiokafka's own look at it takes ten times as long.
            if self._check_crcs and not (is_whole(batch.content) or batch.validate_crc()):
                self._broken = CorruptRecordException(f"Invalid CRC - {self._tp}")
                break
            self._end = batch.next_offset
            if not batch.is_control_batch:
                batches.append(batch)
        self._records = None  # a megabyte that is in `batches` now, and soon in columns
        columns = read([batch.content for batch in batches]) if _many(batches) else None
        if columns is not None and columns and columns.offsets[0] >= self.next_fetch_offset:
            return columns
        records = columns if columns is not None else [record for batch in batches for record in batch]
        return [record for record in records if record.offset >= self.next_fetch_offset]


@lru_cache(maxsize=4096)
def _is_raw(topic: str) -> bool:
    try:
        return parse_raw(topic).event in EVENTS
    except ValueError:
        return False


def _many(batches: Sequence[Any]) -> bool:
    count: int = sum(batch.next_offset - batch.base_offset for batch in batches)
    return count >= RECORDS_MIN
