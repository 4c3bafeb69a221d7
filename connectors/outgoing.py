"""Events on their way out: version, bytes, headers and what is remembered, in one local transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import fastavro

from connectors.compare import Decision, Known, Outcome
from connectors.event_wire import Head
from connectors.events import Contents, Traces, ms_of
from connectors.state import Remembered, State
from schemas import topics
from schemas.codec import Record, codec
from schemas.identity import content_hash
from schemas.topics import Event
from schemas.writer import long_bytes, text_bytes

_WAIT_MOST = 500


@dataclass(slots=True)
class Content:
    """A record's Avro body without its version, and the fingerprint of that."""

    before: bytes
    after: bytes
    hash: str

    def body(self, epoch: int, version: int) -> bytes:
        """Avro body with epoch and version in their place."""
        return self.before + long_bytes(epoch) + long_bytes(version) + self.after


def content(event: Event, record: Record) -> Content:
    """Encode a record once; epoch and version follow right after its first two fields, each as one byte 0."""
    body = codec(event).body_fast({**record, "epoch": 0, "version": 0})
    before = text_bytes(record["jobcenter"]) + text_bytes(record["source_id"])
    return Content(before, body[len(before) + 2 :], content_hash(body))


def content_of(jobcenter: bytes, key: str, after: bytes) -> Content:
    """The same from the Jobcenter as it is encoded, and from what stands behind epoch and version."""
    before = jobcenter + text_bytes(key)
    return Content(before, after, content_hash(before + b"\0\0" + after))


def ended(record: Record, reason: str, day: date) -> Record:
    """The record of an entity that is no longer on offer. Contact persons go with the end."""
    found = {**record, "status": "ENDED", "end_reason": reason, "ended_on": day}
    if "contact" in found:
        found["contact"] = None
    return found


def read_body(event: Event, body: bytes) -> Record:
    """The record of a remembered body."""
    record: Any = fastavro.schemaless_reader(io.BytesIO(body), codec(event).schema, None)
    found: Record = record
    return found


@dataclass
class Outgoing:
    """Puts events of one delivery into the outbox and remembers them. Every call is inside a transaction.

    Written to the state some at a time: who is done with a batch calls `flush`, before anybody else puts records.
    """

    state: State
    jobcenter: str
    event: Event
    source: str
    epoch: int
    delivery: int
    delivery_id: str
    file: str
    _first: int = 0
    """Number of the first of the events that are not written yet."""
    _contents: Contents = field(default_factory=Contents)
    _traces: Traces = field(default_factory=Traces)
    _entities: list[tuple[Any, ...]] = field(default_factory=list)
    _fates: list[tuple[Any, ...]] = field(default_factory=list)
    _spent: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._topic, value_header = topics.raw(self.jobcenter, self.event), codec(self.event).header.hex()
        self._head = Head(
            self.jobcenter, self.event, self.epoch, self.source, self.delivery_id, self.file, value_header
        )

    def send(
        self,
        key: str,
        decision: Decision,
        made: Content,
        *,
        is_end: bool,
        line: int | None,
        time: datetime,
        row_hash: bytes | None,
        last: Remembered | None,
    ) -> Remembered:
        """Put one event into the outbox. Unless the hub is to judge it, it becomes what is remembered after `last`."""
        number, version, outcome = self._next(), decision.version, decision.outcome
        body, previous = made.body(self.epoch, version), 0
        if outcome is Outcome.OTHER:
            self._spent.append(number)
            self.note(key, outcome, line=line, version=version, outbox=number)
        elif last is not None:
            previous = last.record
            self._spent.append(previous)
        self._contents.append(key, made.hash, body, ms_of(time), is_end)
        self._traces.append(outcome, line or 0, version, previous)
        sent = Remembered(Known(self.epoch, version, made.hash, is_end), row_hash, number, self.source)
        if outcome is not Outcome.OTHER:
            self.remember(key, sent)
        return sent

    def send_first(
        self,
        keys: Sequence[str],
        hashes: Sequence[str],
        bodies: Sequence[bytes],
        lines: Sequence[int],
        row_hashes: Iterable[bytes | None],
        time: datetime,
    ) -> None:
        """What `send` does, for the first events of many entities, column by column."""
        number, count = self._next(), len(keys)
        self._contents.extend(Contents(list(keys), list(hashes), list(bodies), [ms_of(time)] * count, [False] * count))
        self._traces.extend(Traces([Outcome.NEW] * count, list(lines), [1] * count, [0] * count))
        self.state.remember_first(self.event, self.source, self.epoch, keys, hashes, row_hashes, number)

    def _next(self) -> int:
        """Number of the next event."""
        if not self._contents.keys:
            self._first = self.state.next_number()
        return self._first + len(self._contents.keys)

    def remember(self, key: str, what: Remembered) -> None:
        """Store what was last sent of an entity."""
        known = what.known
        version = (known.epoch, known.version, bytes.fromhex(known.hash), known.ended)
        self._entities.append((self.event, key, what.source, *version, what.row_hash, what.record))

    def note(
        self,
        key: str | None,
        outcome: Outcome,
        *,
        line: int | None = None,
        version: int | None = None,
        outbox: int | None = None,
        code: str | None = None,
        column: str | None = None,
    ) -> None:
        """Keep the fate of a row for `jobhub trace`, unless its event tells it. `outbox`: number of its record."""
        self._fates.append((self.delivery, self.event, key, outcome.value, code, column, line, version, outbox))

    def flush(self) -> None:
        """Write what was put here to the state. Until then nobody else sees it."""
        now = datetime.now(UTC).isoformat()
        if self._contents.keys:
            first = self.state.put_events(self._topic, self._head, self._contents, self._traces, self.delivery, now)
            if first != self._first:
                raise RuntimeError(f"events numbered from {self._first} were put as {first}")
        self.state.remember(self._entities)
        self.state.add_fates([(*fate, now) for fate in self._fates])
        self.state.note_spent(self._spent)
        for waiting in (self._contents, self._traces, self._entities, self._fates, self._spent):
            waiting.clear()

    def bodies(self, wanted: Mapping[int, str]) -> dict[int, bytes]:
        """Avro bodies of events by their numbers, of which the entities are given."""
        self.flush()
        return self.state.bodies(wanted)

    def take_back(self, key: str, before: Remembered | None) -> None:
        """Undo what this delivery did to an entity: two of its rows contradict each other."""
        self.flush()
        self.state.take_back(self.delivery, self.event, key, before.record if before else None)
        if before is None:
            self.state.forget(self.event, key)
        else:
            self.remember(key, before)

    def end_vanished(self, keys: Sequence[str], day: date, time: datetime) -> int:
        """End entities that a full delivery does not list any more; returns how many."""
        found = [(what.record, key, what) for key, what in self.state.remembered(self.event, keys).items()]
        # In the order of their events: those of a parcel are read together.
        open_ = sorted([one for one in found if not one[2].known.ended], key=lambda one: one[0])
        for start in range(0, len(open_), _WAIT_MOST):
            some = open_[start : start + _WAIT_MOST]
            bodies = self.bodies({number: key for number, key, _ in some})
            for number, key, what in some:
                made = content(self.event, ended(read_body(self.event, bodies[number]), "NOT_LISTED", day))
                decision = Decision(Outcome.ENDED, what.known.version + 1)
                self.send(key, decision, made, is_end=True, line=None, time=time, row_hash=None, last=what)
        self.flush()
        return len(open_)
