"""Events on their way out: version, bytes, headers and what is remembered, in one local transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import fastavro

from connectors.compare import Decision, Known, Outcome
from connectors.event_wire import EventWire
from connectors.state import Remembered, State
from schemas import topics
from schemas.codec import Record, codec
from schemas.envelope import Origin, raw_headers
from schemas.identity import content_hash, entity_key, event_id
from schemas.topics import Event
from schemas.writer import long_bytes, text_bytes

_WAIT_MOST = 500
_NEW = Outcome.NEW.value


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

    Written to the state some at a time: who is done with a batch calls `flush`.
    """

    state: State
    jobcenter: str
    event: Event
    source: str
    epoch: int
    delivery: int
    delivery_id: str
    file: str
    _records: list[bytes] = field(default_factory=list)
    _entities: list[tuple[Any, ...]] = field(default_factory=list)
    _fates: list[tuple[Any, ...]] = field(default_factory=list)
    _wires: dict[tuple[bool, bool], EventWire] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._topic, self._value_header = topics.raw(self.jobcenter, self.event), codec(self.event).header

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
    ) -> Remembered:
        """Put one event into the outbox. Unless the hub is to judge it, it becomes what is remembered."""
        version, hash_ = decision.version, made.hash
        body = made.body(self.epoch, version)
        id_ = event_id(self.jobcenter, self.event, key, self.epoch, version, hash_)
        entity = entity_key(self.jobcenter, key)
        wire = self._wire(is_end, line is not None)
        outcome, place = decision.outcome, len(self._records)
        self._records.append(wire(entity.encode(), self._value_header + body, id_, time, line))
        self.note(key, outcome, line=line, version=version, outbox=place)
        sent = Remembered(Known(self.epoch, version, hash_, is_end), row_hash, body, self.source)
        if outcome is not Outcome.OTHER:
            self.remember(key, sent)
        return sent

    def send_first(self, events: Iterable[tuple[str, Content, int, bytes | None]], time: datetime) -> None:
        """What `send` does, for the first events of many entities: key, content, line and row hash of each."""
        wire, version = self._wire(False, True), long_bytes(self.epoch) + long_bytes(1)
        for place, (key, made, line, row_hash) in enumerate(events, len(self._records)):
            body = made.before + version + made.after
            id_ = event_id(self.jobcenter, self.event, key, self.epoch, 1, made.hash)
            entity = entity_key(self.jobcenter, key)
            self._records.append(wire(entity.encode(), self._value_header + body, id_, time, line))
            self._entities.append((self.event, key, self.source, self.epoch, 1, made.hash, False, row_hash, body))
            self._fates.append((self.delivery, self.event, key, _NEW, None, None, line, 1, place))

    def _wire(self, is_end: bool, has_line: bool) -> EventWire:
        """What writes this delivery's events; made once of each kind."""
        found = self._wires.get((is_end, has_line))
        if found is None:
            headers = raw_headers(
                event=self.event,
                event_id="",
                key="",
                source=f"/jobcenter/{self.jobcenter}/{self.source}",
                time=datetime.now(UTC),
                ended=is_end,
                origin=Origin(self.delivery_id, self.file, 1 if has_line else None),
                traceparent="",
            )
            found = self._wires[is_end, has_line] = EventWire(headers)
        return found

    def remember(self, key: str, what: Remembered) -> None:
        """Store what was last sent of an entity."""
        known = what.known
        self._entities.append(
            (
                self.event,
                key,
                what.source,
                known.epoch,
                known.version,
                known.hash,
                known.ended,
                what.row_hash,
                what.body,
            )
        )

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
        """Keep the fate of a row for `jobhub trace`. `outbox` is the place of its record among those that wait here."""
        self._fates.append((self.delivery, self.event, key, outcome.value, code, column, line, version, outbox))

    def flush(self) -> None:
        """Write what was put here to the state. Until then nobody else sees it."""
        first = self.state.put_all(self._topic, self._records, self.delivery) if self._records else 0
        self.state.remember(self._entities)
        now = datetime.now(UTC).isoformat()
        self.state.add_fates([(*fate, place if place is None else first + place, now) for *fate, place in self._fates])
        for waiting in (self._records, self._entities, self._fates):
            waiting.clear()

    def take_back(self, key: str, before: Remembered | None) -> None:
        """Undo what this delivery did to an entity: two of its rows contradict each other."""
        self.flush()
        self.state.take_back(self.delivery, self.event, key)
        if before is None:
            self.state.forget(self.event, key)
        else:
            self.remember(key, before)

    def end_vanished(self, keys: list[str], day: date, time: datetime) -> int:
        """End entities that a full delivery does not list any more; returns how many."""
        count = 0
        for what in self.state.remembered(self.event, keys).values():
            if what.known.ended:
                continue
            record = ended(read_body(self.event, what.body), "NOT_LISTED", day)
            decision = Decision(Outcome.ENDED, what.known.version + 1)
            made = content(self.event, record)
            self.send(record["source_id"], decision, made, is_end=True, line=None, time=time, row_hash=None)
            count += 1
            if len(self._records) >= _WAIT_MOST:
                self.flush()
        self.flush()
        return count
