"""What records on a Jobcenter's own topics tell of what its connector knew when it sent them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.compare import Known
from connectors.outgoing import content
from schemas.codec import codec
from schemas.identity import entity_key
from schemas.topics import Event

# A delivery goes through these in this order; a report read once more does not set it back.
PROGRESS = {"BEGUN": 0, "READ": 1, "REFUSED": 2, "HELD": 3, "COMPLETED": 4}


@dataclass(slots=True)
class LastSent:
    """An entity as it was last sent: version, Avro body, name of its source."""

    known: Known
    body: bytes
    source: str


@dataclass(slots=True)
class Recalled:
    """The latest of each entity and of each delivery."""

    jobcenter: str
    entities: dict[Event, dict[str, LastSent]] = field(default_factory=dict)
    deliveries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def event(self, event: Event, record: Any) -> None:
        """Take in a record of an event. What the hub would refuse, or another one's, tells nothing."""
        if record.key is None or not record.key.startswith(entity_key(self.jobcenter, "").encode()):
            return
        told = _read(event, record.value)
        if told is None:
            return
        key = str(told["source_id"])
        if told["jobcenter"] != self.jobcenter or record.key != entity_key(self.jobcenter, key).encode():
            return
        known = self.entities.setdefault(event, {})
        order = (told["epoch"], told["version"])
        # Of two that claim the same version the first one wins, here as in the hub (rule V8).
        if key in known and order <= (known[key].known.epoch, known[key].known.version):
            return
        made = content(event, told)
        now = Known(*order, made.hash, told["status"] == "ENDED")
        known[key] = LastSent(now, made.body(*order), _source(record.headers))

    def delivery(self, record: Any) -> None:
        """Take in a report on a delivery."""
        told = _read("delivery", record.value)
        if told is None or told["jobcenter"] != self.jobcenter or told["state"] not in PROGRESS:
            return
        before = self.deliveries.get(told["delivery"])
        if before is None or PROGRESS[told["state"]] >= PROGRESS[before["state"]]:
            self.deliveries[told["delivery"]] = _as_report(told)


def _read(schema: str, value: bytes) -> dict[str, Any] | None:
    """A record's value, or None where it cannot be read."""
    try:
        return codec(schema).decode(value)
    except Exception:  # fastavro raises whatever comes; rubbish tells nothing
        return None


def _as_report(record: dict[str, Any]) -> dict[str, Any]:
    """A report in the types the ledger keeps."""
    times = {name: record[name].isoformat() if record[name] else None for name in ("day", "begun_at", "ended_at")}
    return {**record, **times}


def _source(headers: Iterable[tuple[str, bytes]]) -> str:
    """Name of the source an event came from: the last part of ce_source."""
    return dict(headers).get("ce_source", b"").decode("utf-8", "replace").rpartition("/")[2]
