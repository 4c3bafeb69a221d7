"""Records as one batch of Kafka (format 2), and in the form in which aiokafka's producer takes it.

aiokafka puts batches together record by record, with an object for every header. Here records lie on the wire already
(`schemas/wire.py`), and are put one behind the other.
https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google_crc32c import extend
from google_crc32c import value as crc32c

from schemas.wire import varint

Copied = tuple[int, bytes]
"""A record's time stamp in ms, and its key, value and headers as they lie on the wire."""

# Offset of the first record, length of what follows, epoch of the leader, format, check sum; then what it is taken of:
# attributes, number of the last record, first and latest time, producer's id, its epoch, sequence, number of records.
HEAD = struct.Struct(">qiibIhiqqqhii")
BEFORE_SUM, _BEHIND_SUM = struct.Struct(">qiibI"), struct.Struct(">hiqqqhii")
FORMAT = 2

_TRANSACTIONAL = 0x10
_NO_ATTRIBUTES = b"\0"
SAME_TIME = _NO_ATTRIBUTES + varint[0]
RECORD = 5 + 1 + 10 + 5  # the most that stands before a record's key: length, attributes, time, number
ROOM = HEAD.size + RECORD


@dataclass(frozen=True, slots=True)
class Records:
    """Records as they stand in a batch, and what its head tells of them."""

    content: bytes
    count: int
    first_ms: int
    latest_ms: int

    def fits(self, bytes_max: int) -> bool:
        """Whether a batch of so many bytes has room for them; only a single record may be larger."""
        return len(self.content) <= bytes_max - HEAD.size

    def batch(self, producer_id: int, epoch: int, sequence: int, *, transactional: bool) -> bytes:
        """The whole batch, sent by this producer."""
        attributes = _TRANSACTIONAL if transactional else 0
        times = self.first_ms, self.latest_ms
        head = _BEHIND_SUM.pack(attributes, self.count - 1, *times, producer_id, epoch, sequence, self.count)
        length = len(head) + len(self.content) + BEFORE_SUM.size - 12  # of what stands behind this number
        before = BEFORE_SUM.pack(0, length, -1, FORMAT, _check_sum(head, self.content))
        return b"".join((before, head, self.content))


def write(records: Iterable[Copied], bytes_max: int) -> Iterator[Records]:
    """Records in as few batches as possible. One that is larger than `bytes_max` has a batch of its own."""
    first = latest = last = count = size = 0
    pieces: list[bytes] = []
    before = SAME_TIME
    for time, wire in records:
        length = len(wire)
        if not count or size + length > bytes_max - ROOM:
            if count:
                yield Records(b"".join(pieces), count, first, latest)
            first = latest = last = time
            pieces, before, count, size = [], SAME_TIME, 0, 0
        if time != last:  # many have the time of the one before
            before, last = _NO_ATTRIBUTES + varint[time - first], time
            if time > latest:
                latest = time
        number = varint[count]
        pieces += (varint[len(before) + len(number) + length], before, number, wire)
        count += 1
        size += length + RECORD
    if count:
        yield Records(b"".join(pieces), count, first, latest)


def _check_sum(head: bytes, content: bytes) -> int:
    """CRC-32C of both together, by the processor's own instruction."""
    return int(extend(crc32c(head), content))


class ReadyBatch:
    """A finished batch in place of a BatchBuilder that is closed.

    aiokafka's own, aiokafka.producer.message_accumulator.BatchBuilder (0.14.0, pinned), is filled record by record.
    tests/unit/test_ready_batch.py notices when aiokafka asks for more than there is here.
    """

    def __init__(self, records: Records, *, transactional: bool) -> None:
        self._records, self._transactional = records, transactional
        self._producer, self._built = (-1, -1, 0), b""

    def record_count(self) -> int:
        """Number of records."""
        return self._records.count

    def closed(self) -> bool:
        """Nothing can be added."""
        return True

    def close(self) -> None:
        """It is."""

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytes:
        # Asked for again when a request is sent again: the same bytes then.
        self._built = self._built or self._records.batch(*self._producer, transactional=self._transactional)
        return self._built
