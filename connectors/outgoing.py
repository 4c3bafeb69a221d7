"""Events on their way out: version, bytes, headers and what is remembered, in one local transaction."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import fastavro

from connectors.compare import Decision, Known, Outcome
from connectors.state import Remembered, State
from schemas import topics
from schemas.codec import Record, codec
from schemas.envelope import Origin, new_traceparent, raw_headers
from schemas.identity import content_hash, entity_key, event_id
from schemas.topics import Event


@dataclass(frozen=True, slots=True)
class Content:
    """A record's Avro body without its version, and the fingerprint of that."""

    before: bytes
    after: bytes
    hash: str

    def body(self, epoch: int, version: int) -> bytes:
        """Avro body with epoch and version in their place."""
        return self.before + _long(epoch) + _long(version) + self.after


def content(event: Event, record: Record) -> Content:
    """Encode a record once; epoch and version follow right after its first two fields, each as one byte 0."""
    body = codec(event).body({**record, "epoch": 0, "version": 0})
    before = _text(record["jobcenter"]) + _text(record["source_id"])
    return Content(before, body[len(before) + 2 :], content_hash(body))


def _long(value: int) -> bytes:
    """Avro's zigzag long."""
    rest, out = value << 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _text(value: str) -> bytes:
    data = value.encode()
    return _long(len(data)) + data


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


@dataclass(slots=True)
class Outgoing:
    """Puts events of one delivery into the outbox and remembers them. Every call is inside a transaction."""

    state: State
    jobcenter: str
    event: Event
    source: str
    epoch: int
    delivery: int
    delivery_id: str
    file: str

    def send(
        self,
        record: Record,
        decision: Decision,
        made: Content,
        *,
        line: int | None,
        time: datetime,
        row_hash: bytes | None,
    ) -> Remembered:
        """Put one event into the outbox. Unless the hub is to judge it, it becomes what is remembered."""
        key, is_end = record["source_id"], record["status"] == "ENDED"
        body = made.body(self.epoch, decision.version)
        headers = raw_headers(
            event=self.event,
            event_id=event_id(self.jobcenter, self.event, key, self.epoch, decision.version, made.hash),
            key=entity_key(self.jobcenter, key),
            source=f"/jobcenter/{self.jobcenter}/{self.source}",
            time=time,
            ended=is_end,
            origin=Origin(self.delivery_id, self.file, line),
            traceparent=new_traceparent(),
        )
        value = codec(self.event).header + body
        seq = self.state.put(
            topics.raw(self.jobcenter, self.event), entity_key(self.jobcenter, key), value, headers, self.delivery
        )
        self.note(key, decision.outcome, line=line, version=decision.version, outbox=seq)
        known = Known(self.epoch, decision.version, made.hash, is_end)
        if decision.outcome is not Outcome.OTHER:
            self.remember(key, Remembered(known, row_hash, body, self.source))
        return Remembered(known, row_hash, body, self.source)

    def remember(self, key: str, what: Remembered) -> None:
        """Store what was last sent of an entity."""
        known = what.known
        self.state.remember(
            [
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
            ]
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
        """Keep the fate of a row for `jobhub trace`."""
        now = datetime.now(UTC).isoformat()
        self.state.add_fates(
            [(self.delivery, self.event, key, outcome.value, code, column, line, version, outbox, now)]
        )

    def take_back(self, key: str, before: Remembered | None) -> None:
        """Undo what this delivery did to an entity: two of its rows contradict each other."""
        sql, at = self.state.sql, (self.delivery, self.event, key)
        sql.execute(
            "DELETE FROM outbox WHERE published = 0 AND delivery = ? AND key = ? AND topic = ?",
            (self.delivery, entity_key(self.jobcenter, key).encode(), topics.raw(self.jobcenter, self.event)),
        )
        sql.execute("DELETE FROM fate WHERE delivery = ? AND event = ? AND key = ? AND outcome <> 'rejected'", at)
        if before is None:
            sql.execute("DELETE FROM entity WHERE event = ? AND key = ?", at[1:])
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
            self.send(record, decision, content(self.event, record), line=None, time=time, row_hash=None)
            count += 1
        return count
