"""Events of a delivery as they lie on the wire. Most of their headers are the same for all of them and stored once.

Put together when they are sent. Every byte follows from what is stored, so an event that is sent again is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby, islice

from connectors.events import Contents, Traces, time_of
from schemas.envelope import Headers, Origin, event_traceparent, raw_headers, time_text
from schemas.identity import entity_key, event_ids
from schemas.topics import Event
from schemas.wire import header, sized, varint

# Where events of one delivery differ, in the order of their headers; not every event has a line.
_GAPS = ("ce_id", "ce_time", "ce_subject", "traceparent", "jobhub_line")
Pieces = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""What stands before, between and behind the places where events of one delivery differ."""
_ID, _CONTEXT = varint[36], varint[55]


@dataclass(frozen=True, slots=True)
class Head:
    """What the events of a delivery have in common."""

    jobcenter: str
    event: Event
    epoch: int
    source: str
    delivery: str
    file: str
    value_header: str
    """What stands before each body, in hexadecimal digits: which schema it was written with."""

    def stored(self) -> str:
        """For the state file."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, stored: str) -> Head:
        """From the state file."""
        return cls(**json.loads(stored))

    def headers(self, *, is_end: bool, has_line: bool) -> Headers:
        """Headers of its events, with nothing where they differ."""
        return raw_headers(
            event=self.event,
            event_id="",
            key="",
            source=f"/jobcenter/{self.jobcenter}/{self.source}",
            time=datetime.fromtimestamp(0, UTC),
            ended=is_end,
            origin=Origin(self.delivery, self.file, 1 if has_line else None),
            traceparent="",
        )


class EventWire:
    """Writes the events of one delivery."""

    def __init__(self, head: Head) -> None:
        self.head, self.value_header = head, bytes.fromhex(head.value_header)
        self.before_key = entity_key(head.jobcenter, "")
        self.kinds = {
            (is_end, has_line): _pieces(head.headers(is_end=is_end, has_line=has_line))
            for is_end in (False, True)
            for has_line in (False, True)
        }

    def keys(self, contents: Contents) -> list[bytes]:
        """Their Kafka keys."""
        return [(self.before_key + key).encode() for key in contents.keys]

    def wires(self, keys: Sequence[bytes], contents: Contents, traces: Traces) -> list[bytes]:
        """Key, value and headers of each; its key is its subject."""
        head = self.head
        ids = event_ids(head.jobcenter, head.event, head.epoch, contents.keys, traces.versions, contents.hashes)
        subjects = [varint[len(key)] + key for key in keys]
        contexts = map(event_traceparent, ids, contents.hashes)
        lines = [b"%d" % line if line else b"" for line in traces.lines]
        events = zip(subjects, contents.bodies, ids, contents.times, contexts, lines, strict=True)
        moments = {ms: moment(ms) for ms in set(contents.times)}
        kinds = groupby(zip(contents.ended, map(bool, traces.lines), strict=True))
        return [
            wire
            for kind, alike in kinds
            for wire in self._alike(self.kinds[kind], moments, islice(events, sum(1 for _ in alike)))
        ]

    def _alike(
        self,
        pieces: Pieces,
        moments: Mapping[int, bytes],
        events: Iterable[tuple[bytes, bytes, str, int, str, bytes]],
    ) -> list[bytes]:
        to_id, to_time, to_subject, to_context, to_line, end = pieces
        prefix, size = self.value_header, len(self.value_header)
        between = {ms: to_time + told + to_subject for ms, told in moments.items()}
        return [
            b"".join(
                (
                    subject,
                    varint[size + len(body)],
                    prefix,
                    body,
                    to_id,
                    id_.encode(),
                    between[ms],
                    subject,
                    to_context,
                    context.encode(),
                    to_line,
                    varint[len(line)] if line else b"",
                    line,
                    end,
                )
            )
            for subject, body, id_, ms, context, line in events
        ]


def moment(ms: int) -> bytes:
    """A time as it lies on the wire."""
    return sized(time_text(time_of(ms)).encode())


@lru_cache(maxsize=16)
def event_wire(head: str) -> EventWire:
    """Of a head as it is stored."""
    return EventWire(Head.read(head))


def _pieces(headers: Headers) -> Pieces:
    """Pieces around the gaps; the lengths of ids and traces are always the same."""
    pieces = [varint[len(headers)]]
    for name, value in headers:
        if name in _GAPS:
            pieces[-1] += sized(name.encode())
            pieces.append(b"")
        else:
            pieces[-1] += header((name, value))
    to_id, to_time, to_subject, to_context, to_line, *end = pieces
    return to_id + _ID, to_time, to_subject, to_context + _CONTEXT, to_line, end[0] if end else b""
