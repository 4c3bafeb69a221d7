"""Raw records as the flow gets them, without a broker."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.steps.batch import Batch, Part
from schemas import topics
from schemas.codec import codec
from schemas.envelope import Origin, raw_headers
from schemas.topics import Event

NOW_MS = 1_795_600_000_000
TIME = datetime.datetime(2026, 11, 23, 20, 0, tzinfo=datetime.UTC)


@dataclass
class FakeRecord:
    """A raw record."""

    value: bytes | None
    key: bytes | None
    offset: int = 0
    timestamp: int = NOW_MS - 1000
    headers: Sequence[tuple[str, bytes | None]] = field(default_factory=list)


def headers_of(event: Event, key: str, delivery: str | None = "stellen/2026-11-22", **origin: Any) -> Any:
    """Headers as a connector writes them."""
    return raw_headers(
        event=event,
        event_id="0d6c4b2e-0000-5000-8000-000000000000",
        key=key,
        source="/jobcenter/borken/stellen",
        time=TIME,
        ended=False,
        origin=Origin(delivery, **origin),
        traceparent="00-00000000000000000000000000000001-0000000000000001-01",
    )


def raw_of(event: Event, record: dict[str, Any], **changes: Any) -> FakeRecord:
    """The raw record of an event; single attributes are replaced as given."""
    key = f"{record['jobcenter']}:{record['source_id']}"
    made = {"value": codec(event).encode(record), "key": key.encode(), "headers": headers_of(event, key)}
    return FakeRecord(**{**made, **changes})


def batch_of(
    event: Event, *records: FakeRecord, jobcenter: str = "borken", first: int = 0, poison: Collection[int] = ()
) -> Batch:
    """A batch of one raw partition, its records numbered from `first`."""
    for place, record in enumerate(records):
        record.offset = first + place
    return Batch(event, [Part(topics.raw(jobcenter, event), 2, jobcenter, list(records), poison)], NOW_MS)
