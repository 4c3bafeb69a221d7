"""Headers of a Kafka record: CloudEvents 1.0 in binary mode, W3C trace context, and our own under jobhub_."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from schemas.topics import Event

Headers = list[tuple[str, bytes]]

CONTENT_TYPE = "application/vnd.confluent.avro"
TYPE_PREFIX = "de.muensterland.jobcenter"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record comes from at its Jobcenter: delivery, file name without folders, line from 1."""

    delivery: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Place of a record in a raw topic."""

    topic: str
    partition: int
    offset: int


def new_traceparent() -> str:
    """A fresh W3C trace context, sampled."""
    random = secrets.token_hex(24)
    return f"00-{random[:32]}-{random[32:]}-01"


def event_traceparent(event_id: str, fingerprint: str) -> str:
    """The W3C trace context of an event, sampled: its id names the trace, its content hash the span.

    An event that is sent again is the same to the last byte, so nothing in it may be drawn by lot. A trace id is never
    all zeros, for a UUID tells its version; of a hash that begins with sixteen zeros the span is 1.
    """
    span = fingerprint[:16]
    return f"00-{event_id.replace('-', '')}-{span if span.strip('0') else '0000000000000001'}-01"


def time_text(time: datetime) -> str:
    """A time as `ce_time` has it: UTC, milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def raw_headers(
    *,
    event: Event | Literal["delivery"],
    event_id: str,
    key: str,
    source: str,
    time: datetime,
    ended: bool,
    origin: Origin,
    traceparent: str,
) -> Headers:
    """Headers of an event on a raw topic.

    Args:
        event: kind of event.
        event_id: deterministic id (rule V5).
        key: Kafka key, becomes ce_subject.
        source: path of the connector and its source, "/jobcenter/borken/stellen".
        time: when the source changed the record, or when it was delivered; with a time zone.
        ended: whether the event ends its entity.
        origin: delivery, file and line.
        traceparent: W3C trace context.
    """
    verb = "ended" if ended else "reported"
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": f"{TYPE_PREFIX}.{event}.{verb}.v1",
        "ce_source": source,
        "ce_time": time_text(time),
        "ce_subject": key,
        "content-type": CONTENT_TYPE,
        "traceparent": traceparent,
    }
    if origin.delivery is not None:
        headers["jobhub_delivery"] = origin.delivery
    if origin.file is not None:
        headers["jobhub_file"] = origin.file
    if origin.line is not None:
        headers["jobhub_line"] = str(origin.line)
    return [(name, value.encode()) for name, value in headers.items()]


# A subscriber has no use for the place inside a Jobcenter, and a file name is nobody's business there.
STAYS_INSIDE = frozenset({"jobhub_delivery", "jobhub_file", "jobhub_line"})


def curated_headers(raw: Iterable[tuple[str, bytes]], origin: Coordinates) -> Headers:
    """Headers of the curated record made from a raw one: its CloudEvents headers and the raw coordinates."""
    headers = [
        (name, value) for name, value in raw if name not in STAYS_INSIDE and not name.startswith("jobhub_origin_")
    ]
    headers.append(("jobhub_origin_topic", origin.topic.encode()))
    headers.append(("jobhub_origin_partition", b"%d" % origin.partition))
    headers.append(("jobhub_origin_offset", b"%d" % origin.offset))
    return headers


def read_origin(headers: Iterable[tuple[str, bytes]]) -> Origin:
    """Delivery, file and line from the headers of a raw record; None for whatever is absent or unreadable."""
    found = {name: value for name, value in headers if name in STAYS_INSIDE}
    line = found.get("jobhub_line", b"")
    return Origin(
        delivery=_text(found.get("jobhub_delivery")),
        file=_text(found.get("jobhub_file")),
        line=int(line) if line.isdigit() and len(line) < 12 else None,
    )


def read_coordinates(headers: Iterable[tuple[str, bytes]]) -> Coordinates | None:
    """Raw coordinates from the headers of a curated record, None if they are missing or damaged."""
    return coordinates_in(dict(headers))


def coordinates_in(found: Mapping[str, bytes]) -> Coordinates | None:
    """The same of headers by name."""
    try:
        return Coordinates(
            found["jobhub_origin_topic"].decode(),
            int(found["jobhub_origin_partition"]),
            int(found["jobhub_origin_offset"]),
        )
    except (KeyError, ValueError):
        return None


def _text(value: bytes | None) -> str | None:
    try:
        return value.decode()[:300] if value else None
    except UnicodeDecodeError:
        return None
