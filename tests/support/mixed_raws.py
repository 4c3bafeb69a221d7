"""Batches for the flow with everything in them: sound records, each rule broken, values at their limits, damaged bytes.

Seeded: the same seed gives the same batches. `differences` runs them through the flow twice, once the fast way and
once the plain way alone.
"""

from __future__ import annotations

import copy
import datetime
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import hypothesis

from hub.flow import Flow
from hub.steps.batch import Batch, Good, Outcome, Part
from schemas import topics
from schemas.codec import codec
from schemas.topics import Event
from tests.support import random_events
from tests.support.events import PLAIN, Record, ended
from tests.support.mutations import MUTATIONS
from tests.support.raw import NOW_MS, FakeRecord, headers_of

_DAY = datetime.date(2026, 11, 23)

# Around every limit of a rule; a field a record does not have is skipped.
_LIMITS: dict[str, list[Any]] = {
    "epoch": [-1, 0, 63, 64, 2**31, 2**31 + 1],
    "version": [0, 1, 8191, 8192, 2**62, 2**62 + 1],
    "title": ["x" * 300, "x" * 301, "ä" * 151, "ä" * 300, "ä" * 301, " Koch", "Ärztin", "​", "\u00a0", "\u3000", "x\x7f", "x\x1f", "\x85"],
    "description": ["y" * 20_000, "y" * 20_001, "ü" * 15_000, "", "\n\t\r", "a\x00b", "a\x9fb", "a\u00a0b", "日本語 👍", "\x1b[31m"],
    "provider": ["", "z" * 300, "z" * 301, "z\x0bz"],
    "kldb2010": ["51312", "51311", "99999", "5131", "513120", "", "5131\n", "５１３１２", "5131\x002"],
    "kldb3": ["513", "999", "51", "5131"],
    "ba_dkz_id": ["", "7", "12345678", "123456789", "1234567890", "12345678901", "12a"],
    "organisational_unit": ["05558044", "0555804", "055580444", "0555804x"],
    "instrument": ["MABE_MPAV", "MABE_MAT", "FBW", "16J", "FBWX", "", "X" * 20, "X" * 21],
    "measure_number": ["310/579/26", "310/579/2026", "310/579/206", "31/579/26", "310/123456/26"],
    "month": ["2026-10", "2026-13", "2026-00", "1999-12", "2026-1"],
    "kreis": ["05554", "0555", "055544", "0555x"],
    "openings": [0, 1, 9999, 10_000],
    "openings_filled": [0, 1, 9999, 10_000],
    "seats": [-1, 0, 100_000, 100_001],
    "seats_free": [0, 15, 16, 100_000],
    "weekly_hours": [0.0, -0.0, 1e-9, 60.0, 60.0000001, float("nan"), float("inf")],
    "working_time": [[], ["VOLLZEIT", "VOLLZEIT"], ["MINIJOB", "TEILZEIT"], ["UNKNOWN"], ["VOLLZEIT", "TEILZEIT"] * 3],
    "start_on": [_DAY, datetime.date(2024, 12, 31), datetime.date(2025, 1, 1), datetime.date(2028, 11, 17), datetime.date(2028, 11, 18), datetime.date(2028, 11, 19), datetime.date(9999, 12, 31), datetime.date(1, 1, 1)],
    "end_on": [_DAY, datetime.date(2026, 12, 7), datetime.date(2026, 12, 8), None],
    "published_from": [datetime.date(2027, 1, 24), datetime.date(2027, 1, 25), datetime.date(2027, 1, 26)],
    "published_until": [datetime.date(2026, 11, 15), datetime.date(2026, 11, 16), None],
    "term_until": [datetime.date(2027, 1, 3), datetime.date(2027, 1, 4), None],
    "status": ["ACTIVE", "ENDED", "UNKNOWN"],
    "end_reason": ["UNKNOWN", "FILLED", None],
    "ended_on": [_DAY, None],
    "visibility": ["PUBLIC", "ANONYMOUS", "INTERNAL", "UNKNOWN"],
    "funder": ["JOBCENTER", "AGENTUR_FUER_ARBEIT", "OTHER", "UNKNOWN"],
    "subsidy": ["NONE", "EGZ", "ESG", "E16", "I16", "AGH", "UNKNOWN"],
    "placement_type": ["SVB_GEFOERDERT", "MINIJOB", "OEFF_GEF", "SELBSTAENDIG", "UNKNOWN"],
    "jobcenter": ["borken", "coesfeld", "Borken", ""],
    "source_id": ["x" * 63, "x" * 64, "x" * 100, "x" * 101, "a b", "ä-1", "a\u00a0b", "a\u2003b", "a\x85b", "日本", ""],
    "pay": [
        {"minimum": low, "maximum": high, "currency": currency, "period": period}
        for low, high in [("0.00", "1.00"), ("0.01", "500.00"), ("1.28", "500.01"), ("2.56", "2.55"), ("-1.00", None), (None, "327.68"), (None, None), ("80000.00", "80000.01"), ("1000000.00", "1000000.01")]
        for currency in ("EUR", "eur", "EURO")
        for period in ("HOUR", "MONTH", "YEAR", "UNKNOWN")
    ],
    "outcomes": [
        {"entries": a, "exits": b, "early_exits": c, "employed_after_6_months": d}
        for a, b, c, d in [(2, 1, 0, 0), (0, 0, 0, 0), (None, 3, 3, 3), (5, 3, 4, 0), (5, 3, 0, 4), (3, 4, 3, 3), (100_001, 3, 3, 3), (3, 3, 3, None), (9, 1, None, None)]
    ],
    "industry": [{"code": code, "version": version} for code in ("52.10", "5210", "52.11", "A", "AA", "99.99") for version in ("WZ2008", "WZ2025", "UNKNOWN")],
    "external_references": [[], [{"system": "BA", "id": "18935-23183-S"}] * 20, [{"system": "BA", "id": "x"}] * 21, [{"system": "", "id": "x"}], [{"system": "B" * 31, "id": "x"}]],
    "employer": [None, {"name": " ", "betriebsnummer": None}, {"name": "Öz", "betriebsnummer": "1" * 20}, {"name": "Öz", "betriebsnummer": "1" * 21}],
    "contact": [
        None,
        {"name": None, "phone": "02555 000000", "email": None, "website": "https://a.example"},
        {"name": "Kd.-Nr. 123A456789", "phone": None, "email": None, "website": None},
        {"name": None, "phone": "36 574 261 809", "email": "123A456789@x.example", "website": "http://x.example/DE89370400440532013000"},
        {"name": None, "phone": "1" * 51, "email": None, "website": "ftp://a.example"},
        {"name": None, "phone": None, "email": None, "website": "https://a example"},
        {"name": None, "phone": None, "email": None, "website": "https://" + "a" * 400},
    ],
}  # fmt: skip
_ADDRESSES: dict[str, list[Any]] = {
    "country": ["DE", "NL", "FR", "de", "DEU", "", "Deutschland"],
    "plz": [None, "48624", "00000", "4862", "7512 AB", "7512AB", "7512  AB", "75000", "x" * 10, "x" * 11],
    "place": [None, "", "Ort", "Ö" * 150, "Ö" * 151],
    "street": [None, "Weg 1", "Weg\x0c1"],
    "ags": [None, "05554052", "05554999", "09162000", "5554052"],
    "latitude": [None, 90.0, 90.0000001, -90.0, float("nan")],
    "longitude": [None, 180.0, -180.1, float("-inf")],
}
# What looks like a client's number, or nearly so, and what stands in ordinary texts.
_TEXTS = [
    "36502BG0012345", "36502 bg 0012345", "36502//0012345", "36502\u00a0\u2003BG\u00a0\u00a00012345", "3650 BG0012345", "36502BG001234",
    "123A456789", "123 A 456 789", "123\u2003\u2003A\u2003\u2003456\u2003789", "123a456789", "123 a 456789", "x123A456789", "123A4567890",
    "65 170839 J 003", "65170839J003", "65 17 08 39 J 003", "65\u00a0\u00a017\u00a008\u00a039\u00a0\u00a0J\u00a0\u00a0003", "65 970839 J 003",
    "36 574 261 809", "36574261809", "36.574.261.809", "36\u2003574\u2003261\u2003809", "36 574 261 808", "+36 574 261 809", "+36574261809",
    "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "de89 3704 0044 0532 0130 00", "DE88370400440532013000", "XDE89370400440532013000",
    "DE89\u20033704\u20030044\u20030532\u20030130\u200300", "D\u2003E\u200389", "NO9386011117947", "GI75NWBK000000007099453", "_DE89370400440532013000",
    "vom 01.01.2027 bis 31.12.2027", "Tel. 02551/69-1234", "02551 691234", "0251 98765432", "18935-23183-S", "A4 B2B 4x4", "120 m 150000", "WZ2008",
]  # fmt: skip
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
        record = {**copy.deepcopy(chance.choice(self._sound)), "jobcenter": "borken", "source_id": f"S-{chance.randrange(30)}"}
        record |= {"epoch": chance.randrange(2), "version": chance.randrange(1, 4)}
        for change in chance.choices([self._nothing, self._broken, self._limit, self._texted, self._ended], [4, 3, 7, 4, 1], k=1):
            record = change(record)
        try:
            value = codec(self.event).encode(record)
        except Exception:
            value = codec(self.event).encode(PLAIN[self.event](jobcenter="borken"))  # no writer can write such a thing
        key = f"{record.get('jobcenter')}:{record.get('source_id')}".encode()
        if chance.random() < 0.2:
            value = damaged(value, chance)
        if chance.random() < 0.03:
            key = chance.choice([b"", b"borken", b"borken:", b"\xff", b"coesfeld:" + key[7:], key + b"x", key[:-1], key.replace(b":", b" ")])
        return FakeRecord(value, chance.choice([key] * 99 + [None]), offset, self._timestamp(), self._headers(key))  # type: ignore[list-item]

    def _timestamp(self) -> int:
        return self._random.choice([NOW_MS - 5, NOW_MS - 5, NOW_MS + 9, -1])

    def _headers(self, key: bytes) -> Any:
        chance = self._random
        headers = list(headers_of(self.event, key.decode("utf-8", "replace"), chance.choice(["d/1", "d/1", "d/1", "d/2", None]), line=7))
        strange: list[Any] = [("jobhub_delivery", b"later"), ("jobhub_delivery", b""), ("jobhub_delivery", b"\xff"), ("x", b"y" * 17_000), ("ce_id", b"z" * 301), ("ce_source", None), ("jobhub_delivery", None), ("jobhub_delivery", b"123A456789"), ("jobhub_origin_topic", b"x"), ("x" * 2_001, b"")]  # fmt: skip
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
        name = self._random.choice([name for name in _LIMITS if name in record] + ["workplace", "location"])
        if name in ("workplace", "location"):
            name = "workplace" if "workplace" in record else "location"
            if name not in record:
                return record
            for part in self._random.sample(sorted(_ADDRESSES), 2):
                record[name][part] = self._random.choice(_ADDRESSES[part])
            return record
        value = copy.deepcopy(self._random.choice(_LIMITS[name]))
        if name == "pay":
            value |= {end: Decimal(value[end]) if value[end] else None for end in ("minimum", "maximum")}
        return {**record, name: value}

    def _texted(self, record: Record) -> Record:
        chance = self._random
        name = chance.choice([name for name in _TEXT_FIELDS if name in record])
        before, behind = (chance.choice(["", " ", "x", "7", "ä", "-", "_", "Nr. ", "\u00a0", "\u2003", "+"]) for _ in range(2))
        text = before + chance.choice(_TEXTS) + behind
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
    flow._judge.judge = lambda parts: [None] * sum(len(part.records) for part in parts)  # type: ignore[method-assign]
    return flow


def differences(one: Outcome, other: Outcome) -> list[str]:
    """In what two outcomes differ: rows, changes, counts, codes."""
    return [name for name in Outcome.__slots__ if getattr(one, name) != getattr(other, name)]


def sure_share(flow: Flow, batch: Batch) -> Counter[bool]:
    """How many records of a batch the fast way is sure of."""
    verdicts: list[Good | None] = flow._judge.judge(batch.parts)
    return Counter(verdict is not None for verdict in verdicts)


def _random_events(event: Event, seed: int, count: int) -> list[Record]:
    found: list[Record] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(random_events.valid(event))
    def collect(record: Record) -> None:
        found.append(record)

    collect()
    return found

