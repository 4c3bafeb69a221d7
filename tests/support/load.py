"""A mixed load for the worker, each record with the outcome it must get. Knows the rules, not the project's code.

Outcomes are worked out a second time here, by comparing whole contents instead of fingerprints.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas import topics
from schemas.codec import codec
from schemas.topics import EVENTS, Event
from tests.support.events import PLAIN, ended
from tests.support.raw import headers_of


@dataclass(frozen=True, slots=True)
class Sent:
    """A raw record as it is sent, and what must become of it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    outcome: str
    """NEW, CHANGED, ENDED, or the outcome of a receipt's exception."""
    code: str | None = None
    delivery: str | None = None
    public: bytes | None = None
    """Value on the curated topic, if there is one."""


@dataclass
class Load:
    """Records for some Jobcenters, one after the other; remembers what was applied."""

    jobcenters: list[str]
    seed: int
    entities: int = 40
    _latest: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def records(self, count: int, poison: bool = True) -> Iterator[Sent]:
        """So many records."""
        for number in range(count):
            jobcenter, event = self._random.choice(self.jobcenters), self._random.choice(EVENTS)
            source_id = f"{event[0]}-{self._random.randrange(self.entities)}"
            delivery = f"d/{number // 100}"
            kind = self._random.random()
            if poison and kind < 0.12:
                yield self._poison(jobcenter, event, source_id, delivery)
            else:
                yield self._sound(jobcenter, event, source_id, delivery, kind)

    def _sound(self, jobcenter: str, event: Event, source_id: str, delivery: str, kind: float) -> Sent:
        entity = (jobcenter, event, source_id)
        last = self._latest.get(entity)
        version = last["version"] if last else 0
        record = PLAIN[event](jobcenter=jobcenter, source_id=source_id, version=version + 1)
        if "title" in record:
            record["title"] = f"Titel {self._random.randrange(10**6)} (m/w/d)"
        outcome, code = "CHANGED" if last and last["status"] == "ACTIVE" else "NEW", None
        if last and kind < 0.22:
            return self._sent(event, last, delivery, "DUPLICATE")
        if version > 1 and kind < 0.30:
            return self._sent(event, {**record, "version": version - 1}, delivery, "STALE")
        if last and last["status"] == "ACTIVE" and kind < 0.36:
            # The same version, as an end: always other content.
            return self._sent(event, {**ended(last), "version": version}, delivery, "CONFLICT", "E522")
        if last and last["status"] == "ACTIVE" and kind < 0.46:
            record, outcome = ended(last), "ENDED"
        self._latest[entity] = record
        return self._sent(event, record, delivery, outcome, code, public=_public(event, record))

    def _poison(self, jobcenter: str, event: Event, source_id: str, delivery: str) -> Sent:
        record = PLAIN[event](jobcenter=jobcenter, source_id=source_id, version=900)
        good = codec(event).encode(record)
        kind = self._random.randrange(8)
        sent = self._sent(event, record, delivery, "REJECTED", "E602")
        if kind == 0:
            return _but(sent, value=good[: len(good) // 2])
        if kind == 1:
            return _but(sent, value=b"\0\0\0\x27\x0f" + good[5:], code="E601")
        if kind == 2:
            return _but(sent, key=f"{jobcenter}:other".encode(), code="E521")
        if kind == 3:
            foreign = PLAIN[event](jobcenter="elsewhere", source_id=source_id)
            return _but(sent, value=codec(event).encode(foreign), code="E520")
        if kind == 4:
            return _but(sent, value=None, code="E606")
        if kind == 5:
            return _but(sent, value=good + b"\0", code="E603")
        if kind == 6:
            leaky = f"31102BG00{self._random.randrange(10**5):05}"
            # Its state is wrong too, but client data is what must be named.
            record = {**record, "source_id": leaky, "status": "ENDED"}
            return _but(sent, key=f"{jobcenter}:{leaky}".encode(), value=codec(event).encode(record), code="E510")
        return _but(sent, value=codec(event).encode({**record, "status": "ENDED"}), code="E213")

    @staticmethod
    def _sent(
        event: Event,
        record: dict[str, Any],
        delivery: str,
        outcome: str,
        code: str | None = None,
        public: bytes | None = None,
    ) -> Sent:
        key = f"{record['jobcenter']}:{record['source_id']}"
        headers = headers_of(event, key, delivery)
        topic = topics.raw(record["jobcenter"], event)
        return Sent(topic, key.encode(), codec(event).encode(record), headers, outcome, code, delivery, public)


def _public(event: Event, record: dict[str, Any]) -> bytes:
    if event == "vacancy" and record["status"] == "ENDED":
        record = {**record, "description": None, "employer": None, "contact": None}
    return codec(event).encode(record)


def _but(sent: Sent, **changes: Any) -> Sent:
    return Sent(**{**{name: getattr(sent, name) for name in Sent.__slots__}, **changes})
