"""Batches for the flow with everything in them: sound records, each rule broken, values at their limits, damaged bytes.

Seeded: the same seed gives the same batches. `differences` runs them through the flow twice, once the fast way and
once the plain way alone.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import hypothesis

from hub.flow import Flow
from hub.steps.batch import Batch, Outcome, Part, copy_of
from schemas import topics
from schemas.codec import codec
from schemas.record_batch import Copied
from schemas.topics import Event
from tests.support import random_events
from tests.support.events import PLAIN, Record, ended
from tests.support.limits import ADDRESSES, LIMITS, TEXTS
from tests.support.mutations import MUTATIONS
from tests.support.raw import NOW_MS, FakeRecord, headers_of

_TEXT_FIELDS = ("title", "description", "provider", "source_id")


@dataclass
class MixedRaws:
    """Batches of one kind of event. Every fourth record or so is sound, the others are not, or barely."""

    event: Event
    seed: int
    samples: int = 40
    _sound: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.event}{self.seed}")
        self._mutations = [mutation for mutation in MUTATIONS if mutation.event == self.event]
        self._sound += [PLAIN[self.event](jobcenter="borken"), *_random_events(self.event, self.seed, self.samples)]

    def batch(self, size: int) -> Batch:
        """The next batch."""
        records: list[FakeRecord] = []
        for place in range(size):
            again = records and self._random.random() < 0.1
            records.append(replace(self._random.choice(records), offset=place) if again else self._raw(place))
        return Batch(self.event, [Part(topics.raw("borken", self.event), 3, "borken", records)], NOW_MS)

    def _raw(self, offset: int) -> FakeRecord:
        chance = self._random
        record = {
            **copy.deepcopy(chance.choice(self._sound)),
            "jobcenter": "borken",
            "source_id": f"S-{chance.randrange(30)}",
        }
        record |= {"epoch": chance.randrange(2), "version": chance.randrange(1, 4)}
        for change in chance.choices(
            [self._nothing, self._broken, self._limit, self._texted, self._ended], [4, 3, 7, 4, 1], k=1
        ):
            record = change(record)
        try:
            value = codec(self.event).encode(record)
        except Exception:
            value = codec(self.event).encode(PLAIN[self.event](jobcenter="borken"))  # no writer can write such a thing
        key = f"{record.get('jobcenter')}:{record.get('source_id')}".encode()
        if chance.random() < 0.2:
            value = damaged(value, chance)
        if chance.random() < 0.03:
            key = chance.choice(
                [
                    b"",
                    b"borken",
                    b"borken:",
                    b"\xff",
                    b"coesfeld:" + key[7:],
                    key + b"x",
                    key[:-1],
                    key.replace(b":", b" "),
                ]
            )
        return FakeRecord(value, chance.choice([key] * 99 + [None]), offset, self._timestamp(), self._headers(key))

    def _timestamp(self) -> int:
        return self._random.choice([NOW_MS - 5, NOW_MS - 5, NOW_MS + 9, -1])

    def _headers(self, key: bytes) -> Any:
        chance = self._random
        headers = list(
            headers_of(
                self.event, key.decode("utf-8", "replace"), chance.choice(["d/1", "d/1", "d/1", "d/2", None]), line=7
            )
        )
        strange: list[Any] = [
            ("jobhub_delivery", b"later"),
            ("jobhub_delivery", b""),
            ("jobhub_delivery", b"\xff"),
            ("x", b"y" * 17_000),
            ("ce_id", b"z" * 301),
            ("ce_source", None),
            ("jobhub_delivery", None),
            ("jobhub_delivery", b"123A456789"),
            ("jobhub_origin_topic", b"x"),
            ("x" * 2_001, b""),
        ]
        if chance.random() < 0.1:
            headers.insert(chance.randrange(len(headers) + 1), chance.choice(strange))
        if chance.random() < 0.02:
            headers = chance.choice([[], headers[:1], headers * 12, [("a", b"b")] * 100, [("a", b"b")] * 101])
        return tuple(headers)

    def _nothing(self, record: Record) -> Record:
        return record

    def _ended(self, record: Record) -> Record:
        return ended(record)

    def _broken(self, record: Record) -> Record:
        return self._random.choice(self._mutations).apply(record)

    def _limit(self, record: Record) -> Record:
        name = self._random.choice([name for name in LIMITS if name in record] + ["workplace", "location"])
        if name in ("workplace", "location"):
            name = "workplace" if "workplace" in record else "location"
            if name not in record:
                return record
            for part in self._random.sample(sorted(ADDRESSES), 2):
                record[name][part] = self._random.choice(ADDRESSES[part])
            return record
        value = copy.deepcopy(self._random.choice(LIMITS[name]))
        if name == "pay":
            value |= {end: Decimal(value[end]) if value[end] else None for end in ("minimum", "maximum")}
        return {**record, name: value}

    def _texted(self, record: Record) -> Record:
        chance = self._random
        name = chance.choice([name for name in _TEXT_FIELDS if name in record])
        before, behind = (
            chance.choice(["", " ", "x", "7", "ä", "-", "_", "Nr. ", "\u00a0", "\u2003", "+"]) for _ in range(2)
        )
        text = before + chance.choice(TEXTS) + behind
        if name == "source_id":
            text = text.replace(" ", "")
        elif chance.random() < 0.5:
            text = f"{record[name] or ''} {text} und mehr"
        return {**record, name: text}


def damaged(value: bytes, chance: random.Random) -> bytes:
    """The value with bytes cut off, changed, added or taken out."""
    changed, kind, size = bytearray(value), chance.randrange(9), max(1, len(value))
    at = chance.randrange(size)
    if kind == 0:
        return value[:at]
    if kind == 1:
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(size)] = chance.randrange(256)
    elif kind == 2:
        changed[at:at] = chance.randbytes(chance.randrange(1, 6))
    elif kind == 3:
        del changed[at : at + chance.randrange(1, 9)]
    elif kind in (4, 5):  # lengths, branches and symbols are small bytes: near the end, and near the beginning
        at = max(0, size - chance.randrange(1, 120)) if kind == 4 else min(size - 1, chance.randrange(5, 130))
        changed[at] = chance.choice([0, 1, 2, 3, 4, 5, 10, 0x7F, 0x80, 0xFF, changed[at] ^ 1, changed[at] ^ 2])
    elif kind == 6:
        changed += chance.randbytes(chance.randrange(1, 20))
    elif kind == 7:  # a number longer than it needs to be
        at = min(size - 1, chance.randrange(5, 200))
        changed[at : at + 1] = bytes([changed[at] | 0x80, 0])
    else:
        changed[0:5] = chance.choice([b"\0\0\0\0\0", b"\1\0\0\0\1", codec("placement").header, b"\0\0", b""])
    return bytes(changed)


def plain_flow(event: Event) -> Flow:
    """A flow that is never sure: everything goes the plain way."""
    flow = Flow(event, {})
    flow._judge.judge = lambda batch: [None] * sum(len(part.records) for part in batch.parts)  # type: ignore[method-assign]
    return flow


def differences(one: Outcome, other: Outcome) -> list[str]:
    """In what two outcomes differ: rows, changes, counts, codes."""
    found = [name for name in ("changes", "counts", "codes") if getattr(one, name) != getattr(other, name)]
    return found + ["rows"] * (_written(one) != _written(other))


def _written(outcome: Outcome) -> dict[str, list[Copied]]:
    """All rows as they go over the wire."""
    return {topic: [copy_of(row) for row in rows] for topic, rows in outcome.rows.items()}


def sure_share(flow: Flow, batch: Batch) -> Counter[bool]:
    """How many records of a batch the fast way is sure of."""
    return Counter(verdict is not None for verdict in flow._judge.judge(batch))


def _random_events(event: Event, seed: int, count: int) -> list[Record]:
    found: list[Record] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(random_events.valid(event))
    def collect(record: Record) -> None:
        found.append(record)

    collect()
    return found
