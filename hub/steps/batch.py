"""What goes into the flow and what comes out of it. Plain values: no Kafka, no Faust."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

from schemas.codes import Finding
from schemas.envelope import Headers, Origin
from schemas.record_batch import Copied
from schemas.topics import Event
from schemas.wire import wire_of

RawHeaders = Sequence[tuple[str, bytes | None]]


class RawRecord(Protocol):
    """A record of a raw topic, as the Kafka client hands it over."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> RawHeaders: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Records of one raw partition, in the order of their offsets, without gaps."""

    topic: str
    partition: int
    jobcenter: str
    """The trusted one: from the topic's name (rule V1)."""
    records: Sequence[RawRecord]
    poison: Collection[int] = ()
    """Offsets that crashed the process twice: rejected without being looked at."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought of one kind of event."""

    event: Event
    parts: Sequence[Part]
    now_ms: int


Known = Mapping[bytes, bytes]
"""What is known of the entities: state key -> state value (hub/steps/deduplicate.py)."""


class Fate(Enum):
    """Outcome of a raw record; the values are the labels of the metrics."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    EXPIRED_UNREAD = "expired_unread"

    applied: bool
    """Whether the record was passed on."""
    told: str
    """Name of the outcome among the exceptions of a receipt."""

    def __init__(self, label: str) -> None:
        self.applied = label in ("new", "changed", "ended")
        self.told = "APPLIED_NOT_PUBLIC" if self.applied else label.upper()


class Letterhead(NamedTuple):
    """What of a raw record's headers matters once it may pass. The same for all records of a delivery."""

    origin: Origin
    """The delivery alone; where a record comes from more exactly is told of refused ones only."""
    passed_on: Callable[[RawHeaders], Iterable[tuple[str, bytes]]]
    """Picks the headers subscribers get."""


class Good(NamedTuple):
    """What the flow must know of a record that may pass."""

    epoch: int
    version: int
    ended: bool
    head: Letterhead
    record: Mapping[str, Any] | None = None
    """None: surely good, and not decoded."""


Sure = tuple[bytes, bytes, Copied, Letterhead]
"""A record that may pass and that every subscriber gets as it came: state key, state value, row, delivery."""


class Settled(NamedTuple):
    """A raw offset and its outcome, ready to be accounted for."""

    offset: int
    fate: Fate
    origin: Origin
    key: bytes | None = None
    """Told in receipts and of refused records, so only if it is harmless text."""
    finding: Finding | None = None
    public: bool = True
    """False: applied, and without a view on the public topic."""


@dataclass(slots=True)
class Ledger:
    """Outcomes of records of one raw partition that follow each other, as columns: most need no more than that."""

    first: int
    """Offset of the first of them."""
    fates: list[Fate] = field(default_factory=list)
    deliveries: list[str | None] = field(default_factory=list)
    exceptions: list[Settled] = field(default_factory=list)
    """Whatever is not simply applied."""

    def add(self, settled: Settled) -> None:
        """The outcome of the next record."""
        self.fates.append(settled.fate)
        self.deliveries.append(settled.origin.delivery)
        if not (settled.fate.applied and settled.public):
            self.exceptions.append(settled)


class Row(NamedTuple):
    """A record to be written to the same partition number as the raw record."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers


def copy_of(row: Row | Copied) -> Copied:
    """A row as it lies on the wire, which some do already."""
    return (row.timestamp_ms, wire_of(row.key, row.value, row.headers)) if isinstance(row, Row) else row


@dataclass(slots=True)
class Outcome:
    """What a batch brings about: rows by topic, changes of the state, counts. Nothing has happened yet."""

    rows: dict[str, list[Row | Copied]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[bytes, bytes] = field(default_factory=dict)
    counts: Counter[tuple[str, str, Fate]] = field(default_factory=Counter)
    codes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def count(self, jobcenter: str, event: str, ledger: Ledger) -> None:
        """Count what became of the records of one raw partition."""
        for fate in Fate:
            if count := ledger.fates.count(fate):
                self.counts[jobcenter, event, fate] += count
        for entry in ledger.exceptions:
            if entry.finding is not None:
                self.codes[jobcenter, event, entry.finding.code] += 1

    def add(self, later: Outcome) -> None:
        """Take over what a later batch brings about."""
        for topic, rows in later.rows.items():
            self.rows[topic].extend(rows)
        self.changes.update(later.changes)
        self.counts.update(later.counts)
        self.codes.update(later.codes)
