"""A long mixed history of raw vacancies, made fast, each with the outcome it must get.

A value is put together from bytes: its beginning (Jobcenter, source id, version) is written by hand, its end is one of
some hundred that fastavro wrote. Versions stay between 64 and 8191, which is two bytes.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import confluent_kafka

from schemas import topics
from schemas.codec import codec
from tests.support.events import Record, vacancy
from tests.support.raw import headers_of

Shape = Literal["lean", "rich"]
# As in the trials the figures are compared with.
MIX = {"APPLIED": 0.6865, "DUPLICATE": 0.1557, "STALE": 0.0611, "CONFLICT": 0.0816, "REJECTED": 0.0150}
_NEW = 0.58  # of what is applied
_FIRST_VERSION, _LAST_VERSION = 65, 8_000
_RECENT = 20_000
_TAILS = 300

_TITLES = [
    "Lagerhelfer (m/w/d) in der Kommissionierung",
    "Pflegefachkraft (m/w/d) Nachtdienst",
    "Verkäufer (m/w/d) Bäckerei",
    "Elektroniker (m/w/d) für Gebäudetechnik",
    "Küchenhilfe (m/w/d) in Teilzeit",
    "Bürokauffrau (m/w/d)",
]
_WORDS = [
    "Wir",
    "suchen",
    "zum",
    "nächstmöglichen",
    "Zeitpunkt",
    "Unterstützung",
    "für",
    "unser",
    "Team",
    "am",
    "Standort",
    "Übernahme",
    "möglich",
    "Schichtdienst",
    "Führerschein",
    "Klasse",
    "B",
    "erwünscht",
    "flexible",
    "Arbeitszeiten",
    "betriebliche",
    "Altersvorsorge",
    "Weiterbildung",
    "freundliches",
    "Kollegium",
    "Einarbeitung",
    "sichere",
    "Arbeitsplätze",
    "faire",
    "Bezahlung",
    "nach",
    "Tarif",
    "Urlaubsgeld",
    "Kantine",
    "Parkplätze",
    "kostenlos",
]


@dataclass
class Expected:
    """What must come out."""

    outcomes: Counter[str] = field(default_factory=Counter)
    applied_sum: int = 0
    """Sum of the check sums of all applied values."""


@dataclass
class Replay:
    """`records` once; then `expected` is complete."""

    jobcenters: list[str]
    shape: Shape
    seed: int = 7

    def __post_init__(self) -> None:
        self.expected, self._random = Expected(), random.Random(self.seed)
        made = [self._record() for _ in range(_TAILS)]
        # Behind status: what follows the version.
        self._tails = [codec("vacancy").encode(record)[_version_end(record) :] for record in made]
        self._bad_tails = [
            codec("vacancy").encode(broken)[_version_end(broken) :] for broken in map(_broken, made[:50])
        ]
        self._heads = {jc: codec("vacancy").header + _text(jc.encode()) for jc in self.jobcenters}
        self._latest: dict[str, list[tuple[bytes, int, bytes]]] = {jc: [] for jc in self.jobcenters}

    def records(self, count: int) -> Iterator[tuple[str, bytes, bytes]]:
        """Jobcenter, Kafka key, value."""
        chance, kinds = self._random, self._random.choices(list(MIX), list(MIX.values()), k=count)
        for number, kind in enumerate(kinds):
            jobcenter = self.jobcenters[number % len(self.jobcenters)]
            latest = self._latest[jobcenter]
            if not latest:
                kind = "APPLIED"
            place = chance.randrange(max(0, len(latest) - _RECENT), len(latest)) if latest else 0
            if kind == "APPLIED" and (not latest or chance.random() < _NEW or latest[place][1] >= _LAST_VERSION):
                place = len(latest)
                latest.append((b"%s-%08d" % (jobcenter[:3].encode(), place), _FIRST_VERSION - 1, b""))
            source_id, version, value = latest[place]
            if kind == "APPLIED":
                value = self._value(jobcenter, source_id, version + 1, chance.choice(self._tails))
                latest[place] = (source_id, version + 1, value)
                self.expected.applied_sum += zlib.crc32(value)
            elif kind == "STALE":
                value = self._value(jobcenter, source_id, version - 1, chance.choice(self._tails))
            elif kind == "CONFLICT":
                other = chance.choice(self._tails)
                while value.endswith(other):
                    other = chance.choice(self._tails)
                value = self._value(jobcenter, source_id, version, other)
            elif kind == "REJECTED":
                bad = self._value(jobcenter, source_id, version + 1, chance.choice(self._bad_tails))
                value = bad[: chance.randrange(60, len(bad))] if chance.random() < 0.3 else bad
            self.expected.outcomes[kind] += 1
            yield jobcenter, jobcenter.encode() + b":" + source_id, value

    def _value(self, jobcenter: str, source_id: bytes, version: int, tail: bytes) -> bytes:
        twice = 2 * version
        return b"".join((self._heads[jobcenter], _text(source_id), b"\0", bytes((twice & 127 | 128, twice >> 7)), tail))

    def _record(self) -> Record:
        chance = self._random
        pay = chance.choice([None, "13.90", "14.50", "16.00", "18.25"])
        words = " ".join(chance.choice(_WORDS) for _ in range(chance.randrange(35, 62)))
        record = vacancy(
            version=_FIRST_VERSION,
            title=chance.choice(_TITLES),
            description=words,
            kldb2010=chance.choice(["51312", "62102", "83142", "81302", "71402"]),
            weekly_hours=chance.choice([None, 20.0, 39.0]),
            openings=chance.randrange(1, 5),
            start_on=chance.choice([None, vacancy()["start_on"]]),
            pay=pay
            and {
                "minimum": Decimal(pay),
                "maximum": chance.choice([None, Decimal(pay) + 3]),
                "currency": "EUR",
                "period": "HOUR",
            },
        )
        if self.shape == "lean":
            record |= {"contact": None, "industry": None, "external_references": []}
            record["employer"]["betriebsnummer"] = None
            record["workplace"] |= {"street": None, "latitude": None, "longitude": None}
        return record


def _broken(record: Record) -> Record:
    return {
        **record,
        "pay": {"minimum": Decimal("20.00"), "maximum": Decimal("12.00"), "currency": "EUR", "period": "HOUR"},
    }


def _text(text: bytes) -> bytes:
    return bytes((2 * len(text),)) + text


def _version_end(record: Record) -> int:
    return len(codec("vacancy").header) + 1 + len(record["jobcenter"]) + 1 + len(record["source_id"]) + 1 + 2


def send(bootstrap_servers: str, replay: Replay, count: int) -> None:
    """Write so many records to their raw topics, with the headers a connector gives them."""
    settings: Any = {
        "bootstrap.servers": bootstrap_servers,
        "linger.ms": 20,
        "batch.size": 500_000,
        "partitioner": "murmur2_random",
        "acks": "all",
        "enable.idempotence": True,
        "queue.buffering.max.messages": 200_000,
    }
    producer = confluent_kafka.Producer(settings)
    topic = {jc: topics.raw(jc, "vacancy") for jc in replay.jobcenters}
    for number, (jobcenter, key, value) in enumerate(replay.records(count)):
        headers = headers_like_a_connector(number, key)
        while True:
            try:
                producer.produce(topic[jobcenter], value, key, headers=headers)  # type: ignore[arg-type]
                break
            except BufferError:
                producer.poll(0.05)
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0


_TEMPLATE = headers_of("vacancy", "KEY", "stellen/2026-11-22", file="stellen.csv", line=7)


def headers_like_a_connector(number: int, key: bytes) -> list[tuple[str, bytes]]:
    """Headers of the record of that number."""
    changing = {
        "ce_id": b"0d6c4b2e-0000-5000-8000-%012d" % number,
        "ce_subject": key,
        "traceparent": b"00-%032d-%016d-01" % (number + 1, number + 1),
        "jobhub_line": b"%d" % (number % 10_000 + 2),
    }
    return [(name, changing.get(name, value)) for name, value in _TEMPLATE]
