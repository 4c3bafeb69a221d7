"""Kafka in memory: dense raw partitions, and partitions written in transactions that leave holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from schemas.envelope import Headers

PARTITIONS = 2
NOW_MS = 1_795_600_000_000


class Fenced(Exception):
    """A producer whose transactional id was taken over by somebody else."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record, as the clients hand it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int = NOW_MS


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that has no place yet."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(slots=True)
class Partition:
    """Records in the order of their offsets; those below `beginning` are gone, and only `history` still has them."""

    records: list[Record] = field(default_factory=list)
    history: list[Record] = field(default_factory=list)
    beginning: int = 0
    end: int = 0


class Log:
    """All topics. Raw ones are appended to record by record, the others by transactions of partition p."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, int], Partition] = {}
        self._epochs: dict[int, int] = {}
        self.fences = True
        """Whether the broker refuses a producer that was taken over; a mutant takes it away."""

    def part(self, topic: str, partition: int) -> Partition:
        """A partition; it is made when it is first asked for."""
        return self._parts.setdefault((topic, partition), Partition())

    def topics(self, prefix: str) -> list[tuple[str, int]]:
        """Partitions whose topic begins so."""
        return sorted(place for place in self._parts if place[0].startswith(prefix))

    def append(self, draft: Draft) -> Record:
        """Write one record to the partition of its key."""
        return self._put(draft, crc32(draft.key or b"") % PARTITIONS)

    def fence(self, p: int) -> int:
        """Become the only writer of partition p."""
        self._epochs[p] = self._epochs.get(p, 0) + 1
        return self._epochs[p]

    def transact(self, p: int, epoch: int, drafts: Sequence[Draft], *, commit: bool = True) -> None:
        """Write records to partition p of their topics, together or not at all; both leave a mark of one offset.

        Raises:
            Fenced: somebody else writes p by now.
        """
        if self.fences and epoch != self._epochs.get(p):
            raise Fenced(p)
        for draft in drafts:
            if commit:
                self._put(draft, p)
            else:
                self.part(draft.topic, p).end += 1
        for topic in sorted({draft.topic for draft in drafts}):
            self.part(topic, p).end += 1

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Records from an offset on."""
        found = [record for record in self.part(topic, partition).records if record.offset >= offset]
        return found[:limit]

    def compacted(self, topic: str, partition: int) -> Mapping[bytes, bytes]:
        """The last value of each key."""
        values: dict[bytes, bytes] = {}
        for record in self.part(topic, partition).records:
            if record.value is None:
                values.pop(record.key or b"", None)
            else:
                values[record.key or b""] = record.value
        return values

    def expire(self, topic: str, partition: int, beginning: int) -> None:
        """Retention deletes everything below an offset."""
        part = self.part(topic, partition)
        part.beginning = max(part.beginning, min(beginning, part.end))
        part.records = [record for record in part.records if record.offset >= part.beginning]

    def _put(self, draft: Draft, p: int) -> Record:
        part = self.part(draft.topic, p)
        record = Record(draft.topic, p, part.end, draft.key, draft.value, draft.headers)
        part.records.append(record)
        part.history.append(record)
        part.end += 1
        return record
